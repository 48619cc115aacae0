//! Event files that are being written, read as they grow.
//!
//! ```text
//! file ─► new bytes ─► inspect's scanner: whole records ─► told: scalars, and what there is of each tag
//! ```
//!
//! No descriptor stays open between two looks, so thousands of files can be followed. A file that has become shorter was
//! written anew, and is read from its start. Damage is skipped and counted.

mod told;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::inspect::{Piece, Scanner};

pub use told::{Series, Told};

/// Bytes read at a time.
const PIECE: usize = 1 << 20;
/// Bytes of one look, after which the caller may want to show something.
const TURN: u64 = 16 << 20;

/// One event file, and how far it was read.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    position: u64,
    scanner: Scanner,
    seen: Seen,
}

/// What was found in a file so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// What there is of each tag.
    pub series: BTreeMap<String, Series>,
    /// Places that no reader of TensorBoard gets past, and records that none can take apart.
    pub damage: u64,
    /// Events whose time is not a number, at which TensorBoard's data server gives a file up.
    pub timeless: u64,
}

/// What one look brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// In the order of the file.
    pub told: Vec<Told>,
    /// Whether the file has more, which the next look brings.
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

    /// Reads what has come since the last look, or some megabytes of it.
    ///
    /// # Errors
    ///
    /// `is_store` if the file cannot be read; the next look tries again.
    pub fn look(&mut self) -> Result<Look> {
        let mut look = Look::default();
        self.read(&mut look).map_err(|source| {
            Error::store(format!("cannot read {}", self.path.display()), source)
        })?;
        Ok(look)
    }

    /// What was found so far.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Bytes read so far.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    fn read(&mut self, look: &mut Look) -> io::Result<()> {
        let mut file = File::open(&self.path)?;
        let length = file.metadata()?.len();
        if length < self.position {
            *self = Self::new(&self.path);
            look.told.push(Told::Purge(i64::MIN));
        }
        if length == self.position {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.position))?;
        let until = self.position + TURN;
        let mut piece = vec![0; PIECE.min((length - self.position) as usize)];
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
            while let Some(piece) = self.scanner.next_piece() {
                match piece {
                    Piece::Record(record) => self.seen.take(record.payload(), &mut look.told),
                    Piece::Gap(_) => self.seen.damage += 1,
                }
            }
            if self.position >= until {
                look.more = true;
                return Ok(());
            }
        }
    }
}
