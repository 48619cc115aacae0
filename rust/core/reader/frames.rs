//! A file as frames: whole records, and the damaged places between them.
//!
//! A record that is short comes with its payload. Of a long one only the place is given out, once its checksum is known
//! to fit; who wants to know what is in it reads what he needs. Where no record begins, the next one is looked for at
//! every byte: a header whose checksum fits, then a payload whose checksum fits.

use std::io;

use super::source::{Source, Window};
use crate::crc;
use crate::record::{FOOTER_LEN, HEADER_LEN, split_header};

/// The longest payload that is accepted: the limit of protobuf.
const MAX_PAYLOAD: u64 = (1 << 31) - 1;
/// The longest payload that comes along with its record.
pub(super) const MAX_INLINE_PAYLOAD: usize = 64 << 10;
/// Bytes read at a time for the checksum of a long payload.
const CHECKSUM_CHUNK_BYTES: usize = 256 << 10;

/// The next item of a file.
#[derive(Debug)]
pub(super) enum Frame<'b> {
    /// A record, and its payload.
    Short { payload: u64, bytes: &'b [u8] },
    /// A record whose payload is at this place.
    Long { payload: u64, length: usize },
    /// Bytes that belong to no whole record.
    Gap(Gap),
}

/// A payload that was not compared with its checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unchecked {
    /// Its first byte.
    pub offset: u64,
    /// Bytes.
    pub length: u32,
}

/// Bytes that belong to no whole record, or to one that no reader can take apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
    /// Kind of the damage.
    pub cause: Cause,
}

/// Damage at a place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No record begins there.
    NoRecord,
    /// Nothing but zero bytes, as network file systems leave them.
    Zeros,
    /// The payload of a record does not fit its checksum.
    Payload,
    /// A record is cut short, and others follow.
    CutShort,
    /// The file ends inside a record: it is still being written, or its writer was killed.
    Torn,
    /// The file is compressed.
    Compressed,
    /// A whole record that is no event.
    Message,
    /// A tag that is not UTF-8; it is read with U+FFFD in place of what is not.
    Name,
    /// The file cannot be read.
    Unreadable(String),
}

impl Cause {
    /// True if data is lost or changed; a file that is being written may end anywhere.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        !matches!(self, Self::Torn)
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoRecord => "no record begins here",
            Self::Zeros => "nothing but zero bytes",
            Self::Payload => "the payload of a record does not match its checksum",
            Self::CutShort => "a record is cut short and others follow",
            Self::Torn => "the file ends inside a record",
            Self::Compressed => "the file is compressed",
            Self::Message => "a whole record that is not a valid event",
            Self::Name => "a tag is not valid UTF-8; U+FFFD takes the place of what is not",
            Self::Unreadable(why) => return write!(f, "the file cannot be read: {why}"),
        })
    }
}

/// Takes a file, or a stretch of one, apart.
pub(super) struct Frames<'a> {
    window: Window<'a>,
    at: u64,
    /// Records that begin here or later belong to the next stretch.
    stop: u64,
    checksum: bool,
    /// True if the caller looks after the checksums of long payloads.
    is_deferring: bool,
    /// Bytes of payloads that may still be looked at in vain; a hostile file could have every byte begin a record that
    /// claims all the rest.
    patience: u64,
}

/// The first whole record of a source from a place on, where a record may begin at any byte.
///
/// # Errors
///
/// If the source cannot be read.
pub fn first_record(source: &dyn Source, from: u64, length: u64) -> io::Result<Option<u64>> {
    Frames::new(source, length, from, length, true).synchronise()
}

/// True if a payload of a source matches its checksum.
///
/// # Errors
///
/// If the source cannot be read.
pub fn is_whole(source: &dyn Source, payload: u64, length: usize) -> io::Result<bool> {
    let end = source.length()?;
    Frames::new(source, end, payload, end, true).fits(payload, length)
}

/// Contents of a place.
enum Found {
    Whole(usize),
    Broken(Cause),
    End,
}

impl<'a> Frames<'a> {
    pub(super) fn new(
        source: &'a dyn Source,
        length: u64,
        at: u64,
        stop: u64,
        checksum: bool,
    ) -> Self {
        Self {
            window: Window::new(source, length),
            at,
            stop,
            checksum,
            is_deferring: false,
            patience: length.saturating_mul(16),
        }
    }

    /// Leaves the checksums of long payloads to the caller, or not.
    pub(super) fn set_deferring(&mut self, is_deferring: bool) {
        self.is_deferring = is_deferring;
    }

    /// Offset of the next frame.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    pub(super) fn window(&mut self) -> &mut Window<'a> {
        &mut self.window
    }

    /// Goes to the first whole record, and says where it is.
    pub(super) fn synchronise(&mut self) -> io::Result<Option<u64>> {
        let found = self.search(self.at, self.stop)?;
        self.at = found.unwrap_or(self.stop);
        Ok(found)
    }

    /// The next frame, or `None` at the end of the stretch. A record that the file ends in is a gap that stays where it
    /// is: the next frame begins there still.
    #[inline]
    pub(super) fn next(&mut self) -> io::Result<Option<Frame<'_>>> {
        if self.at >= self.stop {
            return Ok(None);
        }
        // Nearly all records are short and lie in memory.
        let held = self.window.held(self.at);
        if let Some(length) = short(held, self.checksum) {
            let payload = self.at + HEADER_LEN as u64;
            self.at = payload + length as u64 + FOOTER_LEN as u64;
            let held = self.window.held(payload);
            let bytes = held.get(..length).unwrap_or_default();
            return Ok(Some(Frame::Short { payload, bytes }));
        }
        self.next_slowly()
    }

    #[inline(never)]
    fn next_slowly(&mut self) -> io::Result<Option<Frame<'_>>> {
        let payload = self.at + HEADER_LEN as u64;
        match self.look(self.at, self.checksum)? {
            Found::End => Ok(None),
            Found::Whole(length) => {
                self.at = payload + length as u64 + FOOTER_LEN as u64;
                if length > MAX_INLINE_PAYLOAD {
                    return Ok(Some(Frame::Long { payload, length }));
                }
                let held = self.window.from(payload, length)?;
                let bytes = held.get(..length).unwrap_or_default();
                Ok(Some(Frame::Short { payload, bytes }))
            }
            Found::Broken(cause) => self.gap(cause).map(|gap| Some(Frame::Gap(gap))),
        }
    }

    fn gap(&mut self, cause: Cause) -> io::Result<Gap> {
        let offset = self.at;
        let end = self.window.length();
        let next = self.search(offset + 1, end)?;
        let length = next.unwrap_or(end) - offset;
        let cause = match (cause, next) {
            (Cause::Torn, Some(_)) => Cause::CutShort,
            (Cause::NoRecord, _)
                if offset == 0 && self.window.from(0, 2)?.starts_with(&[0x1f, 0x8b]) =>
            {
                Cause::Compressed
            }
            (Cause::NoRecord, _) if self.is_zero(offset, length)? => Cause::Zeros,
            (cause, _) => cause,
        };
        if cause == Cause::Torn {
            // Its rest may come.
            self.stop = offset;
        } else {
            self.at = offset + length;
        }
        Ok(Gap {
            offset,
            length,
            cause,
        })
    }

    fn is_zero(&mut self, offset: u64, length: u64) -> io::Result<bool> {
        let (mut at, end) = (offset, offset + length);
        while at < end {
            let some = (end - at).min(CHECKSUM_CHUNK_BYTES as u64) as usize;
            let held = self.window.from(at, some)?;
            let held = held.get(..some).unwrap_or(held);
            if held.is_empty() || held.iter().any(|&byte| byte != 0) {
                return Ok(false);
            }
            at += held.len() as u64;
        }
        Ok(true)
    }

    /// Contents of the place `at`.
    fn look(&mut self, at: u64, checksum: bool) -> io::Result<Found> {
        let header = self.window.from(at, HEADER_LEN)?;
        let Some(header) = header.first_chunk::<HEADER_LEN>() else {
            return Ok(if header.is_empty() {
                Found::End
            } else {
                Found::Broken(Cause::Torn)
            });
        };
        let (length, expected) = split_header(*header);
        if length > MAX_PAYLOAD || crc::masked_length(length) != expected {
            return Ok(Found::Broken(Cause::NoRecord));
        }
        let payload = at + HEADER_LEN as u64;
        let left = self.window.length().saturating_sub(payload);
        if length + FOOTER_LEN as u64 > left {
            return Ok(Found::Broken(Cause::Torn));
        }
        let length = length as usize;
        let is_left = self.is_deferring && length > MAX_INLINE_PAYLOAD;
        if checksum && !is_left && !self.fits(payload, length)? {
            return Ok(Found::Broken(Cause::Payload));
        }
        Ok(Found::Whole(length))
    }

    /// True if a payload matches its checksum.
    pub(super) fn fits(&mut self, payload: u64, length: usize) -> io::Result<bool> {
        let (mut crc, mut at, mut left) = (0, payload, length);
        while left > 0 {
            let some = left.min(CHECKSUM_CHUNK_BYTES);
            let held = self.window.from(at, some)?;
            let Some(bytes) = held.get(..some) else {
                return Ok(false);
            };
            crc = crc::append(crc, bytes);
            at += some as u64;
            left -= some;
        }
        let footer = self.window.from(at, FOOTER_LEN)?;
        let footer = footer.first_chunk::<FOOTER_LEN>().copied();
        Ok(footer.is_some_and(|footer| u32::from_le_bytes(footer) == crc::mask(crc)))
    }

    /// The first whole record from `from` on that begins before `until`.
    fn search(&mut self, from: u64, until: u64) -> io::Result<Option<u64>> {
        let mut at = from;
        while at < until {
            let Some(found) = self.next_header(at, until)? else {
                return Ok(None);
            };
            let header = self.window.from(found, HEADER_LEN)?;
            let length = header
                .first_chunk::<8>()
                .map_or(0, |length| u64::from_le_bytes(*length));
            let left = self.window.length() - found;
            let whole = length + (HEADER_LEN + FOOTER_LEN) as u64 <= left;
            let affordable = length <= MAX_INLINE_PAYLOAD as u64 || length <= self.patience;
            if whole && affordable {
                if length > MAX_INLINE_PAYLOAD as u64 {
                    self.patience -= length;
                }
                if self.fits(found + HEADER_LEN as u64, length as usize)? {
                    return Ok(Some(found));
                }
            }
            at = found + 1;
        }
        Ok(None)
    }

    /// The first place from `at` on with a length that fits its checksum.
    fn next_header(&mut self, mut at: u64, until: u64) -> io::Result<Option<u64>> {
        while at < until {
            let held = self.window.from(at, HEADER_LEN)?;
            if held.len() < HEADER_LEN {
                return Ok(None);
            }
            let here = (until - at).min(held.len() as u64) as usize;
            let found = held.windows(HEADER_LEN).take(here).position(|header| {
                // Asked first: nearly all of any garbage ends here.
                header.get(4..8) == Some(&[0; 4]) && is_header(header)
            });
            match found {
                Some(found) => return Ok(Some(at + found as u64)),
                None => at += here.min(held.len() - HEADER_LEN + 1) as u64,
            }
        }
        Ok(None)
    }
}

fn is_header(header: &[u8]) -> bool {
    header.first_chunk::<HEADER_LEN>().is_some_and(|header| {
        let (length, checksum) = split_header(*header);
        length <= MAX_PAYLOAD && crc::masked_length(length) == checksum
    })
}

/// Length of the payload of a short whole record at the start of `held`.
#[inline]
fn short(held: &[u8], checksum: bool) -> Option<usize> {
    let (header, rest) = held.split_first_chunk::<HEADER_LEN>()?;
    let (length, expected) = split_header(*header);
    if length > MAX_INLINE_PAYLOAD as u64 || crc::masked_length(length) != expected {
        return None;
    }
    let length = length as usize;
    let (bytes, rest) = rest.split_at_checked(length)?;
    let footer = rest.first_chunk::<FOOTER_LEN>()?;
    (!checksum || crc::masked(bytes) == u32::from_le_bytes(*footer)).then_some(length)
}
