//! The points that a log has already.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::curves::MAX_RANK;
use crate::error::{Error, Result};
use crate::reader::{LastSteps, LocalFile, Source, is_event_file, superseded};

/// The last step of each tag that event files have a point of.
#[derive(Clone, Debug, Default)]
pub struct Written(HashMap<String, i64>);

impl Written {
    /// The last step of a tag.
    #[must_use]
    pub fn last(&self, tag: &str) -> Option<i64> {
        self.0.get(tag).copied()
    }

    /// Those of event files, in the order of their names.
    ///
    /// # Errors
    ///
    /// If one cannot be read.
    pub fn of<'s>(sources: impl Iterator<Item = (String, &'s dyn Source)>) -> Result<Self> {
        let mut steps = LastSteps::new(MAX_RANK.as_bytes());
        for (name, source) in sources {
            let read = steps.read(source);
            read.map_err(|error| Error::store(format!("cannot read {name}"), error))?;
        }
        let tags = steps.into_steps().into_iter().map(|(tag, step)| {
            let tag = tag.get(MAX_RANK.len()..).unwrap_or_default();
            (String::from_utf8_lossy(tag).into_owned(), step)
        });
        Ok(Self(tags.collect()))
    }

    /// A job was resumed: steps from this one on do not count.
    pub fn rewind(&mut self, step: i64) {
        for last in self.0.values_mut() {
            *last = (*last).min(step.saturating_sub(1));
        }
    }
}

/// The points that the event files in a directory have.
///
/// # Errors
///
/// Errors of the operating system.
pub fn written(directory: &Path) -> Result<Written> {
    let failed = |error| Error::store(format!("cannot list {}", directory.display()), error);
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if is_event_file(&name) {
            names.push(name);
        }
    }
    names.sort();
    let held = superseded(
        names
            .iter()
            .map(|name| OsStr::to_str(name).unwrap_or_default()),
    );
    let kept = names.iter().zip(held).filter(|(_, is_held)| !is_held);
    let mut files = Vec::new();
    for (name, _) in kept {
        let path = directory.join(name);
        let file = LocalFile::open(&path)
            .map_err(|error| Error::store(format!("cannot read {}", path.display()), error))?;
        files.push((path.display().to_string(), file));
    }
    Written::of(
        files
            .iter()
            .map(|(name, file)| (name.clone(), file as &dyn Source)),
    )
}
