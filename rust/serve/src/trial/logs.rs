//! Logs as trials and tests make them.

use std::fs;
use std::path::{Path, PathBuf};

use prost::Message as _;
use tempfile::TempDir;
use tensorbolt::proto::event::{At, Event};
use tensorbolt::proto::scalar;
use tensorbolt::proto::summary::Summary;
#[cfg(test)]
use tensorbolt::record;

use crate::catalog::Catalog;
use crate::listing::Place;
use crate::log::Log;
use crate::proto::{Downsample, PluginFilter, ReadRequest};
use crate::samples::Samples;

/// Event files below a directory, and what was read of them.
pub(crate) struct Logs {
    /// The directory.
    pub directory: TempDir,
    /// What was read.
    pub log: Log,
}

impl Logs {
    /// None yet.
    pub fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            log: Log::new(Samples::default(), true, usize::MAX, None),
        }
    }

    /// Path of the event file of this number; its directory is there.
    pub fn file(&self, run: &str, number: usize) -> PathBuf {
        let run = self.directory.path().join(run);
        fs::create_dir_all(&run).unwrap();
        run.join(format!("events.out.tfevents.{number}"))
    }

    /// Writes records at the end of a file.
    #[cfg(test)]
    pub fn append(&self, run: &str, number: usize, payloads: &[Vec<u8>]) {
        let path = self.file(run, number);
        let mut bytes = fs::read(&path).unwrap_or_default();
        for payload in payloads {
            record::encode(payload, &mut bytes);
        }
        fs::write(path, bytes).unwrap();
    }

    /// Whether there was anything new, and what there is.
    pub fn look(&mut self) -> (bool, Catalog) {
        let place = place("", self.directory.path());
        self.log.set_files(place.list(None, &|| true).unwrap());
        let mut last = Catalog::default();
        let any = self.log.read(&mut |catalog: Catalog| {
            last = catalog;
            true
        });
        (any, last)
    }
}

/// A place without a name, or with one.
pub(crate) fn place(name: &str, path: &Path) -> Place {
    Place::new(name.into(), path.to_str().unwrap(), &[], &[]).unwrap()
}

/// A step, and its time.
pub(crate) fn at(step: i64) -> At {
    At {
        wall_time: 100.0 + step as f64,
        step,
    }
}

/// An event with a scalar.
pub(crate) fn number(tag: &str, step: i64, value: f32) -> Vec<u8> {
    let mut out = Vec::new();
    scalar::encode(&mut out, at(step), tag, value);
    out
}

/// An event with a summary.
pub(crate) fn event(step: i64, summary: Summary) -> Vec<u8> {
    Event::summary(at(step), summary).encode_to_vec()
}

/// An event of a session's start.
pub(crate) fn start(step: i64) -> Vec<u8> {
    Event::session_start(at(step)).encode_to_vec()
}

/// A request for all series of a plugin.
pub(crate) fn asked(plugin: &str, most: i64) -> ReadRequest {
    ReadRequest {
        plugin_filter: Some(PluginFilter {
            plugin_name: plugin.into(),
        }),
        downsample: Some(Downsample { num_points: most }),
        ..ReadRequest::default()
    }
}
