//! Event files that are being written, read as they grow.
//!
//! ```text
//! file ─► new bytes ─► inspect's scanner: whole records ─► update: scalars, and what there is of each tag
//! ```
//!
//! No descriptor stays open between two polls, so thousands of files can be followed. A file that has become shorter was
//! rewritten, and is read from its start. Damage is skipped and counted.

mod update;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::inspect::{ScanItem, Scanner};

pub use update::{Series, Update};

/// Bytes read at a time.
const READ_BYTES: usize = 1 << 20;
/// Bytes of one poll, after which the caller may want to show something.
const POLL_BYTES: u64 = 16 << 20;

/// One event file, and how far it was read.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    position: u64,
    scanner: Scanner,
    seen: Seen,
}

/// Contents of a file as far as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Summary of each tag.
    pub series: BTreeMap<String, Series>,
    /// Places that no reader of TensorBoard gets past, and records that none can take apart.
    pub damage: u64,
    /// Events whose time is not a number, at which TensorBoard's data server gives a file up.
    pub nan_times: u64,
}

/// Result of one poll.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Poll {
    /// In the order of the file.
    pub updates: Vec<Update>,
    /// Whether the file has more, which the next poll brings.
    pub more: bool,
}

impl Follower {
    /// A follower at the start of a file, which need not exist yet.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.into(),
            position: 0,
            scanner: Scanner::new(),
            seen: Seen::default(),
        }
    }

    /// Reads what has come since the last poll, or some megabytes of it.
    ///
    /// # Errors
    ///
    /// `is_store` if the file cannot be read; the next poll tries again.
    pub fn poll(&mut self) -> Result<Poll> {
        let mut poll = Poll::default();
        self.read(&mut poll).map_err(|source| {
            Error::store(format!("cannot read {}", self.path.display()), source)
        })?;
        Ok(poll)
    }

    /// Contents as far as they were read.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Bytes read so far.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    fn read(&mut self, poll: &mut Poll) -> io::Result<()> {
        let mut file = File::open(&self.path)?;
        let length = file.metadata()?.len();
        if length < self.position {
            *self = Self::new(&self.path);
            poll.updates.push(Update::Purge(i64::MIN));
        }
        if length == self.position {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.position))?;
        let until = self.position + POLL_BYTES;
        let mut piece = vec![0; READ_BYTES.min((length - self.position) as usize)];
        loop {
            let read = match file.read(&mut piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                result => result?,
            };
            let Some(bytes @ [_, ..]) = piece.get(..read) else {
                return Ok(());
            };
            self.position += read as u64;
            self.scanner.push(bytes);
            while let Some(item) = self.scanner.next_item() {
                match item {
                    ScanItem::Record(record) => self.seen.take(record.payload(), &mut poll.updates),
                    ScanItem::Gap(_) => self.seen.damage += 1,
                }
            }
            if self.position >= until {
                poll.more = true;
                return Ok(());
            }
        }
    }
}
