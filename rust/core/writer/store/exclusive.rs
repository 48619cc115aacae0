//! An event file that this process alone appends to, and what can become of it meanwhile.
//!
//! Another program may remove it, with its directory or by putting another file in its place; a network file system may
//! lose it or part of it; a write that failed may have left bytes behind; another part of this program may close its
//! descriptor. All that is noticed here, none of it decided.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::error::{Error, Result};
use crate::event_file;
use crate::files::{identity, names};
use crate::kept_file::{KeptFile, is_unsupported};
use crate::writer::clock;
use crate::writer::location::FileLocation;

/// Files of this process so far.
static FILES: AtomicU64 = AtomicU64::new(0);
/// The latest time in a file name, so that names sort in the order they were made even if the clock is set back.
static LATEST: AtomicU64 = AtomicU64::new(0);

/// The server of a network file system is asked so often whether the file is still there; what this machine does to the file is
/// known without it.
const LOOK_SECONDS: u64 = 120;

/// The open file, and what is known of it.
#[derive(Debug)]
pub(super) struct ExclusiveFile {
    file: KeptFile,
    path: PathBuf,
    /// Bytes that were written to it.
    length: u64,
    /// A write has failed since the length was last compared.
    suspect: bool,
    /// Opened with `O_APPEND`.
    appends: bool,
    /// The file system counts the names of a file; some give zero for each.
    counts_names: bool,
    /// When the store was last asked for them, in seconds since the epoch.
    looked: AtomicU64,
}

impl ExclusiveFile {
    /// Creates a file of a name that no other file has.
    pub(super) fn create(location: &FileLocation) -> Result<Self> {
        let created = create(location, &OpenOptions::new())?;
        let names = created.file.file().ok().and_then(names);
        Ok(Self {
            file: created.file,
            path: created.path,
            length: 0,
            suspect: false,
            appends: created.appends,
            counts_names: names.is_some_and(|names| names > 0),
            looked: AtomicU64::new(clock::seconds()),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn device(&self) -> u64 {
        self.file.device()
    }

    /// False once another part of the program has closed the descriptor.
    pub(super) fn is_ours(&self) -> bool {
        self.file.is_ours()
    }

    /// Opens the file again after its descriptor was closed; false if it is not there any more as it was.
    pub(super) fn reopen(&mut self) -> io::Result<bool> {
        let mut options = OpenOptions::new();
        match self.file.reopen(options.write(true).append(self.appends)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            done => done?,
        }
        // Of a write that failed, something may stand behind the end.
        self.suspect = true;
        Ok(self.file.file()?.metadata()?.len() >= self.length)
    }

    /// Writes as much as the operating system takes at once; returns how much.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.suspect {
            self.cut_back()?;
        }
        let outcome = loop {
            match self.file.file()?.write(bytes) {
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
        let mut file = self.file.checked()?;
        if file.metadata()?.len() > self.length {
            file.set_len(self.length)?;
        }
        if !self.appends {
            file.seek(SeekFrom::Start(self.length))?;
        }
        self.suspect = false;
        Ok(())
    }

    /// Cuts off the record that was not finished, if that is possible.
    pub(super) fn end_at(&self, length: u64) {
        if let Ok(file) = self.file.checked()
            && file.metadata().is_ok_and(|found| found.len() > length)
        {
            // What cannot be cut off is what any process that dies leaves; readers stop there.
            let _ = file.set_len(length);
        }
    }

    /// Removes the file if nothing was written into it, and its name still stands for it.
    pub(super) fn remove_if_empty(&self) {
        if self.length == 0
            && let Ok(file) = self.file.checked()
            && let (Ok(ours), Ok(named)) = (file.metadata(), fs::symlink_metadata(self.file.path()))
            && identity(&ours).is_some_and(|ours| Some(ours) == identity(&named))
        {
            // What cannot be removed stays, and harms no reader.
            let _ = fs::remove_file(self.file.path());
        }
    }

    /// True if no reader will find the file any more, because it has no name or bytes of it are missing. To be asked
    /// right after [`is_ours`](Self::is_ours).
    pub(super) fn is_lost(&self) -> bool {
        let Ok(file) = self.file.file() else {
            return false;
        };
        let now = clock::seconds();
        let names = if now.abs_diff(self.looked.load(Relaxed)) >= LOOK_SECONDS {
            self.looked.store(now, Relaxed);
            names(file)
        } else {
            self.file.names()
        };
        (self.counts_names && names == Some(0))
            || (self.suspect && self.metadata_len().is_some_and(|len| len < self.length))
    }

    fn metadata_len(&self) -> Option<u64> {
        let found = self.file.file().and_then(File::metadata);
        found.ok().map(|found| found.len())
    }

    /// Waits until the device has it.
    pub(super) fn sync(&self) -> io::Result<()> {
        sync(self.file.checked()?)
    }
}

/// A new event file.
pub(super) struct Created {
    pub(super) file: KeptFile,
    pub(super) path: PathBuf,
    /// Opened with `O_APPEND`.
    appends: bool,
}

/// Creates a file of a name that no other file has, for writing and for what else `options` say.
pub(super) fn create(location: &FileLocation, options: &OpenOptions) -> Result<Created> {
    let host = gethostname::gethostname();
    let host = host.to_string_lossy();
    let last = location.last_name().map_err(|source| {
        Error::store(
            format!("cannot list the directory {}", location.dir.display()),
            source,
        )
    })?;
    loop {
        let now = clock::seconds();
        let seconds = LATEST.fetch_max(now, Relaxed).max(now);
        let counter = FILES.fetch_add(1, Relaxed);
        let suffix = &location.suffix;
        let name = |seconds| event_file::name(seconds, &host, std::process::id(), counter, suffix);
        let name = match &last {
            Some(last) => event_file::name_after(last, seconds, name),
            None => name(seconds),
        };
        match create_at(&location.full_dir().join(&name), options) {
            Ok((file, appends)) => {
                return Ok(Created {
                    file,
                    path: location.dir.join(name),
                    appends,
                });
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                // Without the name, which differs at every attempt: one cause is reported once.
                let doing = format!("cannot create an event file in {}", location.dir.display());
                return Err(Error::store(doing, error));
            }
        }
    }
}

/// Creates a file that was not there; whether with `O_APPEND`. Only this process writes to it, so the flags are
/// precautions, and stores that refuse one get it without.
fn create_at(path: &Path, options: &OpenOptions) -> io::Result<(KeptFile, bool)> {
    let mut refused = None;
    for (append, new) in [(true, true), (false, true), (true, false), (false, false)] {
        if !new && path.try_exists()? {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let mut options = options.clone();
        options.write(true).append(append);
        options.create_new(new).create(true).truncate(false);
        match KeptFile::open(&options, path) {
            Err(error) if is_unsupported(&error) => {
                // Some stores make the file before they look at the flags.
                let _ = fs::remove_file(path);
                refused = Some(error);
            }
            opened => return opened.map(|file| (file, append)),
        }
    }
    Err(refused.unwrap_or_else(|| ErrorKind::Unsupported.into()))
}

/// Waits until the device has a file; its times and the like do not matter, but a store may know only one call.
pub(super) fn sync(file: &File) -> io::Result<()> {
    match file.sync_data() {
        Err(error) if is_unsupported(&error) => file.sync_all(),
        done => done,
    }
}
