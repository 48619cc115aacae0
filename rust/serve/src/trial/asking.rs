//! All calls, for all that there is.

use prost::Message;
use tensorbolt::reader::piece;

use super::logs::asked;
use crate::blob::{Blob, Key};
use crate::calls;
use crate::catalog::Catalog;
use crate::proto::{ListRequest, Runs};
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

fn size<T: Message + Default + std::fmt::Debug>(runs: &Runs<T>) -> (usize, usize) {
    let tags = runs.runs.iter().map(|run| run.tags.len()).sum();
    (runs.encoded_len(), tags)
}

/// Asks all calls for all that there is; what they answer is not much more than what is in the files.
pub fn ask(catalog: &Catalog, written: usize) {
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
    let file = file.unwrap();
    let source = file.origin.open().unwrap();
    file.check(&*source, key.offset).unwrap();
    match key.find(&*source) {
        Ok(Blob::Text(text)) => assert!(text.len() < 30),
        Ok(Blob::Part(part)) => {
            assert!(part.start <= part.end && part.end <= written as u64);
            let length = part.end - part.start;
            assert_eq!(piece(&*source, part).unwrap().len() as u64, length);
        }
        // What is no message, though its checksum is right.
        Err(_) => {}
    }
}
