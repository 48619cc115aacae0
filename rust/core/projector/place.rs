//! Files that appear whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::Means;
use crate::error::{Error, Result};

/// Temporary names of this process so far.
static NAMES: AtomicU64 = AtomicU64::new(0);

/// Writes pieces of a file.
pub(super) type Put<'a> = dyn FnMut(&[u8]) -> io::Result<()> + 'a;

pub(super) struct Placer<'a> {
    pub(super) means: &'a Means<'a>,
}

impl Placer<'_> {
    /// Writes a file that gets the name `path` when it is whole, so that no reader sees a part of it. Until then it has
    /// no name at all. Where the file system has no such files, it has a temporary name in the same directory, and
    /// `write` may run a second time.
    pub(super) fn place(
        &self,
        path: &Path,
        write: impl Fn(&mut Put<'_>) -> io::Result<()>,
    ) -> Result<()> {
        let placed = self.place_unnamed(path, &write).and_then(|placed| {
            if placed {
                return Ok(());
            }
            self.place_named(path, &write)
        });
        placed.map_err(|source| Error::store(format!("cannot write {}", path.display()), source))
    }

    /// False if the file system does not make a file without a name, or does not give it one later.
    fn place_unnamed(
        &self,
        path: &Path,
        write: &impl Fn(&mut Put<'_>) -> io::Result<()>,
    ) -> io::Result<bool> {
        let Ok(mut file) = unnamed::create(path.parent().unwrap_or(path)) else {
            return Ok(false);
        };
        self.fill(&mut file, write)?;
        match unnamed::link(&file, path) {
            Ok(()) => Ok(true),
            // Only a rename replaces a file at once, and it needs a name: a file that is whole has one for as long as
            // two system calls take.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let temporary = temporary(path);
                if unnamed::link(&file, &temporary).is_err() {
                    return Ok(false);
                }
                rename(&temporary, path).map(|()| true)
            }
            // Such as a machine without /proc. If the directory is gone, the next attempt says so.
            Err(_) => Ok(false),
        }
    }

    fn place_named(
        &self,
        path: &Path,
        write: &impl Fn(&mut Put<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let temporary = temporary(path);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&temporary)?;
        self.fill(&mut file, write).inspect_err(|_| {
            let _ = fs::remove_file(&temporary);
        })?;
        rename(&temporary, path)
    }

    fn fill(
        &self,
        file: &mut File,
        write: &impl Fn(&mut Put<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        write(&mut |bytes| {
            file.write_all(bytes)?;
            (self.means.wrote)(bytes.len() as u64);
            Ok(())
        })?;
        if self.means.fsync {
            file.sync_all()?;
        }
        Ok(())
    }
}

/// A name in the directory of `path` that no other file has.
fn temporary(path: &Path) -> PathBuf {
    let counter = NAMES.fetch_add(1, Relaxed);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.{counter}.tmp", std::process::id()))
}

/// Gives a file its last name; removes it if that fails.
fn rename(temporary: &Path, path: &Path) -> io::Result<()> {
    fs::rename(temporary, path).inspect_err(|_| {
        let _ = fs::remove_file(temporary);
    })
}

/// Files without a name.
#[cfg(target_os = "linux")]
mod unnamed {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, openat};

    /// Creates one in a directory. The process's umask holds, as for every file.
    pub(super) fn create(directory: &Path) -> io::Result<File> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        Ok(openat(CWD, directory, flags, Mode::from_raw_mode(0o666))?.into())
    }

    /// Gives it a name that no file has yet.
    pub(super) fn link(file: &File, path: &Path) -> io::Result<()> {
        let open = format!("/proc/self/fd/{}", file.as_raw_fd());
        Ok(linkat(CWD, open, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
    }
}

/// Other systems have none.
#[cfg(not(target_os = "linux"))]
mod unnamed {
    use std::fs::File;
    use std::io::{self, ErrorKind};
    use std::path::Path;

    pub(super) fn create(_: &Path) -> io::Result<File> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(super) fn link(_: &File, _: &Path) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
}
