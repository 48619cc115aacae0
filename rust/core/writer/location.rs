//! The directory and name of an event file.

use std::path::PathBuf;

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
