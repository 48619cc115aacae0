//! Which file a store appends to.

use std::path::PathBuf;

use crate::writer::location::{FileLocation, StreamLocation};
use crate::writer::resume::Resume;

/// Which file a store appends to.
#[derive(Clone, Debug)]
pub(in crate::writer) enum Target {
    /// A new one, of this process alone.
    New(FileLocation),
    /// One that is there, together with other processes.
    Shared(PathBuf),
    /// The stream of a rank, which the ranks of a node share.
    Stream(StreamLocation),
    /// None: memory. The directory is that of other files.
    Memory(PathBuf),
}

impl Target {
    /// If the run goes on in a directory which has a log of it.
    pub(in crate::writer) fn resume(&self) -> Option<&Resume> {
        match self {
            Self::New(location) => location.resume.as_deref(),
            Self::Stream(_) | Self::Shared(_) | Self::Memory(_) => None,
        }
    }

    /// The target of a forked child.
    pub(in crate::writer) fn of_child(&self) -> Self {
        match self {
            Self::New(location) => Self::New(location.of_child()),
            other => other.clone(),
        }
    }
}
