//! Positions: how far a file was read, for a process that goes on from there.

use std::io;

use super::contents::Contents;
use super::source::{Source, exactly};
use super::tags::Metadata;

/// Bytes before a position that are compared: the checksum of the last record, and the end of its payload.
pub const TAIL_BYTES: u64 = 16;

/// Position in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Name of the run.
    pub run: String,
    /// Name of the file.
    pub name: String,
    /// Identity of the file, where the system has one.
    pub identity: Option<(u64, u64)>,
    /// Offset at which reading goes on.
    pub offset: u64,
    /// The bytes before it.
    pub tail: Vec<u8>,
    /// True if the rest of the file must not be read, because of damage.
    pub is_given_up: bool,
    /// Tags whose first value had metadata, which later values lack.
    pub tags: Vec<(Vec<u8>, Metadata)>,
}

impl Position {
    /// Contents of a file of which nothing is kept but what later values need.
    pub(super) fn contents(&self) -> Contents {
        let mut contents = Contents {
            begin: Some(self.offset),
            end: self.offset,
            is_given_up: self.is_given_up,
            ..Contents::default()
        };
        for (raw, metadata) in &self.tags {
            let (tag, _) = contents.tags.intern(raw, |_| true);
            tag.metadata = Some(metadata.clone());
        }
        contents
    }
}

/// The last bytes of a source before an offset.
pub(super) fn tail(source: &dyn Source, offset: u64) -> io::Result<Vec<u8>> {
    let first = offset.saturating_sub(TAIL_BYTES);
    exactly(source, first, (offset - first) as usize)
}
