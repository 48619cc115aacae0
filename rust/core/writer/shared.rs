//! One event file that several processes append to.
//!
//! Nothing is shared but the file itself. Whoever appends locks it, reads what others have appended meanwhile (the
//! first bytes of each event are enough), and gives its own events the steps that follow. So there is no further
//! process, no counter that could disagree with the file, and nothing to clean up.
//!
//! A process may be killed at any moment. The kernel then releases its lock, and the next one cuts off what it has
//! written of a record.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;

use super::own::names;
use super::session::now;
use crate::crc;
use crate::event_file;
use crate::proto::step::{self, Series};
use crate::record::{self, FOOTER_LEN, HEADER_LEN};

/// Bytes that are read at a time; longer events are jumped over.
const CHUNK: usize = 1 << 16;
/// Bytes of an event in which its series is looked for first.
const GLANCE: u64 = 512;

/// Descriptors of such files in this process. A fork copies them, and with one that is locked at that moment the lock.
static DESCRIPTORS: OnceBox<ArcSwap<Vec<RawFd>>> = OnceBox::new();

/// Descriptors that a forked child must replace before anything else: should its parent be killed while it holds the
/// lock, the child would hold it for ever. There is no lock to wait for.
#[must_use]
pub fn shared_descriptors() -> Vec<RawFd> {
    descriptors().load().to_vec()
}

fn descriptors() -> &'static ArcSwap<Vec<RawFd>> {
    DESCRIPTORS.get_or_init(Box::default)
}

/// The file, and what is known of it.
#[derive(Debug)]
pub(super) struct Shared {
    file: File,
    /// Bytes of the file that `next` takes account of.
    seen: u64,
    next: HashMap<Series, i64>,
}

impl Shared {
    /// Opens the file, which is there, or with `revive` makes it anew if somebody has removed it.
    pub(super) fn open(path: &Path, revive: bool) -> io::Result<Self> {
        if revive && let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(revive);
        let file = options.open(path)?;
        let descriptor = file.as_raw_fd();
        descriptors().rcu(|all| [all.as_slice(), &[descriptor]].concat());
        Ok(Self {
            file,
            seen: 0,
            next: HashMap::new(),
        })
    }

    /// Appends whole records, all or none. Events without a step get the next one of their series.
    pub(super) fn append(&mut self, records: &[u8]) -> io::Result<()> {
        // Each process has opened the file for itself. Unlocking is explicit: it also holds for a child that was forked
        // in this very moment and has the same open file; see `shared_descriptors` for what if this process is killed.
        self.file.lock()?;
        let outcome = self.append_alone(records);
        self.file.unlock()?;
        outcome
    }

    /// True if nobody will find the file any more.
    pub(super) fn is_lost(&self) -> bool {
        names(&self.file) == Some(0)
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn append_alone(&mut self, records: &[u8]) -> io::Result<()> {
        self.catch_up()?;
        let (mut numbered, next) = self.number(records);
        if self.seen == 0 {
            // The first one who comes to a new file begins it.
            numbered.splice(..0, event_file::header(now()));
        }
        if let Err(error) = self.file.write_all(&numbered) {
            // Should this fail as well, whoever comes next does it.
            let _ = self.file.set_len(self.seen);
            return Err(error);
        }
        self.seen += numbered.len() as u64;
        self.next.extend(next);
        Ok(())
    }

    /// Reads what has been appended since the last time, and cuts off a record that was never finished.
    fn catch_up(&mut self) -> io::Result<()> {
        let end = self.file.metadata()?.len();
        if end < self.seen {
            // Somebody has cut it short; the steps of what is left count.
            self.seen = 0;
            self.next.clear();
        }
        if end == self.seen {
            return Ok(());
        }
        let mut reader = BufReader::with_capacity(CHUNK, &self.file);
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
            if length > GLANCE && step::look(&event).series.is_none() {
                (&mut reader)
                    .take(length - GLANCE)
                    .read_to_end(&mut event)?;
            }
            let rest = length - event.len() as u64 + FOOTER_LEN as u64;
            reader.seek_relative(rest.cast_signed())?;
            let found = step::look(&event);
            if let Some(series) = found.series {
                let step = found.step.unwrap_or(0);
                self.next.insert(series, step.saturating_add(1));
            }
            self.seen += size;
        }
        if self.seen < end {
            self.file.set_len(self.seen)?;
        }
        Ok(())
    }

    /// The records with steps, and what comes next in each series afterwards.
    fn number(&self, mut records: &[u8]) -> (Vec<u8>, HashMap<Series, i64>) {
        let mut out = Vec::with_capacity(records.len() + records.len() / 8);
        let mut next: HashMap<Series, i64> = HashMap::new();
        while let Some((event, rest)) = split(records) {
            let found = step::look(event);
            let due = found.series.as_ref().map_or(0, |series| {
                let known = next.get(series).or_else(|| self.next.get(series));
                known.copied().unwrap_or(0)
            });
            if found.step.is_none() && due != 0 {
                record::encode_with(&mut out, |out| step::insert(event, due, out));
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

impl Drop for Shared {
    fn drop(&mut self) {
        // Before it is closed: its number may then be another file's.
        let descriptor = self.file.as_raw_fd();
        let others = |all: &Arc<Vec<RawFd>>| -> Vec<RawFd> {
            let others = all.iter().copied();
            others.filter(|&other| other != descriptor).collect()
        };
        descriptors().rcu(others);
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
