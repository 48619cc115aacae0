//! Where the streams and the event files of a job are.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::names::streams_in;
use super::streams::StreamInput;
use super::written::{Written, written};
use crate::error::{Error, Result};
use crate::reader::Origin;

/// Says whether the thread still waits for an answer.
pub type StillWanted = Arc<dyn Fn() -> bool + Send + Sync>;

/// Where the streams and the event files of a job are.
pub trait Place: Send {
    /// Takes what says whether an answer is still wanted. A place that may keep the thread waiting looks at it.
    fn begin(&mut self, wanted: StillWanted);

    /// The points that its event files have; `None` if they cannot be read now, and it is too early to say so.
    ///
    /// # Errors
    ///
    /// If they cannot be read now.
    fn written(&mut self) -> Result<Option<Written>>;

    /// The streams that there are now. What they have grown by since the last call can be read then.
    ///
    /// # Errors
    ///
    /// If they cannot be listed now.
    fn streams(&mut self) -> Result<Vec<StreamInput>>;

    /// Time between two calls of `streams`, in which nothing that is new can be read. `None` if streams can be read as they grow.
    fn pause(&self, is_ending: bool) -> Option<Duration>;
}

/// A directory.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// The log's.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.into())
    }
}

impl Place for Directory {
    fn begin(&mut self, _: StillWanted) {}

    fn written(&mut self) -> Result<Option<Written>> {
        written(&self.0).map(Some)
    }

    fn streams(&mut self) -> Result<Vec<StreamInput>> {
        let found = streams_in(&self.0).map_err(|error| {
            let what = format!("cannot list the streams in {}", self.0.display());
            Error::store(what, error)
        })?;
        let inputs = found.into_iter().map(|(name, path)| StreamInput {
            name,
            origin: Origin::Path(path),
        });
        Ok(inputs.collect())
    }

    fn pause(&self, _: bool) -> Option<Duration> {
        None
    }
}
