//! Protobuf's wire format, walked without copying what is not wanted.
//!
//! A walk asks for a few bytes at a time. So the same walk takes a payload apart that lies in memory, and one of
//! gigabytes that lies in a file, of which it reads the heads of fields alone.

use std::io;

/// Why a walk ended early.
#[derive(Debug)]
pub(super) enum Fault {
    /// The bytes are no message.
    Malformed,
    /// The source could not be read.
    Io(io::Error),
}

/// Bytes of a payload.
pub(super) trait Bytes {
    /// True if reading a part of it costs nothing.
    const IN_MEMORY: bool;

    /// The bytes from `at` on: `most` of them, or fewer if the payload ends before.
    fn from(&mut self, at: usize, most: usize) -> Result<&[u8], Fault>;
}

/// Bytes that are in memory.
impl Bytes for &[u8] {
    const IN_MEMORY: bool = true;

    #[inline]
    fn from(&mut self, at: usize, most: usize) -> Result<&[u8], Fault> {
        let rest = self.get(at..).ok_or(Fault::Malformed)?;
        Ok(rest.get(..most).unwrap_or(rest))
    }
}

/// A part of a payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    /// All of `length` bytes.
    pub(super) fn whole(length: usize) -> Self {
        Self {
            start: 0,
            end: length,
        }
    }

    /// Number of bytes.
    #[inline]
    pub(super) fn len(self) -> usize {
        self.end - self.start
    }

    /// Its bytes in a payload that is in memory.
    #[inline]
    pub(super) fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start..self.end).unwrap_or_default()
    }
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    /// A string, bytes or a message.
    Span(Span),
}

/// The longest head of a field: key, and a number or length.
const MAX_FIELD_HEAD_BYTES: usize = 20;

/// Takes the next field off the front of `rest`, or `None` at its end.
#[inline]
pub(super) fn field<B: Bytes>(
    bytes: &mut B,
    rest: &mut Span,
) -> Result<Option<(u32, Wire)>, Fault> {
    if rest.start >= rest.end {
        return Ok(None);
    }
    let head = bytes.from(rest.start, MAX_FIELD_HEAD_BYTES.min(rest.len()))?;
    let mut at = 0;
    let key = varint(head, &mut at)?;
    let number = u32::try_from(key >> 3).map_err(|_| Fault::Malformed)?;
    let wire = match key & 7 {
        0 => Wire::Varint(varint(head, &mut at)?),
        1 => Wire::Fixed64(u64::from_le_bytes(fixed(head, &mut at)?)),
        5 => Wire::Fixed32(u32::from_le_bytes(fixed(head, &mut at)?)),
        2 => {
            let length = varint(head, &mut at)?;
            let start = rest.start + at;
            let left = (rest.end - start) as u64;
            if length > left {
                return Err(Fault::Malformed);
            }
            let end = start + length as usize;
            rest.start = end;
            return if number == 0 {
                Err(Fault::Malformed)
            } else {
                Ok(Some((number, Wire::Span(Span { start, end }))))
            };
        }
        _ => return Err(Fault::Malformed),
    };
    rest.start += at;
    if number == 0 {
        return Err(Fault::Malformed);
    }
    Ok(Some((number, wire)))
}

#[inline]
fn fixed<const N: usize>(head: &[u8], at: &mut usize) -> Result<[u8; N], Fault> {
    let rest = head.get(*at..).and_then(<[u8]>::first_chunk::<N>);
    *at += N;
    rest.copied().ok_or(Fault::Malformed)
}

/// A number of one to ten bytes.
#[inline]
pub(super) fn varint(bytes: &[u8], at: &mut usize) -> Result<u64, Fault> {
    let mut value = 0_u64;
    for shift in (0..70).step_by(7) {
        let byte = *bytes.get(*at).ok_or(Fault::Malformed)?;
        *at += 1;
        value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte < 0x80 {
            // The tenth byte has room for one bit.
            return if shift == 63 && byte > 1 {
                Err(Fault::Malformed)
            } else {
                Ok(value)
            };
        }
    }
    Err(Fault::Malformed)
}
