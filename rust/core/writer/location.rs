//! Where a file is: the directory and name of an event file, the folder of a stream.

use std::path::PathBuf;

use crate::proto::rank::Rank;

/// The directory of an event file, and the end of its name.
#[derive(Clone, Debug)]
pub struct FileLocation {
    /// The run's directory; made when the file is.
    pub dir: PathBuf,
    /// Appended to the file's name as it is.
    pub suffix: String,
    /// Of a sub-run: the directory that no symbolic link may lead it out of.
    pub root: Option<PathBuf>,
    /// Where relative paths begin, even if the program changes its directory; empty for the present one.
    pub(super) base: PathBuf,
}

impl FileLocation {
    /// A directory, and no suffix.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            suffix: String::new(),
            root: None,
            base: PathBuf::new(),
        }
    }

    /// The run's directory in full.
    pub(super) fn full_dir(&self) -> PathBuf {
        self.base.join(&self.dir)
    }
}

/// The folder of a job's streams, and the rank that logs.
#[derive(Clone, Debug)]
pub struct StreamLocation {
    /// The folder; made when the stream is.
    pub dir: PathBuf,
    /// A directory of this machine, for the files through which the processes of a node share a stream. `None`: each process
    /// has a stream of its own.
    pub local: Option<PathBuf>,
    /// The rank.
    pub rank: Rank,
    /// Where relative paths begin, even if the program changes its directory; empty for the present one.
    pub(super) base: PathBuf,
}

impl StreamLocation {
    /// The stream of a rank.
    #[must_use]
    pub fn new(dir: PathBuf, local: Option<PathBuf>, rank: Rank) -> Self {
        Self {
            dir,
            local,
            rank,
            base: PathBuf::new(),
        }
    }

    /// The folder in full.
    pub(super) fn full_dir(&self) -> PathBuf {
        self.base.join(&self.dir)
    }
}
