//! Files that appear whole.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::ThreadPool;

use crate::error::{Error, Result};
use crate::kept_file::{KeptFile, is_unsupported};

/// Number of temporary names that this process has used.
static TEMPORARY_NAMES: AtomicU64 = AtomicU64::new(0);

/// Writes pieces of a file.
pub(super) type Put<'a> = dyn FnMut(&[u8]) -> io::Result<()> + 'a;

/// Options for writing files, and the receiver of progress.
pub struct WriteContext<'a> {
    /// Threads for large arrays.
    pub pool: Option<&'a ThreadPool>,
    /// Wait for the device.
    pub fsync: bool,
    /// Called with the number of bytes handed to the operating system.
    pub add_written: &'a dyn Fn(u64),
}

impl WriteContext<'_> {
    /// Writes a file that gets the name `path` when it is whole, so that no reader sees a part of it. Until then it has
    /// no name at all. Where the file system has no such files, it has a temporary name in the same directory, and
    /// `write` may run a second time.
    pub(super) fn write_whole(
        &self,
        path: &Path,
        write: impl Fn(&mut Put<'_>) -> io::Result<()>,
    ) -> Result<()> {
        let written = self.write_unnamed(path, &write).and_then(|done| {
            if done {
                return Ok(());
            }
            self.write_named(path, &write)
        });
        written.map_err(|source| Error::store(format!("cannot write {}", path.display()), source))
    }

    /// False if the file system does not make a file without a name, or does not give it one later.
    fn write_unnamed(
        &self,
        path: &Path,
        write: &impl Fn(&mut Put<'_>) -> io::Result<()>,
    ) -> io::Result<bool> {
        let Ok(file) = unnamed::create(path.parent().unwrap_or(path)) else {
            return Ok(false);
        };
        self.fill(&file, write)?;
        match unnamed::link(file.checked()?, path) {
            Ok(()) => Ok(true),
            // Only a rename replaces a file at once, and it needs a name: a file that is whole has one for as long as
            // two system calls take.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let temporary = temporary(path);
                if unnamed::link(file.checked()?, &temporary).is_err() {
                    return Ok(false);
                }
                drop(file);
                rename(&temporary, path).map(|()| true)
            }
            // Such as a machine without /proc. If the directory is gone, the next attempt says so.
            Err(_) => Ok(false),
        }
    }

    fn write_named(
        &self,
        path: &Path,
        write: &impl Fn(&mut Put<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let temporary = temporary(path);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // The name is no other file's, so it does without where the store does not know the flag.
        let file = match KeptFile::open(options.clone().create_new(true), &temporary) {
            Err(error) if is_unsupported(&error) => KeptFile::open(&options, &temporary)?,
            opened => opened?,
        };
        self.fill(&file, write).inspect_err(|_| {
            let _ = fs::remove_file(&temporary);
        })?;
        // Some stores take a file over when it is closed.
        drop(file);
        rename(&temporary, path)
    }

    /// Writes a file, and waits for the device if that is asked for and can be had.
    fn fill(
        &self,
        file: &KeptFile,
        write: &impl Fn(&mut Put<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        write(&mut |bytes| {
            file.checked()?.write_all(bytes)?;
            (self.add_written)(bytes.len() as u64);
            Ok(())
        })?;
        if self.fsync
            && let Err(error) = file.checked()?.sync_all()
            && !is_unsupported(&error)
        {
            return Err(error);
        }
        Ok(())
    }
}

/// A name in the directory of `path` that no other file has.
fn temporary(path: &Path) -> PathBuf {
    let counter = TEMPORARY_NAMES.fetch_add(1, Relaxed);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.{counter}.tmp", std::process::id()))
}

/// Gives a file its last name; removes it if that fails.
fn rename(temporary: &Path, path: &Path) -> io::Result<()> {
    let renamed = fs::rename(temporary, path).or_else(|error| match error.kind() {
        ErrorKind::AlreadyExists | ErrorKind::PermissionDenied => replace(temporary, path),
        _ if is_unsupported(&error) => replace(temporary, path),
        _ => Err(error),
    });
    renamed.inspect_err(|_| {
        let _ = fs::remove_file(temporary);
    })
}

/// Does the same on a store that does not rename over a file that is there, or not at all. For a moment readers find no
/// file or a part of it.
fn replace(temporary: &Path, path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    if fs::rename(temporary, path).is_ok() {
        return Ok(());
    }
    let source = KeptFile::open(OpenOptions::new().read(true), temporary)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let target = KeptFile::open(&options, path)?;
    io::copy(&mut source.checked()?, &mut target.checked()?)?;
    drop(source);
    fs::remove_file(temporary)
}

/// Files without a name.
#[cfg(target_os = "linux")]
mod unnamed {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, openat};

    use crate::kept_file::KeptFile;

    /// Creates one in a directory. The process's umask holds, as for every file.
    pub(super) fn create(directory: &Path) -> io::Result<KeptFile> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = openat(CWD, directory, flags, Mode::from_raw_mode(0o666))?;
        KeptFile::new(file.into(), directory.into())
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

    use crate::kept_file::KeptFile;

    pub(super) fn create(_: &Path) -> io::Result<KeptFile> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(super) fn link(_: &File, _: &Path) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
}
