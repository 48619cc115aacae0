//! Finding the whole records of a damaged stream.
//!
//! Where a record should begin and none does, a scanner looks for the next one at every single byte: twelve bytes whose
//! checksum fits the length before it, then as many bytes as that says, whose checksum fits as well. Bytes between two
//! records are reported as a gap. Nothing of a gap is trusted, not even its length: other records may lie inside a
//! record whose payload is damaged, as where two processes wrote over each other.

use crate::crc;
use crate::record::{FOOTER_LEN, HEADER_LEN, split_header};

/// The longest payload that is believed: protobuf ends there.
const MAX_PAYLOAD: u64 = (1 << 31) - 1;

/// The next item of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanItem<'a> {
    /// A whole record.
    Record(Record<'a>),
    /// Bytes that are none.
    Gap(Gap),
}

/// A record whose checksums fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// All of it, framing included.
    pub bytes: &'a [u8],
}

impl<'a> Record<'a> {
    /// Payload of the frame.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        let end = self.bytes.len().saturating_sub(FOOTER_LEN);
        self.bytes.get(HEADER_LEN..end).unwrap_or_default()
    }
}

/// Bytes that belong to no whole record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
    /// Number of zero bytes.
    pub zeros: u64,
    /// Cause at its first byte.
    pub cause: Cause,
}

/// Causes of a gap, at the place where a record should begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its length does not fit the length's checksum.
    Length,
    /// The record claims more bytes than any record has.
    TooLong,
    /// Its payload does not fit the payload's checksum.
    Payload,
    /// The record claims more bytes than are left, yet whole records follow within them.
    CutShort,
    /// The stream ends inside it: it is still being written, or its writer was killed.
    Torn,
}

/// Takes a stream apart into whole records and gaps, which together are all of its bytes.
///
/// It holds at most one record, of the length that the record claims.
#[derive(Debug, Default)]
pub struct Scanner {
    buffer: Vec<u8>,
    /// Position in the buffer at which the search for the next record goes on.
    at: usize,
    /// Position of the buffer's first byte in the stream.
    base: u64,
    gap: Option<Gap>,
    ended: bool,
}

/// Contents of one place of the buffer.
enum Found {
    /// A whole record of so many bytes.
    Whole(usize),
    Broken(Cause),
    /// Unknown until more bytes have come.
    Unknown,
}

impl Scanner {
    /// A scanner at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Feeds the bytes that follow those fed before.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.at);
        self.base += self.at as u64;
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// No more bytes follow.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The next piece, or `None` until more bytes are pushed; after [`end`](Self::end), once there is none.
    pub fn next_item(&mut self) -> Option<ScanItem<'_>> {
        loop {
            match self.look() {
                Found::Whole(length) => {
                    if let Some(gap) = self.take_gap() {
                        return Some(ScanItem::Gap(gap));
                    }
                    let offset = self.base + self.at as u64;
                    let start = self.at;
                    self.at += length;
                    let bytes = self.buffer.get(start..self.at)?;
                    return Some(ScanItem::Record(Record { offset, bytes }));
                }
                Found::Broken(cause) => self.skip(cause),
                Found::Unknown if self.ended => return self.take_gap().map(ScanItem::Gap),
                Found::Unknown => return None,
            }
        }
    }

    /// The gap before this place, if there is one.
    fn take_gap(&mut self) -> Option<Gap> {
        let mut gap = self.gap.take()?;
        let more = self.at < self.buffer.len();
        if gap.cause == Cause::Torn && more {
            gap.cause = Cause::CutShort;
        }
        Some(gap)
    }

    /// Makes one byte part of a gap.
    fn skip(&mut self, cause: Cause) {
        let zero = self.buffer.get(self.at) == Some(&0);
        let offset = self.base + self.at as u64;
        let gap = self.gap.get_or_insert(Gap {
            offset,
            length: 0,
            zeros: 0,
            cause,
        });
        gap.length += 1;
        gap.zeros += u64::from(zero);
        self.at += 1;
    }

    fn look(&self) -> Found {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let short = || {
            if self.ended && !rest.is_empty() {
                Found::Broken(Cause::Torn)
            } else {
                Found::Unknown
            }
        };
        let Some((header, after)) = rest.split_first_chunk::<HEADER_LEN>() else {
            return short();
        };
        let (length, checksum) = split_header(*header);
        if length > MAX_PAYLOAD {
            // Asked first, and beyond the first byte of a gap alone: nearly all of any garbage ends here.
            let claimed = self.gap.is_none() && crc::masked_length(length) == checksum;
            return Found::Broken(if claimed {
                Cause::TooLong
            } else {
                Cause::Length
            });
        }
        if crc::masked_length(length) != checksum {
            return Found::Broken(Cause::Length);
        }
        let length = length as usize;
        let Some((payload, after)) = after.split_at_checked(length) else {
            return short();
        };
        let Some(checksum) = after.first_chunk::<FOOTER_LEN>() else {
            return short();
        };
        if crc::masked(payload) != u32::from_le_bytes(*checksum) {
            return Found::Broken(Cause::Payload);
        }
        Found::Whole(HEADER_LEN + length + FOOTER_LEN)
    }
}
