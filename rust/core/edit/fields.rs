//! Fields of messages as ranges of bytes, and how they are made.
//!
//! It is more tolerant than the reader: what it does not have to understand may be anything that has an end.

use std::ops::Range;

use crate::error::{Error, Result};

/// Wire types.
const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const BYTES: u64 = 2;
const FIXED32: u64 = 5;
/// Bits of the longest number.
const BITS: u32 = 64;

/// One field of a message.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// The key without the wire type. It may be longer than 64 bits, as no reader has to understand it.
    number: u128,
    wire: u64,
    /// All of it.
    pub all: Range<usize>,
    /// Place of its content.
    content: usize,
}

impl Field {
    /// True if it has this number, whatever its type.
    pub(super) fn is(&self, number: u32) -> bool {
        self.number == u128::from(number)
    }

    /// True if its number is lower than this one.
    pub(super) fn is_before(&self, number: u32) -> bool {
        self.number < u128::from(number)
    }

    /// Its content, if it holds bytes, text or a message and has this number.
    pub(super) fn bytes<'m>(&self, number: u32, message: &'m [u8]) -> Option<&'m [u8]> {
        let has = self.is(number) && self.wire == BYTES;
        has.then(|| message.get(self.content..self.all.end))
            .flatten()
    }

    /// Its content, if it is a double and has this number.
    pub(super) fn double(&self, number: u32, message: &[u8]) -> Option<f64> {
        let has = self.is(number) && self.wire == FIXED64;
        let bytes = message.get(self.content..)?.first_chunk()?;
        has.then(|| f64::from_le_bytes(*bytes))
    }

    /// Its number as an int64, if it is one and has this number.
    pub(super) fn int(&self, number: u32, message: &[u8]) -> Option<i64> {
        if !self.is(number) || self.wire != VARINT {
            return None;
        }
        let mut at = self.content;
        // Bits beyond 64 have no meaning.
        varint(message, &mut at)
            .ok()
            .map(|value| (value as u64).cast_signed())
    }

    /// All its bytes.
    pub(super) fn whole<'m>(&self, message: &'m [u8]) -> &'m [u8] {
        message.get(self.all.clone()).unwrap_or_default()
    }
}

/// The fields of a message, until one is malformed.
pub(super) fn fields(message: &[u8]) -> Fields<'_> {
    Fields { message, at: 0 }
}

/// Walks through a message.
pub(super) struct Fields<'m> {
    message: &'m [u8],
    at: usize,
}

impl Iterator for Fields<'_> {
    type Item = Result<Field>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.message.len() {
            return None;
        }
        let field = self.take();
        if field.is_err() {
            self.at = self.message.len();
        }
        Some(field)
    }
}

impl Fields<'_> {
    #[inline]
    fn take(&mut self) -> Result<Field> {
        let (message, start) = (self.message, self.at);
        let mut at = start;
        let key = varint(message, &mut at)?;
        let wire = key as u64 & 7;
        let mut content = at;
        let length: u128 = match wire {
            VARINT => {
                varint(message, &mut at)?;
                0
            }
            FIXED64 => 8,
            FIXED32 => 4,
            BYTES => {
                let length = varint(message, &mut at)?;
                content = at;
                length
            }
            _ => return Err(Error::argument(format!("a field has the wire type {wire}"))),
        };
        if length > (message.len() - at) as u128 {
            return Err(Error::argument("a field ends after its message"));
        }
        self.at = at + length as usize;
        Ok(Field {
            number: key >> 3,
            wire,
            all: start..self.at,
            content,
        })
    }
}

/// A number of one to ten bytes.
#[inline]
fn varint(message: &[u8], at: &mut usize) -> Result<u128> {
    let mut value = 0;
    for shift in (0..BITS).step_by(7) {
        let Some(&byte) = message.get(*at) else { break };
        *at += 1;
        value |= u128::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Error::argument("a number does not end"))
}

/// The text of a field, or nothing; the last one counts.
pub(super) fn text(message: &[u8], number: u32) -> Result<&[u8]> {
    let mut found: &[u8] = &[];
    for field in fields(message) {
        found = field?.bytes(number, message).unwrap_or(found);
    }
    Ok(found)
}

/// Appends a field of type int64.
pub(super) fn push_int(number: u32, value: i64, out: &mut Vec<u8>) {
    push_varint(u64::from(number) << 3 | VARINT, out);
    push_varint(value.cast_unsigned(), out);
}

/// Appends a field of bytes, text, or a message.
pub(super) fn push_bytes(number: u32, content: &[u8], out: &mut Vec<u8>) {
    push_varint(u64::from(number) << 3 | BYTES, out);
    push_varint(content.len() as u64, out);
    out.extend_from_slice(content);
}

/// Appends the message with another text in a field; all else stays.
pub(super) fn push_with_text(
    message: &[u8],
    number: u32,
    text: &[u8],
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut is_there = false;
    for field in fields(message) {
        is_there |= field?.is(number);
    }
    if !is_there {
        push_bytes(number, text, out);
    }
    for field in fields(message) {
        let field = field?;
        if !field.is(number) {
            out.extend_from_slice(field.whole(message));
        } else if is_there {
            push_bytes(number, text, out);
            is_there = false;
        }
    }
    Ok(())
}

fn push_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 & 0x7f | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
