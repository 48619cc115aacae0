//! All calls over files that are damaged in any way, and that grow: none fails, and none contradicts the reader.

use std::collections::BTreeMap;

use proptest::prelude::*;
use prost::Message;
use tensorbolt::proto::event::{Event, What};
use tensorbolt::proto::summary::{Data, HistogramProto, Image, Summary, SummaryMetadata};
use tensorbolt::proto::tensor::TensorProto;
use tensorbolt::reader::{Input, Log as Reader, Origin, Policy, Wanted, Watch, event_files};
use tensorbolt::record;

use super::{Logs, asked, at, event, number, start};
use crate::blob::{Blob, Key};
use crate::calls;
use crate::catalog::Catalog;
use crate::log::Log;
use crate::pattern::Pattern;
use crate::proto::{ListRequest, Runs};
use crate::samples::Samples;
use crate::tensors::read_tensors;

const PLUGINS: [&str; 9] = [
    "scalars",
    "images",
    "histograms",
    "text",
    "graphs",
    "hparams",
    "audio",
    "mesh",
    "unknown",
];
/// Bytes that the description of a series, or of a point, may take.
const ALLOWANCE: usize = 600;

/// What is written into a file.
#[derive(Clone, Debug)]
enum Part {
    Number(u8, i8, f32),
    Double(i8, f64),
    Image(i8, u8),
    Histogram(i8, Vec<f64>),
    Text(i8, u8),
    Graph(i8, u8),
    HParams(Vec<u8>),
    Start(i8),
    Bytes(Vec<u8>),
    Zeros(u8),
}

/// What becomes of it.
#[derive(Clone, Copy, Debug)]
enum Damage {
    None,
    Flip(u16, u8),
    Cut(u16),
    /// The payload is other bytes, with the right checksum.
    Rewritten(u16, u8),
}

/// A part of a file, and whether the server looks after it.
#[derive(Clone, Debug)]
struct Written {
    run: u8,
    file: u8,
    part: Part,
    damage: Damage,
    looks: bool,
}

fn written() -> impl Strategy<Value = Written> {
    let part = prop_oneof![
        8 => (0..3_u8, -2..20_i8, any::<f32>()).prop_map(|(tag, step, value)| Part::Number(tag, step, value)),
        4 => (-2..20_i8, any::<f64>()).prop_map(|(step, value)| Part::Double(step, value)),
        2 => (0..20_i8, any::<u8>()).prop_map(|(step, size)| Part::Image(step, size)),
        1 => (0..20_i8, prop::collection::vec(any::<f64>(), 0..5)).prop_map(|(step, all)| Part::Histogram(step, all)),
        1 => (0..20_i8, any::<u8>()).prop_map(|(step, size)| Part::Text(step, size)),
        1 => (0..20_i8, any::<u8>()).prop_map(|(step, size)| Part::Graph(step, size)),
        1 => prop::collection::vec(any::<u8>(), 0..20).prop_map(Part::HParams),
        1 => (0..20_i8).prop_map(Part::Start),
        1 => prop::collection::vec(any::<u8>(), 0..60).prop_map(Part::Bytes),
        1 => any::<u8>().prop_map(Part::Zeros),
    ];
    let damage = prop_oneof![
        6 => Just(Damage::None),
        1 => (any::<u16>(), 1..=u8::MAX).prop_map(|(at, change)| Damage::Flip(at, change)),
        1 => any::<u16>().prop_map(Damage::Cut),
        1 => (any::<u16>(), 1..=u8::MAX).prop_map(|(at, change)| Damage::Rewritten(at, change)),
    ];
    (0..3_u8, 0..2_u8, part, damage, prop::bool::weighted(0.3)).prop_map(
        |(run, file, part, damage, looks)| Written {
            run,
            file,
            part,
            damage,
            looks,
        },
    )
}

fn payload(part: &Part) -> Option<Vec<u8>> {
    let described = |step: i8, tag: &str, plugin: &str, tensor: TensorProto| {
        let metadata = SummaryMetadata::plugin(plugin);
        event(
            step.into(),
            Summary::described(tag, Data::Tensor(tensor), metadata),
        )
    };
    Some(match part {
        Part::Number(tag, step, value) => number(&format!("n{tag}"), (*step).into(), *value),
        Part::Double(step, value) => described(*step, "d", "scalars", TensorProto::double(*value)),
        Part::Image(step, size) => {
            let image = Image {
                height: 2,
                width: 3,
                colorspace: 3,
                encoded_image_string: vec![7; usize::from(*size) * 10],
            };
            event((*step).into(), Summary::single("i", Data::Image(image)))
        }
        Part::Histogram(step, limits) => {
            let histogram = HistogramProto {
                bucket: limits.iter().map(|limit| limit.abs()).collect(),
                bucket_limit: limits.clone(),
                ..HistogramProto::default()
            };
            event((*step).into(), Summary::single("h", Data::Histo(histogram)))
        }
        Part::Text(step, size) => {
            let tensor = TensorProto::strings(vec![vec![b'x'; usize::from(*size)]]);
            described(*step, "t", "text", tensor)
        }
        Part::Graph(step, size) => Event {
            what: Some(What::GraphDef(vec![7; usize::from(*size)])),
            ..Event::session_start(at((*step).into()))
        }
        .encode_to_vec(),
        Part::HParams(content) => {
            let mut metadata = SummaryMetadata::plugin("hparams");
            if let Some(data) = &mut metadata.plugin_data {
                data.content.clone_from(content);
            }
            let tensor = TensorProto::floats(&[0], Vec::new());
            event(
                0,
                Summary::described("_hparams_/experiment", Data::Tensor(tensor), metadata),
            )
        }
        Part::Start(step) => start((*step).into()),
        Part::Bytes(_) | Part::Zeros(_) => return None,
    })
}

fn bytes(one: &Written) -> Vec<u8> {
    let Some(mut payload) = payload(&one.part) else {
        return match &one.part {
            Part::Bytes(bytes) => bytes.clone(),
            Part::Zeros(count) => vec![0; usize::from(*count)],
            _ => Vec::new(),
        };
    };
    // A scalar that becomes an image under the same tag is one or the other: the page and the reader choose by themselves.
    let is_scalar = matches!(one.part, Part::Number(..) | Part::Double(..));
    if let Damage::Rewritten(at, change) = one.damage
        && !is_scalar
    {
        let at = usize::from(at) % payload.len();
        payload[at] ^= change;
    }
    let mut out = Vec::new();
    record::encode(&payload, &mut out);
    match one.damage {
        Damage::Flip(at, change) => {
            let at = usize::from(at) % out.len();
            out[at] ^= change;
        }
        Damage::Cut(at) => out.truncate(usize::from(at) % out.len()),
        Damage::None | Damage::Rewritten(..) => {}
    }
    out
}

/// From run and tag to steps and values.
type Points<V> = BTreeMap<(String, String), Vec<(i64, V)>>;
type Curves = Points<u32>;

/// Bits, of which NaN has one form.
fn bits(value: f32) -> u32 {
    if value.is_nan() { f32::NAN } else { value }.to_bits()
}

/// What the reader makes of the same files.
fn read(logs: &Logs) -> (Curves, Points<f64>) {
    let mut reader = Reader::new(Wanted::default(), Box::new(|_| true), 1);
    let files = event_files(logs.directory.path(), 1).unwrap().into_iter();
    let input = |file: tensorbolt::reader::Found| Input {
        run: file.run,
        name: file.path.to_string_lossy().into(),
        origin: Origin::Path(file.path),
    };
    reader.set_files(files.map(|file| (input(file), 0)).collect());
    reader.read_watched(&Watch::none()).unwrap();
    let scalars = reader.scalars(Policy::default()).unwrap();
    let (mut singles, mut doubles, mut from) = (Curves::new(), BTreeMap::new(), 0);
    for group in &scalars.groups {
        let key = (
            scalars.runs[group.run as usize].clone(),
            scalars.tags[group.tag as usize].clone(),
        );
        let part = from..from + group.count;
        let points = scalars.steps[part.clone()]
            .iter()
            .copied()
            .zip(scalars.values[part].iter().copied());
        let points: Vec<_> = points.collect();
        let rounded = points
            .iter()
            .map(|&(step, value)| (step, bits(value as f32)));
        singles.insert(key.clone(), rounded.collect());
        doubles.insert(key, points);
        from += group.count;
    }
    (singles, doubles)
}

fn shown(catalog: &Catalog) -> Curves {
    let reply = calls::read_scalars(catalog, &asked("scalars", 1000)).unwrap();
    let mut all = Curves::new();
    for run in reply.runs {
        for tag in run.tags {
            let data = tag.content.unwrap();
            assert_eq!(data.step.len(), data.wall_time.len());
            let points = data.step.into_iter().zip(data.value.into_iter().map(bits));
            all.insert((run.run_name.clone(), tag.tag_name), points.collect());
        }
    }
    all
}

fn size<T: Message + Default + std::fmt::Debug>(runs: &Runs<T>) -> (usize, usize) {
    let tags = runs.runs.iter().map(|run| run.tags.len()).sum();
    (runs.encoded_len(), tags)
}

/// Asks all calls for all that there is; what they answer is not much more than what is in the files.
fn ask(catalog: &Catalog, written: usize) {
    let points = written / 16;
    let room = |tags: usize| 4 * written + ALLOWANCE * (tags + 3 * points + 10);
    calls::runs(catalog);
    calls::plugins(catalog);
    for plugin in PLUGINS {
        let read = asked(plugin, 1000);
        let list = ListRequest {
            plugin_filter: read.plugin_filter.clone(),
            ..ListRequest::default()
        };
        let sizes = [
            size(&calls::list_scalars(catalog, &list).unwrap()),
            size(&calls::list_tensors(catalog, &list).unwrap()),
            size(&calls::list_blobs(catalog, &list).unwrap()),
            size(&calls::read_scalars(catalog, &read).unwrap()),
            size(&read_tensors(catalog, &read).unwrap()),
        ];
        for (bytes, tags) in sizes {
            assert!(bytes <= room(tags), "{plugin}: {bytes} of {written}");
        }
        let blobs = calls::read_blobs(catalog, &read).unwrap();
        for tag in blobs.runs.into_iter().flat_map(|run| run.tags) {
            let data = tag.content.unwrap();
            assert_eq!(
                (data.step.len(), data.wall_time.len()),
                (data.values.len(), data.values.len())
            );
            for reference in data.values.into_iter().flat_map(|value| value.blob_refs) {
                blob(catalog, &reference.blob_key, written);
            }
        }
    }
}

/// A blob that was listed is a part of its file.
fn blob(catalog: &Catalog, key: &str, written: usize) {
    let key = Key::decode(key).unwrap();
    let run = catalog.run(&key.run).unwrap();
    let file = run.files.iter().find(|file| file.name == key.file);
    let source = file.unwrap().origin.open().unwrap();
    match key.find(&*source) {
        Ok(Blob::Text(text)) => assert!(text.len() < 30),
        Ok(Blob::Part(part)) => assert!(part.start <= part.end && part.end <= written as u64),
        // What is no message, though its checksum is right.
        Err(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_call_fails_and_none_contradicts_the_reader(all in prop::collection::vec(written(), 1..60)) {
        let mut logs = Logs::new();
        let settings = || Samples::new(vec![("scalars".into(), None), ("images".into(), None)]);
        logs.log = Log::new(settings(), true, usize::MAX, None);
        logs.log.group(vec![Pattern::new("^(run)").unwrap()]);
        let (mut size, mut last) = (0, Catalog::default());
        for one in &all {
            let new = bytes(one);
            size += new.len();
            let path = logs.file(&format!("run{}", one.run), one.file.into());
            let mut old = std::fs::read(&path).unwrap_or_default();
            old.extend(new);
            std::fs::write(path, old).unwrap();
            if one.looks {
                let (any, catalog) = logs.look();
                if any {
                    ask(&catalog, size);
                    last = catalog;
                }
            }
        }
        let (any, catalog) = logs.look();
        let catalog = if any { catalog } else { last };
        ask(&catalog, size);

        let mut found = shown(&catalog);
        let groups: Curves = found.extract_if(.., |(run, _), _| run.starts_with("run [")).collect();
        let (singles, doubles) = read(&logs);
        prop_assert_eq!(&found, &singles);
        let mut fresh = Logs::new();
        std::mem::swap(&mut fresh.directory, &mut logs.directory);
        fresh.log = Log::new(settings(), true, usize::MAX, None);
        prop_assert_eq!(&shown(&fresh.look().1), &singles);

        let mut sums: BTreeMap<(String, i64), (f64, f64)> = BTreeMap::new();
        for ((_, tag), points) in doubles {
            for (step, value) in points {
                let sum = sums.entry((tag.clone(), step)).or_default();
                (sum.0, sum.1) = (sum.0 + value, sum.1 + 1.0);
            }
        }
        let mut means = Curves::new();
        for ((tag, step), (sum, count)) in sums {
            let points = means.entry(("run [mean]".into(), tag)).or_default();
            points.push((step, bits((sum / count) as f32)));
        }
        let shown: Curves = groups.into_iter().filter(|((run, _), _)| run == "run [mean]").collect();
        prop_assert_eq!(shown, means);
    }
}
