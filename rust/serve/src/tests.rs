//! Event files of this machine, from the listing to replies.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tensorbolt::proto::summary::{Data, HistogramProto, Image, Summary, SummaryMetadata};
use tensorbolt::proto::tensor::TensorProto;
use tensorbolt::reader::Origin;
use tensorbolt::record;

use crate::blob::{Blob, Key};
use crate::calls;
use crate::catalog::Catalog;
use crate::log::Log;
use crate::proto::{ListRequest, Names, RunTagFilter};
use crate::samples::Samples;
use crate::tensors::read_tensors;
use crate::trial::logs::{Logs, asked, event, number, place, start};

mod awaited;
mod damage;
mod groups;
mod index;
mod long_values;

/// Steps and values of a scalar series.
fn curve(catalog: &Catalog, run: &str, tag: &str) -> Vec<(i64, f32)> {
    let names = |name: &str| {
        Some(Names {
            names: vec![name.into()],
        })
    };
    let mut request = asked("scalars", 1000);
    request.run_tag_filter = Some(RunTagFilter {
        runs: names(run),
        tags: names(tag),
    });
    let reply = calls::read_scalars(catalog, &request).unwrap();
    let tags = reply.runs.into_iter().flat_map(|run| run.tags);
    let data = tags.filter_map(|tag| tag.content);
    data.flat_map(|data| data.step.into_iter().zip(data.value))
        .collect()
}

#[test]
fn a_file_that_grows_is_read_on_and_one_that_does_not_is_left_alone() {
    let mut logs = Logs::new();
    logs.append("a", 1, &[number("x", 0, 0.5), number("x", 1, 1.5)]);
    assert_eq!(curve(&logs.look().1, "a", "x"), [(0, 0.5), (1, 1.5)]);
    assert!(!logs.look().0);
    logs.append("a", 1, &[number("x", 2, 2.5), number("y", 2, 7.0)]);
    logs.append("b", 1, &[number("x", 0, 9.0)]);
    let (_, catalog) = logs.look();
    assert_eq!(curve(&catalog, "a", "x"), [(0, 0.5), (1, 1.5), (2, 2.5)]);
    assert_eq!(curve(&catalog, "a", "y"), [(2, 7.0)]);
    let runs: Vec<_> = calls::runs(&catalog)
        .runs
        .into_iter()
        .map(|run| run.name)
        .collect();
    assert_eq!(runs, ["a", "b"]);
}

#[test]
fn a_record_cut_short_is_read_when_its_rest_comes() {
    let mut logs = Logs::new();
    logs.append("a", 1, &[number("x", 0, 0.5)]);
    let path = logs.file("a", 1);
    let before = fs::read(&path).unwrap();
    let mut record = Vec::new();
    record::encode(&number("x", 1, 1.5), &mut record);
    fs::write(&path, [&before[..], &record[..9]].concat()).unwrap();
    assert_eq!(curve(&logs.look().1, "a", "x").len(), 1);
    fs::write(&path, [&before[..], &record].concat()).unwrap();
    assert_eq!(curve(&logs.look().1, "a", "x").len(), 2);
}

#[test]
fn files_that_are_replaced_or_removed_take_their_points_along() {
    let mut logs = Logs::new();
    logs.append("a", 1, &[number("x", 0, 0.5), number("x", 1, 1.5)]);
    logs.append("b", 1, &[number("x", 0, 1.0)]);
    logs.look();
    let path = logs.file("a", 1);
    fs::remove_file(&path).unwrap();
    logs.append("a", 1, &[number("z", 5, 5.0)]);
    let (_, catalog) = logs.look();
    assert_eq!(curve(&catalog, "a", "x"), []);
    assert_eq!(curve(&catalog, "a", "z"), [(5, 5.0)]);
    fs::remove_file(logs.file("b", 1)).unwrap();
    let (any, catalog) = logs.look();
    assert!(any && catalog.run("b").is_none());
}

#[test]
fn a_later_file_that_goes_back_drops_what_it_replaces() {
    let mut logs = Logs::new();
    let steps = |range: std::ops::Range<i64>, add: f32| -> Vec<_> {
        range
            .map(|step| number("x", step, step as f32 + add))
            .collect()
    };
    logs.append("a", 1, &steps(0..10, 0.0));
    logs.append("a", 2, &steps(5..8, 100.0));
    let values: Vec<_> = curve(&logs.look().1, "a", "x")
        .into_iter()
        .map(|one| one.1)
        .collect();
    assert_eq!(values, [0.0, 1.0, 2.0, 3.0, 4.0, 105.0, 106.0, 107.0]);
    // The earlier file goes on, while the later one is there: the order of names counts, not that of looks.
    logs.append("a", 1, &steps(10..12, 0.0));
    assert_eq!(curve(&logs.look().1, "a", "x").len(), 8);
}

#[test]
fn a_start_drops_the_points_of_tags_that_do_not_come_again() {
    let mut logs = Logs::new();
    logs.append(
        "a",
        1,
        &[
            number("x", 0, 0.0),
            number("x", 5, 1.0),
            number("y", 5, 1.0),
        ],
    );
    logs.look();
    logs.append("a", 1, &[start(3), number("y", 3, 2.0)]);
    let (_, catalog) = logs.look();
    assert_eq!(curve(&catalog, "a", "x"), [(0, 0.0)]);
    assert_eq!(curve(&catalog, "a", "y"), [(3, 2.0)]);
    logs.append("a", 2, &[start(0)]);
    assert_eq!(curve(&logs.look().1, "a", "x"), []);
}

#[test]
fn damage_is_skipped_and_counted() {
    let mut logs = Logs::new();
    let all: Vec<_> = (0..10).map(|step| number("x", step, 1.0)).collect();
    logs.append("a", 1, &all);
    let path = logs.file("a", 1);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (_, catalog) = logs.look();
    assert_eq!(curve(&catalog, "a", "x").len(), 9);
    assert_eq!(catalog.run("a").unwrap().damaged, 1);
}

#[test]
fn a_later_file_need_not_say_again_what_its_tensors_are() {
    let mut logs = Logs::new();
    let scalar = TensorProto::floats(&[], vec![0.25]);
    let described = Summary::described(
        "x",
        Data::Tensor(scalar.clone()),
        SummaryMetadata::plugin("scalars"),
    );
    logs.append("a", 1, &[event(0, described)]);
    logs.append(
        "a",
        2,
        &[event(1, Summary::single("x", Data::Tensor(scalar)))],
    );
    assert_eq!(curve(&logs.look().1, "a", "x"), [(0, 0.25), (1, 0.25)]);
}

#[test]
fn old_images_and_histograms_are_served_as_new_ones() {
    let mut logs = Logs::new();
    let image = Image {
        height: 2,
        width: 3,
        colorspace: 3,
        encoded_image_string: vec![7; 100_000],
    };
    let histogram = HistogramProto {
        min: 0.0,
        max: 1.0,
        bucket_limit: vec![1.0],
        bucket: vec![3.0],
        ..HistogramProto::default()
    };
    logs.append(
        "a",
        1,
        &[
            event(4, Summary::single("i", Data::Image(image))),
            event(4, Summary::single("h", Data::Histo(histogram))),
        ],
    );
    let (_, catalog) = logs.look();
    let plugins = calls::plugins(&catalog)
        .plugins
        .into_iter()
        .map(|one| one.name);
    assert_eq!(plugins.collect::<Vec<_>>(), ["histograms", "images"]);
    let reply = calls::read_blobs(&catalog, &asked("images", 10)).unwrap();
    let data = reply.runs[0].tags[0].content.clone().unwrap();
    let parts: Vec<_> = data.values[0]
        .blob_refs
        .iter()
        .map(|one| read(&catalog, &one.blob_key))
        .collect();
    assert_eq!(parts, [b"3".to_vec(), b"2".to_vec(), vec![7; 100_000]]);
    let request = ListRequest {
        plugin_filter: asked("images", 1).plugin_filter,
        ..ListRequest::default()
    };
    let listed = calls::list_blobs(&catalog, &request).unwrap();
    let listed = listed.runs[0].tags[0].content.clone().unwrap();
    assert_eq!((listed.max_step, listed.max_length), (4, 3));
    let tensors = read_tensors(&catalog, &asked("histograms", 10)).unwrap();
    let tensor = tensors.runs[0].tags[0].content.clone().unwrap();
    assert_eq!((tensor.step, tensor.value.len()), (vec![4], 1));
}

fn read(catalog: &Catalog, key: &str) -> Vec<u8> {
    let key = Key::decode(key).unwrap();
    let run: &Arc<_> = catalog.run(&key.run).unwrap();
    let file = run.files.iter().find(|file| file.name == key.file);
    let origin = &file.unwrap().origin;
    let Origin::Path(path) = origin else {
        return Vec::new();
    };
    let source = origin.open().unwrap();
    match key.find(&*source).unwrap() {
        Blob::Text(text) => text,
        Blob::Part(part) => bytes(path)[part.start as usize..part.end as usize].to_vec(),
    }
}

fn bytes(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

#[test]
fn runs_of_a_named_log_have_its_name_before_theirs() {
    let logs = Logs::new();
    logs.append(".", 1, &[number("x", 0, 0.0)]);
    logs.append("a/b", 1, &[number("x", 0, 0.0)]);
    let listed = place("n", logs.directory.path())
        .list(None, &|| true)
        .unwrap();
    let runs: Vec<_> = listed.iter().map(|one| one.input.run.as_str()).collect();
    assert_eq!(runs, ["n", "n/a/b"]);
    let missing = place("n", &logs.directory.path().join("later"));
    assert!(missing.list(None, &|| true).unwrap().is_empty());
}

#[test]
fn points_take_no_more_memory_than_they_may() {
    let mut logs = Logs::new();
    logs.log = Log::new(
        Samples::new(vec![("scalars".into(), None)]),
        true,
        100_000,
        None,
    );
    let steps = 0..20_000;
    let value = |step| if step == 12_345 { 9.0 } else { 0.5 };
    let all: Vec<_> = steps.map(|step| number("x", step, value(step))).collect();
    logs.append("a", 1, &all);
    logs.append("b", 1, &all[..100]);
    let (_, catalog) = logs.look();
    let kept = &catalog.run("a").unwrap().scalars[0].points;
    assert!(kept.bytes() < 100_000, "{}", kept.bytes());
    assert!(curve(&catalog, "a", "x").contains(&(12_345, 9.0)));
    assert_eq!(curve(&catalog, "b", "x").len(), 100);
}
