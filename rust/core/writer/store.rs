//! Where the bytes of one event file go.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

use super::shared::Shared;
use crate::error::{Error, Result};
use crate::event_file;

/// Files of this process so far.
static FILES: AtomicU64 = AtomicU64::new(0);
/// The latest time in a file name, so that names sort in the order they were made even if the clock is set back.
static LATEST: AtomicU64 = AtomicU64::new(0);

/// A spare buffer above this size is freed instead of kept.
const KEEP_SPARE: usize = 4 << 20;

/// A folder and the end of a file's name.
#[derive(Clone, Debug)]
pub struct Place {
    /// The run's directory; made when the file is.
    pub dir: PathBuf,
    /// Appended to the file's name as it is.
    pub suffix: String,
}

/// Which file a store appends to.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// A new one, of this process alone.
    New(Place),
    /// One that is there, together with other processes.
    Shared(PathBuf),
    /// None: memory, for whoever asks for it. The directory is that of files beside.
    Memory(PathBuf),
}

#[derive(Debug)]
enum Output {
    Own(File),
    Shared(Shared),
    Memory(Vec<u8>),
}

/// A local event file, only ever appended to, and the batch that is on its way into it.
#[derive(Debug)]
pub(super) struct Store {
    target: Target,
    output: Option<Output>,
    path: PathBuf,
    /// Bytes being written; those before `offset` already are.
    batch: Vec<u8>,
    offset: usize,
}

impl Store {
    /// A store that will begin its file with `header`.
    pub(super) fn new(target: Target, header: Vec<u8>) -> Self {
        let path = match &target {
            Target::New(place) => place.dir.clone(),
            Target::Shared(path) => path.clone(),
            Target::Memory(dir) => dir.clone(),
        };
        Self {
            target,
            output: None,
            path,
            batch: header,
            offset: 0,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the batch that are not written yet.
    pub(super) fn pending(&self) -> usize {
        self.batch.len() - self.offset
    }

    /// Takes over the next batch; what `bytes` holds afterwards is empty, its memory reused.
    pub(super) fn take(&mut self, bytes: &mut Vec<u8>) {
        debug_assert_eq!(self.pending(), 0, "a batch is written before the next");
        self.batch.clear();
        if self.batch.capacity() > KEEP_SPARE {
            self.batch = Vec::new();
        }
        self.offset = 0;
        std::mem::swap(&mut self.batch, bytes);
    }

    /// Makes the directory and the file if there is none yet.
    pub(super) fn open(&mut self) -> Result<()> {
        if self.output.is_some() {
            return Ok(());
        }
        self.output = Some(match &self.target {
            Target::New(place) => {
                let dir = &place.dir;
                fs::create_dir_all(dir).map_err(|source| {
                    Error::store(
                        format!("cannot make the directory {}", dir.display()),
                        source,
                    )
                })?;
                let (file, path) = create(place)?;
                self.path = path;
                Output::Own(file)
            }
            Target::Shared(path) => {
                let shared = Shared::open(path).map_err(|source| self.failed("open", source))?;
                Output::Shared(shared)
            }
            Target::Memory(_) => Output::Memory(Vec::new()),
        });
        Ok(())
    }

    /// Writes as much of the batch as the operating system takes at once; returns how much.
    pub(super) fn write(&mut self) -> Result<usize> {
        self.open()?;
        let rest = self.batch.get(self.offset..).unwrap_or_default();
        let Some(output) = self.output.as_mut().filter(|_| !rest.is_empty()) else {
            return Ok(0);
        };
        let written = match output {
            Output::Own(file) => write_some(file, rest),
            Output::Shared(shared) => shared.append(rest).map(|()| rest.len()),
            Output::Memory(bytes) => {
                bytes.extend_from_slice(rest);
                Ok(rest.len())
            }
        };
        let written = written.map_err(|source| self.failed("write to", source))?;
        self.offset += written;
        Ok(written)
    }

    /// Hands over what was written to memory so far.
    pub(super) fn take_written(&mut self) -> Vec<u8> {
        match &mut self.output {
            Some(Output::Memory(bytes)) => std::mem::take(bytes),
            _ => Vec::new(),
        }
    }

    /// Waits until the device has what was written.
    pub(super) fn sync(&self) -> Result<()> {
        match &self.output {
            Some(Output::Own(file)) => file.sync_data(),
            Some(Output::Shared(shared)) => shared.sync(),
            Some(Output::Memory(_)) | None => Ok(()),
        }
        .map_err(|source| self.failed("synchronise", source))
    }

    fn failed(&self, what: &str, source: io::Error) -> Error {
        Error::store(format!("cannot {what} {}", self.path.display()), source)
    }
}

fn write_some(file: &mut File, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match file.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Creates a file of a name nobody has.
fn create(place: &Place) -> Result<(File, PathBuf)> {
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
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                // Without the name, which differs at every attempt: one cause is told once.
                let doing = format!("cannot create an event file in {}", place.dir.display());
                return Err(Error::store(doing, error));
            }
        }
    }
}
