//! Event files for the reader's tests, and logs of them.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]
#![allow(dead_code, reason = "no test uses all")]

use std::fs;
use std::path::PathBuf;

use prost::Message;
use tensorbolt::proto::event::{At, Event};
use tensorbolt::proto::scalar as scalars;
use tensorbolt::proto::summary::{Data, PluginData, Summary, SummaryMetadata, Value};
use tensorbolt::proto::tensor::TensorProto;
use tensorbolt::reader::{
    Input, Log, Origin, Policy, RunInfo, Scalars, TagInfo, Wanted, event_files,
};
use tensorbolt::record;

pub fn at(step: i64) -> At {
    At {
        wall_time: 1.5,
        step,
    }
}

/// An event with one value, framed.
pub fn scalar(tag: &str, step: i64, value: f32) -> Vec<u8> {
    let mut out = Vec::new();
    record::encode_with(&mut out, |out| scalars::encode(out, at(step), tag, value));
    out
}

/// A start of a session, framed.
pub fn start(step: i64) -> Vec<u8> {
    framed(&Event::session_start(at(step)))
}

/// An event with one tensor of a plugin, framed.
pub fn tensor_event(tag: &str, plugin: &str, step: i64, tensor: TensorProto) -> Vec<u8> {
    let metadata = SummaryMetadata {
        plugin_data: Some(PluginData {
            plugin_name: plugin.into(),
            content: Vec::new(),
        }),
        ..SummaryMetadata::default()
    };
    let value = Value {
        tag: tag.into(),
        data: Some(Data::Tensor(tensor)),
        metadata: Some(metadata),
        ..Value::default()
    };
    framed(&Event::summary(at(step), Summary { value: vec![value] }))
}

pub fn framed(event: &Event) -> Vec<u8> {
    let mut out = Vec::new();
    record::encode(&event.encode_to_vec(), &mut out);
    out
}

/// A log directory that vanishes with the test.
pub struct Files(tempfile::TempDir);

impl Files {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn inputs(&self) -> Vec<(Input, u64)> {
        let found = event_files(self.0.path(), 2).unwrap().into_iter();
        let input = |found: tensorbolt::reader::Found| Input {
            run: found.run,
            name: found.path.display().to_string(),
            origin: Origin::Path(found.path),
        };
        found.map(|found| (input(found), 0)).collect()
    }

    /// All of it, read.
    pub fn log(&self) -> ReadLog {
        self.log_with(Wanted::default(), |_| true, 1)
    }

    pub fn log_with(&self, wanted: Wanted, tags: fn(&str) -> bool, threads: usize) -> ReadLog {
        let mut log = Log::new(wanted, Box::new(tags), threads);
        log.set_files(self.inputs());
        log.read().unwrap();
        ReadLog(log)
    }
}

/// A log that was read, and what is in it by the default policy.
pub struct ReadLog(pub Log);

impl ReadLog {
    pub fn scalars(&self) -> Scalars {
        self.0.scalars(Policy::default()).unwrap()
    }

    pub fn tags(&self) -> Vec<TagInfo> {
        self.0.tags(Policy::default()).unwrap()
    }

    pub fn runs(&self) -> Vec<RunInfo> {
        self.0.runs()
    }

    /// Offset, length and reason of each damaged place.
    pub fn damage(&self) -> Vec<(u64, u64, String)> {
        let place = |gap: &tensorbolt::reader::Gap| (gap.offset, gap.length, gap.cause.to_string());
        self.0.damage().map(|(_, gap)| place(gap)).collect()
    }
}
