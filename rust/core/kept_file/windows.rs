//! Files that stay open between calls, on Windows.
//!
//! Elsewhere another part of the program may close a descriptor, whose number the next file then gets. Here the core has
//! handles, which Python's `os.close` and `os.closerange` do not know: a file stays ours until it is dropped.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A file that stays open.
#[derive(Debug)]
pub(crate) struct KeptFile {
    file: File,
    /// Absolute: the program may change its directory.
    path: PathBuf,
    /// Serial number of its volume.
    device: u64,
}

#[allow(
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "the same signatures as elsewhere"
)]
impl KeptFile {
    /// Opens a file.
    pub(crate) fn open(options: &OpenOptions, path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let file = options.open(&path)?;
        let device = winapi_util::file::information(&file)?.volume_serial_number();
        Ok(Self { file, path, device })
    }

    /// The file.
    pub(crate) fn file(&self) -> io::Result<&File> {
        Ok(&self.file)
    }

    /// The file.
    pub(crate) fn checked(&self) -> io::Result<&File> {
        Ok(&self.file)
    }

    /// Where it was opened.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// True.
    pub(crate) fn is_ours(&self) -> bool {
        true
    }

    /// Opens the file again by its path.
    pub(crate) fn reopen(&mut self, options: &OpenOptions) -> io::Result<()> {
        *self = Self::open(options, &self.path)?;
        Ok(())
    }

    /// Number of the volume that the file is on.
    pub(crate) fn device(&self) -> u64 {
        self.device
    }

    /// Number of the file's names.
    pub(crate) fn names(&self) -> Option<u64> {
        crate::files::names(&self.file)
    }

    /// None: there are no forks, for which it is asked.
    pub(crate) fn descriptor(&self) -> Option<i32> {
        None
    }
}

/// True if the store does not have this call or this flag, whenever it is asked: that is no failure to wait for the end of.
pub(crate) fn is_unsupported(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unsupported | ErrorKind::InvalidInput
    )
}

/// True if that is what a system call says that locks a file on a store without locks.
pub(crate) fn has_no_locks(error: &io::Error) -> bool {
    is_unsupported(error)
}
