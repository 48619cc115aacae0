//! Files that stay open between calls, and whether their descriptors are still theirs.
//!
//! A program may close descriptors that it does not know: daemons, launchers and code like `subprocess` call
//! `closerange(3, …)`. The next file that the program opens then gets the same number. A [`KeptFile`] compares what its
//! number stands for with what it was opened on, and never closes, cuts or locks another file.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, AsRawFd, IntoRawFd, RawFd};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

/// The lowest number of a kept file. Those below belong to the standard streams, even if the program was started without
/// them: what a library prints there must not land in our file.
const MIN_DESCRIPTOR: RawFd = 3;

/// A file that stays open, and what it was opened on.
#[derive(Debug)]
pub(crate) struct KeptFile {
    /// `None` once the number was released.
    file: Option<File>,
    /// Absolute: the program may change its directory.
    path: PathBuf,
    identity: Identity,
    /// The kernel's name of the open file, where it says so.
    name: Option<PathBuf>,
}

/// The file behind a descriptor, and the mode in which it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    /// Another part of the program may have opened the same file, to read it.
    flags: OFlags,
}

impl KeptFile {
    /// Opens a file whose number is 3 or more.
    pub(crate) fn open(options: &OpenOptions, path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        Self::new(options.open(&path)?, path)
    }

    /// Keeps a file that was just opened, under a number of 3 or more.
    pub(crate) fn new(mut file: File, path: PathBuf) -> io::Result<Self> {
        if file.as_raw_fd() < MIN_DESCRIPTOR {
            file = rustix::io::fcntl_dupfd_cloexec(file.as_fd(), MIN_DESCRIPTOR)?.into();
        }
        Ok(Self {
            identity: Identity::of(&file)?,
            name: name(&file),
            file: Some(file),
            path,
        })
    }

    /// The file, unchecked: for what directly follows [`is_ours`](Self::is_ours).
    pub(crate) fn file(&self) -> io::Result<&File> {
        self.file.as_ref().ok_or_else(closed)
    }

    /// The file, if its number is still its own.
    pub(crate) fn checked(&self) -> io::Result<&File> {
        if self.is_ours() {
            self.file()
        } else {
            Err(closed())
        }
    }

    /// False once the number stands for another file or for none. Asks no server, so it answers at once.
    pub(crate) fn is_ours(&self) -> bool {
        let Some(file) = &self.file else {
            return false;
        };
        match Identity::of(file) {
            Ok(found) if found == self.identity => true,
            // Some file systems number a file differently at every look.
            Ok(found) => {
                let numbered = Identity {
                    inode: self.identity.inode,
                    ..found
                };
                numbered == self.identity && self.name.is_some() && name(file) == self.name
            }
            // Whatever else fails, the number is still open.
            Err(error) => error != Errno::BADF,
        }
    }

    /// Gives up the number, which is no longer its own, and opens the file again by its path.
    ///
    /// # Errors
    ///
    /// `NotFound` if the path has another file by now; otherwise whatever opening it says.
    pub(crate) fn reopen(&mut self, options: &OpenOptions) -> io::Result<()> {
        self.give_up();
        let fresh = Self::open(options, &self.path)?;
        let same = |identity: Identity| (identity.device, identity.inode);
        if same(fresh.identity) != same(self.identity) {
            return Err(io::ErrorKind::NotFound.into());
        }
        *self = fresh;
        Ok(())
    }

    /// Forgets the number without closing it: another part of the program uses it now, and will close it.
    fn give_up(&mut self) {
        let _ = self.file.take().map(File::into_raw_fd);
    }

    /// Its path when it was opened, in full.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Number of the device that the file is on.
    pub(crate) fn device(&self) -> u64 {
        self.identity.device
    }

    /// Number of the file's names, as far as the kernel knows. Asks no server.
    pub(crate) fn names(&self) -> Option<u64> {
        names(self.file().ok()?).ok()
    }

    /// The number, if it is still its own.
    pub(crate) fn descriptor(&self) -> Option<RawFd> {
        self.checked().ok().map(AsRawFd::as_raw_fd)
    }
}

impl Drop for KeptFile {
    fn drop(&mut self) {
        if !self.is_ours() {
            self.give_up();
        }
    }
}

impl Identity {
    fn of(file: &File) -> Result<Self, Errno> {
        let (device, inode) = device_and_inode(file)?;
        Ok(Self {
            device,
            inode,
            flags: rustix::fs::fcntl_getfl(file)?,
        })
    }
}

/// What the kernel knows: a network file system would ask its server, which may not answer.
#[cfg(target_os = "linux")]
fn known(file: &File, what: rustix::fs::StatxFlags) -> Result<rustix::fs::Statx, Errno> {
    use rustix::fs::{AtFlags, statx};
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    statx(file, "", flags, what)
}

#[cfg(target_os = "linux")]
fn names(file: &File) -> Result<u64, Errno> {
    match known(file, rustix::fs::StatxFlags::NLINK) {
        Err(Errno::NOSYS | Errno::PERM) => Ok(rustix::fs::fstat(file)?.st_nlink),
        found => Ok(found?.stx_nlink.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn names(file: &File) -> Result<u64, Errno> {
    Ok(rustix::fs::fstat(file)?.st_nlink.into())
}

#[cfg(target_os = "linux")]
fn device_and_inode(file: &File) -> Result<(u64, u64), Errno> {
    use rustix::fs::{StatxFlags, makedev};
    match known(file, StatxFlags::INO) {
        // Sandboxes that are older than this system call.
        Err(Errno::NOSYS | Errno::PERM) => fstat(file),
        found => {
            let found = found?;
            let device = makedev(found.stx_dev_major, found.stx_dev_minor);
            Ok((device, found.stx_ino))
        }
    }
}

#[cfg(not(target_os = "linux"))]
use fstat as device_and_inode;

#[allow(
    clippy::unnecessary_cast,
    reason = "the types differ from system to system"
)]
fn fstat(file: &File) -> Result<(u64, u64), Errno> {
    let found = rustix::fs::fstat(file)?;
    Ok((found.st_dev as u64, found.st_ino as u64))
}

/// The kernel's name of an open file, on Linux.
fn name(file: &File) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()
}

fn closed() -> io::Error {
    io::Error::other("another part of the program closed its descriptor, as os.closerange() does")
}

/// True if the store does not have this call or this flag, whenever it is asked: that is no failure to wait for the end of.
pub(crate) fn is_unsupported(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL)
    )
}

/// True if that is what a system call says that locks a file on a store without locks.
pub(crate) fn has_no_locks(error: &io::Error) -> bool {
    is_unsupported(error) || Errno::from_io_error(error) == Some(Errno::NOLCK)
}
