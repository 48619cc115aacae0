//! Where a file is: the directory and name of an event file, the folder of a stream.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::resume::Resume;
use crate::event_file;

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
    /// If the run goes on in a directory which has a log of it.
    pub resume: Option<Arc<Resume>>,
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
            resume: None,
            base: PathBuf::new(),
        }
    }

    /// The run's directory in full.
    pub(super) fn full_dir(&self) -> PathBuf {
        self.base.join(&self.dir)
    }

    /// The name behind which that of a new file must sort, if there is one.
    pub(super) fn last_name(&self) -> io::Result<Option<String>> {
        let Some(resume) = &self.resume else {
            return Ok(None);
        };
        let mut last = resume.after().map(str::to_owned);
        for entry in fs::read_dir(self.full_dir())? {
            let name = entry?.file_name();
            let name = name.to_string_lossy();
            let is_later = last.as_deref().is_none_or(|last| last < &*name);
            if is_later && name.contains(event_file::MARK) {
                last = Some(name.into_owned());
            }
        }
        Ok(last)
    }

    /// The same place for a forked child, which goes on beside its parent.
    pub(super) fn of_child(&self) -> Self {
        let mut child = self.clone();
        child.resume = self.resume.as_ref().map(|resume| resume.of_copy());
        child
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
