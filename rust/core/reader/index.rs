//! The index of a log: its contents without the values.

use super::kind::Kind;
use super::log::Log;
use super::merged::{Merged, Policy, Run};
use super::tags::Metadata;
use crate::error::Result;

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunInfo {
    /// Its directory, relative to the log directory.
    pub name: String,
    /// Names of its files, in the order in which they are read.
    pub files: Vec<String>,
    /// The lowest and the highest time of its events, in seconds since the epoch.
    pub times: Option<(f64, f64)>,
    /// Whole events that could be taken apart.
    pub events: u64,
    /// Bytes of its files.
    pub bytes: u64,
    /// Versions of the format that its files name.
    pub versions: Vec<String>,
}

/// One tag of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct TagInfo {
    /// Name of the run.
    pub run: String,
    /// The tag.
    pub tag: String,
    /// Kind of its values.
    pub kind: Kind,
    /// Metadata from its first value.
    pub metadata: Metadata,
    /// Values that count.
    pub count: u64,
    /// Step of the first and of the last.
    pub steps: (i64, i64),
    /// Time of the first and of the last.
    pub times: (f64, f64),
    /// Bytes of all its values in the files.
    pub bytes: u64,
}

impl Log {
    /// The runs, in the order of their names.
    #[must_use]
    pub fn runs(&self) -> Vec<RunInfo> {
        Run::all(self).iter().map(Run::info).collect()
    }

    /// The tags, in the order of runs and names.
    ///
    /// # Errors
    ///
    /// `is_argument` if a step is there twice where none may be.
    pub fn tags(&self, policy: Policy) -> Result<Vec<TagInfo>> {
        let mut tags: Vec<TagInfo> = Vec::new();
        for run in Run::all(self) {
            for series in run.series(None, policy)? {
                let Some(tag) = series.info(run.name) else {
                    continue;
                };
                let same = |last: &TagInfo| {
                    last.run == tag.run && last.tag == tag.tag && last.kind == tag.kind
                };
                match tags.last_mut() {
                    // The same curve in two forms.
                    Some(last) if same(last) => last.extend(&tag),
                    _ => tags.push(tag),
                }
            }
        }
        Ok(tags)
    }
}

impl Run<'_> {
    fn info(&self) -> RunInfo {
        let contents = || self.files.iter().map(|file| &file.contents);
        let times = contents().filter_map(|contents| contents.times);
        RunInfo {
            name: self.name.into(),
            files: self
                .files
                .iter()
                .map(|file| file.input.name.clone())
                .collect(),
            times: times.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))),
            events: contents().map(|contents| contents.events).sum(),
            bytes: self.files.iter().map(|file| file.length).sum(),
            versions: contents()
                .filter_map(|contents| contents.version.clone())
                .collect(),
        }
    }
}

impl Merged<'_> {
    fn info(&self, run: &str) -> Option<TagInfo> {
        let first = self.chosen.nth(0)?;
        let last = self.chosen.nth(self.chosen.len() - 1)?;
        let (steps, times) = (&self.series.steps, &self.series.times);
        let mut metadata = self.metadata.cloned().unwrap_or_default();
        if metadata.plugin.is_empty() && self.kind != Kind::Tensors {
            metadata.plugin = self.kind.name().into();
        }
        Some(TagInfo {
            run: run.into(),
            tag: self.tag.into(),
            kind: self.kind,
            metadata,
            count: self.chosen.len() as u64,
            steps: (*steps.get(first)?, *steps.get(last)?),
            times: (*times.get(first)?, *times.get(last)?),
            bytes: self.series.bytes,
        })
    }
}

impl TagInfo {
    fn extend(&mut self, other: &Self) {
        self.count += other.count;
        self.steps = (
            self.steps.0.min(other.steps.0),
            self.steps.1.max(other.steps.1),
        );
        self.times = (
            self.times.0.min(other.times.0),
            self.times.1.max(other.times.1),
        );
        self.bytes += other.bytes;
    }
}
