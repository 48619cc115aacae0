//! An event file that this process alone appends to, and what can become of it meanwhile.
//!
//! Somebody may remove it, with its directory or by putting another file in its place; a network file system may lose
//! it or part of it; a write that failed may have left bytes behind. All that is noticed here, none of it decided.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

use super::store::Place;
use crate::error::{Error, Result};
use crate::event_file;

/// Files of this process so far.
static FILES: AtomicU64 = AtomicU64::new(0);
/// The latest time in a file name, so that names sort in the order they were made even if the clock is set back.
static LATEST: AtomicU64 = AtomicU64::new(0);

/// The open file, and what is known of it.
#[derive(Debug)]
pub(super) struct Own {
    file: File,
    path: PathBuf,
    /// Bytes that were written to it.
    length: u64,
    /// A write has failed since the length was last compared.
    suspect: bool,
    /// The file system counts the names of a file; some give zero for each.
    counts_names: bool,
    /// Number of the device that the file is on, zero if there is none.
    device: u64,
}

impl Own {
    /// Creates a file of a name nobody has.
    pub(super) fn create(place: &Place) -> Result<Self> {
        let host = gethostname::gethostname();
        let host = host.to_string_lossy();
        loop {
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |elapsed| elapsed.as_secs());
            let seconds = LATEST.fetch_max(now, Relaxed).max(now);
            let counter = FILES.fetch_add(1, Relaxed);
            let name = event_file::name(seconds, &host, std::process::id(), counter, &place.suffix);
            let path = place.dir.join(name);
            match OpenOptions::new().append(true).create_new(true).open(&path) {
                Ok(file) => {
                    return Ok(Self {
                        counts_names: names(&file).is_some_and(|names| names > 0),
                        device: device(&file).unwrap_or_default(),
                        file,
                        path,
                        length: 0,
                        suspect: false,
                    });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => {
                    // Without the name, which differs at every attempt: one cause is told once.
                    let doing = format!("cannot create an event file in {}", place.dir.display());
                    return Err(Error::store(doing, error));
                }
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn device(&self) -> u64 {
        self.device
    }

    /// Writes as much as the operating system takes at once; returns how much.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.suspect {
            self.cut_back()?;
        }
        let outcome = loop {
            match self.file.write(bytes) {
                Ok(0) => break Err(ErrorKind::WriteZero.into()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        match &outcome {
            Ok(written) => self.length += *written as u64,
            Err(_) => self.suspect = true,
        }
        outcome
    }

    /// Cuts off what a write that failed left behind.
    fn cut_back(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() > self.length {
            self.file.set_len(self.length)?;
        }
        self.suspect = false;
        Ok(())
    }

    /// Cuts off the record that was not finished, if that is possible.
    pub(super) fn end_at(&self, length: u64) {
        if self.metadata_len().is_some_and(|found| found > length) {
            // What cannot be cut off is what any process that dies leaves; readers stop there.
            let _ = self.file.set_len(length);
        }
    }

    /// True if nobody will find the file any more, because it has no name or bytes of it are missing.
    pub(super) fn is_lost(&self) -> bool {
        (self.counts_names && names(&self.file) == Some(0))
            || (self.suspect && self.metadata_len().is_some_and(|len| len < self.length))
    }

    fn metadata_len(&self) -> Option<u64> {
        self.file.metadata().ok().map(|found| found.len())
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// How many names the file has.
#[cfg(unix)]
pub(super) fn names(file: &File) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    file.metadata().ok().map(|found| found.nlink())
}

#[cfg(unix)]
fn device(file: &File) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    file.metadata().ok().map(|found| found.dev())
}

/// Open files cannot be removed.
#[cfg(not(unix))]
pub(super) fn names(_: &File) -> Option<u64> {
    None
}

#[cfg(not(unix))]
fn device(_: &File) -> Option<u64> {
    None
}
