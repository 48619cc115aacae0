//! One event file that several processes append to.
//!
//! Nothing is shared but the file itself. A process that appends locks the file, reads what others have appended
//! meanwhile (the first bytes of each event are enough), and gives its own events the steps that follow. So there is no
//! further process, no counter that could disagree with the file, and nothing to clean up.
//!
//! A process may be killed at any moment. The kernel then releases its lock, and the next one cuts off what it has
//! written of a record.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;

use super::exclusive;
use crate::crc;
use crate::error::Result;
use crate::event_file;
use crate::files::names;
use crate::kept_file::{KeptFile, has_no_locks};
use crate::proto::peek::{self, Series};
use crate::record::{self, FOOTER_LEN, HEADER_LEN};
use crate::writer::clock::now;
use crate::writer::location::FileLocation;

/// Bytes that are read at a time; longer events are jumped over.
const CHUNK: usize = 1 << 16;
/// Bytes of an event in which its series is looked for first.
const GLANCE: u64 = 512;

/// Such files of this process. A fork copies their descriptors, and with one that is locked at that moment the lock.
static OPEN: OnceBox<ArcSwap<Vec<Weak<KeptFile>>>> = OnceBox::new();

/// Descriptors that a forked child must replace before anything else: should its parent be killed while it holds the
/// lock, the child would hold it forever. There is no lock to wait for.
#[must_use]
pub fn shared_descriptors() -> Vec<i32> {
    let all = open().load();
    let open = all.iter().filter_map(Weak::upgrade);
    let locked = open.chain(super::stream::locked());
    locked.filter_map(|file| file.descriptor()).collect()
}

fn open() -> &'static ArcSwap<Vec<Weak<KeptFile>>> {
    OPEN.get_or_init(Box::default)
}

/// The file, and what is known of it.
#[derive(Debug)]
pub(super) struct SharedFile {
    file: Arc<KeptFile>,
    path: PathBuf,
    /// No other process has it open, so it needs no lock.
    alone: bool,
    no_locks: bool,
    /// Bytes of the file that `next` takes account of.
    seen: u64,
    next: HashMap<Series, i64>,
}

impl SharedFile {
    /// Opens the file, which is there, or with `revive` makes it again if another program has removed it.
    pub(super) fn open(path: &Path, revive: bool) -> io::Result<Self> {
        if revive && let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(revive);
        let file = KeptFile::open(&options, path)?;
        Ok(Self::new(file, path.into(), false))
    }

    /// Makes a file for this process alone, where the store has no locks.
    pub(super) fn alone(location: &FileLocation) -> Result<Self> {
        let created = exclusive::create(location, OpenOptions::new().read(true))?;
        Ok(Self::new(created.file, created.path, true))
    }

    fn new(file: KeptFile, path: PathBuf, alone: bool) -> Self {
        let file = Arc::new(file);
        open().rcu(|all| {
            let living = all.iter().filter(|file| file.strong_count() > 0);
            living
                .cloned()
                .chain([Arc::downgrade(&file)])
                .collect::<Vec<_>>()
        });
        Self {
            file,
            path,
            alone,
            no_locks: false,
            seen: 0,
            next: HashMap::new(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// False once another part of the program has closed the descriptor.
    pub(super) fn is_ours(&self) -> bool {
        self.file.is_ours()
    }

    /// True once the store has said that it has no locks.
    pub(super) fn has_no_locks(&self) -> bool {
        self.no_locks
    }

    /// Appends whole records, all or none. Events without a step get the next one of their series.
    pub(super) fn append(&mut self, records: &[u8]) -> io::Result<()> {
        // Each process has opened the file for itself. Unlocking is explicit: it also holds for a child that was forked
        // in this very moment and has the same open file; see `shared_descriptors` for what if this process is killed.
        if self.alone {
            return self.append_alone(records);
        }
        if let Err(error) = self.file.file()?.lock() {
            self.no_locks = has_no_locks(&error);
            return Err(error);
        }
        let outcome = self.append_alone(records);
        // What is written must not be written again, and a lock that is not released goes with the descriptor.
        let _ = self.file.checked().and_then(File::unlock);
        outcome
    }

    /// True if no reader will find the file any more.
    pub(super) fn is_lost(&self) -> bool {
        self.file.file().ok().and_then(names) == Some(0)
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        exclusive::sync(self.file.checked()?)
    }

    fn append_alone(&mut self, records: &[u8]) -> io::Result<()> {
        self.catch_up()?;
        let (mut numbered, next) = self.number(records);
        if self.seen == 0 {
            // The first one who comes to a new file begins it.
            numbered.splice(..0, event_file::header(now()));
        }
        let mut file = self.file.file()?;
        // For a file of this process alone whose store has no `O_APPEND`.
        file.seek(SeekFrom::Start(self.seen))?;
        if let Err(error) = file.write_all(&numbered) {
            // Should this fail as well, the process that appends next does it.
            let _ = self.file.checked().and_then(|file| file.set_len(self.seen));
            return Err(error);
        }
        self.seen += numbered.len() as u64;
        self.next.extend(next);
        Ok(())
    }

    /// Reads what has been appended since the last time, and cuts off a record that was never finished.
    fn catch_up(&mut self) -> io::Result<()> {
        let file = self.file.checked()?;
        let end = file.metadata()?.len();
        if end < self.seen {
            // Another program has cut the file short; the steps of what is left count.
            self.seen = 0;
            self.next.clear();
        }
        if end == self.seen {
            return Ok(());
        }
        let mut reader = BufReader::with_capacity(CHUNK, file);
        reader.seek(SeekFrom::Start(self.seen))?;
        let mut event = Vec::new();
        while end - self.seen >= HEADER_LEN as u64 {
            let length = length_of_next(&mut reader)?;
            let size = length.saturating_add((HEADER_LEN + FOOTER_LEN) as u64);
            if size > end - self.seen {
                break;
            }
            event.clear();
            (&mut reader)
                .take(length.min(GLANCE))
                .read_to_end(&mut event)?;
            if length > GLANCE && peek::peek(&event).series.is_none() {
                (&mut reader)
                    .take(length - GLANCE)
                    .read_to_end(&mut event)?;
            }
            let rest = length - event.len() as u64 + FOOTER_LEN as u64;
            reader.seek_relative(rest.cast_signed())?;
            let found = peek::peek(&event);
            if let Some(series) = found.series {
                let step = found.step.unwrap_or(0);
                self.next.insert(series, step.saturating_add(1));
            }
            self.seen += size;
        }
        if self.seen < end {
            file.set_len(self.seen)?;
        }
        Ok(())
    }

    /// The records with steps, and what comes next in each series afterwards.
    fn number(&self, mut records: &[u8]) -> (Vec<u8>, HashMap<Series, i64>) {
        let mut out = Vec::with_capacity(records.len() + records.len() / 8);
        let mut next: HashMap<Series, i64> = HashMap::new();
        while let Some((event, rest)) = split(records) {
            let found = peek::peek(event);
            let due = found.series.as_ref().map_or(0, |series| {
                let known = next.get(series).or_else(|| self.next.get(series));
                known.copied().unwrap_or(0)
            });
            if found.step.is_none() && due != 0 {
                record::encode_with(&mut out, |out| peek::insert(event, due, out));
            } else {
                out.extend_from_slice(&records[..records.len() - rest.len()]);
            }
            if let Some(series) = found.series {
                next.insert(series, found.step.unwrap_or(due).saturating_add(1));
            }
            records = rest;
        }
        (out, next)
    }
}

fn length_of_next(reader: &mut impl Read) -> io::Result<u64> {
    let (mut length, mut checksum) = ([0; 8], [0; 4]);
    reader.read_exact(&mut length)?;
    reader.read_exact(&mut checksum)?;
    let length = u64::from_le_bytes(length);
    if crc::masked_length(length) != u32::from_le_bytes(checksum) {
        return Err(io::Error::new(
            ErrorKind::InvalidData,
            "the file is damaged: the checksum of a record's length does not match",
        ));
    }
    Ok(length)
}

/// Splits off the first of our own records: its event, and what follows.
fn split(records: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, _) = records.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let body = records.get(HEADER_LEN..)?;
    let (event, rest) = body.split_at_checked(length)?;
    Some((event, rest.get(FOOTER_LEN..)?))
}
