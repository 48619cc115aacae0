//! The store: the destination of the bytes of one event file.

mod exclusive;
mod shared;
mod stream;
mod target;

pub use shared::shared_descriptors;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::clock::now;
use super::location::FileLocation;
use crate::error::{Error, Result};
use crate::kept_file::is_unsupported;
use crate::proto::event::At;
use crate::proto::peek::peek;
use crate::{event_file, record, symlinks};
use exclusive::ExclusiveFile;
use shared::SharedFile;
use stream::RankStream;
pub(super) use target::Target;

/// A spare buffer above this size is freed instead of kept.
const KEEP_SPARE: usize = 4 << 20;
/// So many failures in a row, and the next attempt is made with a new file: some file systems never take up a file again
/// that they once failed.
const GIVE_UP_FILE: u32 = 3;

#[derive(Debug)]
enum Output {
    Exclusive(ExclusiveFile),
    Shared(SharedFile),
    Stream(RankStream),
    Memory(Vec<u8>),
}

/// A file whose descriptor another part of the program has closed.
pub(super) struct Reclaimed {
    /// Problem to report.
    pub(super) error: Error,
    /// Where in the batch a new file has to begin, if one must.
    pub(super) start: Option<usize>,
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
    /// Bytes of the header at the beginning of the file.
    header: usize,
    /// Failures since something was last written.
    failures: u32,
    /// There was a file before this one.
    again: bool,
    /// Of a file of several processes: its file system has no locks, so each process has its own.
    alone: bool,
    /// The file system refuses to wait for the device.
    unsynced: bool,
}

impl Store {
    /// A store that will begin its file with `header`. With `again`, a file of several processes is made if it is gone.
    pub(super) fn new(target: Target, header: Vec<u8>, again: bool) -> Self {
        let path = match &target {
            Target::New(location) => location.dir.clone(),
            Target::Shared(path) => path.clone(),
            Target::Stream(location) => location.dir.clone(),
            Target::Memory(dir) => dir.clone(),
        };
        Self {
            target,
            output: None,
            path,
            header: header.len(),
            batch: header,
            offset: 0,
            failures: 0,
            again,
            alone: false,
            unsynced: false,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the batch that are not written yet.
    pub(super) fn pending(&self) -> usize {
        self.batch.len() - self.offset
    }

    /// Records of the batch of which not every byte is written.
    pub(super) fn records_left(&self) -> u64 {
        let start = record::start_of(&self.batch, self.offset);
        record::count(self.batch.get(start..).unwrap_or_default())
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

    /// Puts the start of a session before the first batch that has a step other than 0, if the run goes on at the step that
    /// is logged first. Returns how many bytes more that are.
    pub(super) fn start_session(&mut self) -> usize {
        let Some(resume) = self.target.resume().filter(|resume| resume.waits()) else {
            return 0;
        };
        let step = record::payloads(&self.batch)
            .find_map(|event| peek(event).step.filter(|&step| step != 0));
        let Some(step) = step.filter(|_| resume.take()) else {
            return 0;
        };
        let start = event_file::purge(At {
            wall_time: now(),
            step,
        });
        let added = start.len();
        self.batch.splice(0..0, start);
        added
    }

    /// Makes the directory and the file if there is none yet.
    pub(super) fn open(&mut self) -> Result<()> {
        if self.output.is_some() {
            return Ok(());
        }
        self.output = Some(match &self.target {
            Target::New(location) => {
                let dir = location.full_dir();
                if let Some(root) = &location.root {
                    let root = location.base.join(root);
                    symlinks::check_inside(&root, &dir, "main_tag and key, or run_name,")?;
                }
                fs::create_dir_all(&dir).map_err(|source| {
                    Error::store(
                        format!("cannot make the directory {}", location.dir.display()),
                        source,
                    )
                })?;
                let file = ExclusiveFile::create(location)?;
                self.path = file.path().into();
                Output::Exclusive(file)
            }
            Target::Shared(path) if self.alone => {
                let dir = path.parent().unwrap_or(path);
                let shared = SharedFile::alone(&FileLocation::new(dir))?;
                self.path = shared.path().into();
                Output::Shared(shared)
            }
            Target::Shared(path) => {
                let shared = SharedFile::open(path, self.again)
                    .map_err(|source| self.failed("open", source))?;
                Output::Shared(shared)
            }
            Target::Stream(location) => {
                // At first the batch is the rank's first record.
                let begins = self.header > 0 && self.batch.len() == self.header;
                let stream = RankStream::open(location, !begins)?;
                self.path = stream.path();
                Output::Stream(stream)
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
            Output::Exclusive(file) => file.write(rest),
            Output::Shared(shared) => shared.append(rest).map(|()| rest.len()),
            Output::Stream(stream) => {
                stream.append(rest)?;
                self.path = stream.path();
                Ok(rest.len())
            }
            Output::Memory(bytes) => {
                bytes.extend_from_slice(rest);
                Ok(rest.len())
            }
        };
        self.failures = if written.is_ok() {
            0
        } else {
            self.failures + 1
        };
        let written = written.map_err(|source| self.failed("write to", source))?;
        self.offset += written;
        Ok(written)
    }

    /// Closes the file, and forgets what was not written. One that has taken nothing is removed: it would be a run without events.
    pub(super) fn release(&mut self) {
        if let Some(Output::Exclusive(file)) = self.output.take() {
            file.remove_if_empty();
        }
        (self.batch, self.offset) = (Vec::new(), 0);
    }

    /// Hands over what was written to memory so far.
    pub(super) fn take_written(&mut self) -> Vec<u8> {
        match &mut self.output {
            Some(Output::Memory(bytes)) => std::mem::take(bytes),
            _ => Vec::new(),
        }
    }

    /// Waits until the device has what was written. Where that cannot be had, `Some` says so, once.
    pub(super) fn sync(&mut self) -> Result<Option<Error>> {
        let done = match &self.output {
            _ if self.unsynced => Ok(()),
            Some(Output::Exclusive(file)) => file.sync(),
            Some(Output::Shared(shared)) => shared.sync(),
            Some(Output::Stream(stream)) => stream.sync(),
            Some(Output::Memory(_)) | None => Ok(()),
        };
        match done {
            Err(source) if is_unsupported(&source) => {
                self.unsynced = true;
                Ok(Some(self.failed(
                    "fsync",
                    io::Error::new(
                        ErrorKind::Unsupported,
                        format!("{source}; flush() no longer waits for the device, only for the operating system"),
                    ),
                )))
            }
            done => done
                .map(|()| None)
                .map_err(|source| self.failed("synchronise", source)),
        }
    }

    /// Number of the device that the file is on; zero if there is none, or no file yet.
    pub(super) fn device(&self) -> u64 {
        match &self.output {
            Some(Output::Exclusive(file)) => file.device(),
            Some(Output::Stream(stream)) => stream.device(),
            _ => 0,
        }
    }

    /// What to report if the file is gone in which all of the batch was just written. A new one has to be begun.
    pub(super) fn lost(&self) -> Option<Error> {
        let lost = match &self.output {
            Some(Output::Exclusive(file)) => file.is_lost(),
            Some(Output::Shared(shared)) => shared.is_lost(),
            Some(Output::Stream(stream)) => stream.is_lost(),
            Some(Output::Memory(_)) | None => false,
        };
        lost.then(|| {
            let gone = "another program removed, replaced or cut it; logging goes on in a new one, what it held is lost";
            self.failed("keep", io::Error::new(ErrorKind::NotFound, gone))
        })
    }

    /// Before and after a batch: `Some` if another part of the program has closed the file's descriptor. The file is then
    /// opened again, or, if it is not there as it was, a new one has to be begun.
    pub(super) fn reclaim(&mut self) -> Result<Option<Reclaimed>> {
        let unwritten = record::start_of(&self.batch, self.offset);
        let start = match &mut self.output {
            Some(Output::Exclusive(file)) if !file.is_ours() => match file.reopen() {
                Ok(true) => None,
                Ok(false) => Some(0),
                Err(error) if is_unsupported(&error) => Some(unwritten),
                Err(error) => {
                    self.failures += 1;
                    let what =
                        "open again, after another part of the program closed its descriptor,";
                    return Err(self.failed(what, error));
                }
            },
            Some(Output::Shared(shared)) if !shared.is_ours() => {
                // What is there by now is read again.
                self.output = None;
                self.again = true;
                None
            }
            Some(Output::Stream(stream)) if !stream.is_ours() => {
                self.output = None;
                self.header = 0;
                None
            }
            _ => return Ok(None),
        };
        let going_on = match start {
            None => "it was opened again, and logging goes on in it",
            Some(_) => "it cannot be opened again as it was, and logging goes on in a new one",
        };
        let closed = format!(
            "another part of the program closed its descriptor, as os.closerange() does; {going_on}"
        );
        Ok(Some(Reclaimed {
            error: self.failed("keep open", io::Error::other(closed)),
            start,
        }))
    }

    /// After a failure: `Some` if the store has no locks, which a file of several processes needs. From now on this process
    /// writes a file of its own.
    pub(super) fn without_locks(&mut self, error: &Error) -> Option<Error> {
        let Some(Output::Shared(shared)) = &self.output else {
            return None;
        };
        let source = error.io_error().filter(|_| shared.has_no_locks())?;
        let words = format!(
            "{source}; each process writes a file of its own, and counts its steps for itself"
        );
        let problem = self.failed("lock", io::Error::new(ErrorKind::Unsupported, words));
        self.output = None;
        self.alone = true;
        Some(problem)
    }

    /// After a failure: the beginning of what must be written to a new file, if this one will take no more.
    pub(super) fn give_up_file(&self, error: &Error) -> Option<usize> {
        let Some(Output::Exclusive(file)) = &self.output else {
            return None;
        };
        let kind = error.io_error().map_or(ErrorKind::Other, io::Error::kind);
        let stale = kind == ErrorKind::StaleNetworkFileHandle && file.length() > 0;
        if stale || (file.is_ours() && file.is_lost()) {
            // It is not there any more, with all that was written.
            return Some(0);
        }
        let useless = match kind {
            ErrorKind::NotConnected | ErrorKind::FileTooLarge => true,
            // These concern all files.
            ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::PermissionDenied => false,
            _ => self.failures >= GIVE_UP_FILE,
        };
        let start = record::start_of(&self.batch, self.offset);
        let end = file.length() - (self.offset - start) as u64;
        // A file in which nothing stands is as good as a new one.
        if !useless || end <= self.header as u64 {
            return None;
        }
        file.end_at(end);
        Some(start)
    }

    /// Writes the batch from `start` on to a new file. Returns how many bytes more that are.
    pub(super) fn rotate_file(&mut self, start: usize) -> u64 {
        let pending = self.pending();
        let mut batch = match &self.target {
            Target::New(_) => event_file::header(now()),
            // Of a shared file one of the processes writes it, under the lock; of a stream, the one that begins it.
            Target::Shared(_) | Target::Stream(_) | Target::Memory(_) => Vec::new(),
        };
        self.again = true;
        self.header = batch.len();
        batch.extend_from_slice(self.batch.get(start..).unwrap_or_default());
        self.batch = batch;
        self.offset = 0;
        self.failures = 0;
        self.output = None;
        (self.pending() - pending) as u64
    }

    /// Files of this process alone are named by their directory, so that what befalls one after the other is one cause.
    fn failed(&self, what: &str, source: io::Error) -> Error {
        let doing = match (&self.target, self.path.parent()) {
            (Target::New(_), Some(dir)) => {
                format!("cannot {what} the event file in {}", dir.display())
            }
            (Target::Stream(location), _) => {
                format!(
                    "cannot {what} a stream of ranks in {}",
                    location.dir.display()
                )
            }
            _ => format!("cannot {what} {}", self.path.display()),
        };
        Error::store(doing, source)
    }
}
