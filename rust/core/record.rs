//! Record framing: how events follow each other in a file.
//!
//! ```text
//! ┌──────────────┬───────────────────┬───────────┬───────────────────┐
//! │ length, u64  │ masked CRC of the │  payload  │ masked CRC of the │
//! │              │ 8 length bytes    │           │ payload           │
//! └──────────────┴───────────────────┴───────────┴───────────────────┘
//!    8 bytes        4 bytes            length       4 bytes            little endian
//! ```
//!
//! Encoding appends to a buffer and cannot fail. Decoding is a push decoder: feed it bytes as they come, ask for the
//! next record, get `None` while more bytes are needed. A file that ends inside a record is a state (the file is
//! still growing), not an error.

use crate::crc;
use crate::error::{Error, Result};

/// Bytes before the payload.
pub const HEADER_LEN: usize = 12;
/// Bytes after the payload.
pub const FOOTER_LEN: usize = 4;

/// Appends one record to `out`, its payload made in place by `payload`.
#[inline]
pub fn encode_with(out: &mut Vec<u8>, payload: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_LEN]);
    payload(out);
    let body = start + HEADER_LEN;
    let length = (out.len() - body) as u64;
    out[start..start + 8].copy_from_slice(&length.to_le_bytes());
    out[start + 8..body].copy_from_slice(&crc::masked_length(length).to_le_bytes());
    let checksum = crc::masked(&out[body..]);
    out.extend_from_slice(&checksum.to_le_bytes());
}

/// Appends `payload` as one record to `out`.
pub fn encode(payload: &[u8], out: &mut Vec<u8>) {
    out.reserve(HEADER_LEN + payload.len() + FOOTER_LEN);
    encode_with(out, |out| out.extend_from_slice(payload));
}

/// Start of the record that contains `offset`; `records` are whole records of this writer.
#[must_use]
pub fn start_of(records: &[u8], offset: usize) -> usize {
    let mut start = 0;
    while let Some(next) = end_of(records, start).filter(|next| *next <= offset) {
        start = next;
    }
    start
}

/// Number of records; `records` are whole records of this writer.
#[must_use]
pub fn count(records: &[u8]) -> u64 {
    let (mut start, mut count) = (0, 0);
    while let Some(next) = end_of(records, start) {
        (start, count) = (next, count + 1);
    }
    count
}

/// The payloads of records; `records` are whole records of this writer.
pub fn payloads(records: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let end = end_of(records, start)?;
        let payload = records.get(start + HEADER_LEN..end - FOOTER_LEN);
        start = end;
        payload
    })
}

/// End of the record that begins at `start`, if one does.
fn end_of(records: &[u8], start: usize) -> Option<usize> {
    let length = records.get(start..)?.first_chunk::<8>()?;
    Some(start + HEADER_LEN + u64::from_le_bytes(*length) as usize + FOOTER_LEN)
}

/// Limits of a decoder.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest payload, in bytes. A damaged length must not make a reader allocate a terabyte.
    pub max_payload: usize,
}

impl Default for Limits {
    /// One gibibyte: protobuf itself ends at two.
    fn default() -> Self {
        Self {
            max_payload: 1 << 30,
        }
    }
}

/// Takes a byte stream apart into records.
///
/// After an error the decoder stays where it is: every further call returns the same error.
#[derive(Debug, Default)]
pub struct Decoder {
    limits: Limits,
    /// Bytes fed and not yet given out start at `start`.
    buffer: Vec<u8>,
    start: usize,
    /// Position of `start` in the stream, for error texts.
    offset: u64,
}

impl Decoder {
    /// A decoder at the start of a stream.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Feeds the bytes that follow those fed before.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole record's payload, or `None` until more bytes are pushed.
    ///
    /// # Errors
    ///
    /// `is_corrupt` if a checksum does not match or a length exceeds the limits.
    pub fn next_record(&mut self) -> Result<Option<&[u8]>> {
        let rest = self.buffer.get(self.start..).unwrap_or_default();
        let Some((header, rest)) = rest.split_first_chunk::<HEADER_LEN>() else {
            return Ok(None);
        };
        let (length, length_crc) = split_header(*header);
        if crc::masked_length(length) != length_crc {
            return Err(self.corrupt("the checksum of a record's length does not match"));
        }
        let Some(length) = usize::try_from(length)
            .ok()
            .filter(|&length| length <= self.limits.max_payload)
        else {
            let limit = self.limits.max_payload;
            return Err(self.corrupt(&format!(
                "a record claims {length} bytes; the limit is {limit}"
            )));
        };
        let Some((payload, rest)) = rest.split_at_checked(length) else {
            return Ok(None);
        };
        let Some(payload_crc) = rest.first_chunk::<FOOTER_LEN>() else {
            return Ok(None);
        };
        if crc::masked(payload) != u32::from_le_bytes(*payload_crc) {
            return Err(self.corrupt("the checksum of a record's payload does not match"));
        }
        let body = self.start + HEADER_LEN;
        let total = HEADER_LEN + length + FOOTER_LEN;
        self.start += total;
        self.offset += total as u64;
        Ok(self.buffer.get(body..body + length))
    }

    /// Bytes of a record that has begun and is not whole yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.buffer.len() - self.start
    }

    fn corrupt(&self, what: &str) -> Error {
        Error::corrupt(format!("{what} (record at byte {})", self.offset))
    }
}

pub(crate) fn split_header(header: [u8; HEADER_LEN]) -> (u64, u32) {
    // Both are there: the header is as long as the two.
    let length = header.first_chunk().copied().unwrap_or_default();
    let checksum = header.last_chunk().copied().unwrap_or_default();
    (u64::from_le_bytes(length), u32::from_le_bytes(checksum))
}
