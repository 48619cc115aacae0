//! The first bytes of an event, put together on the stack.
//!
//! They are keys and lengths of a few bytes each. Appending each by itself to the buffer of a file costs more than all
//! of them together.

use super::event::At;

const EVENT_WALL_TIME: u8 = 0x09;
const EVENT_STEP: u8 = 0x10;
const EVENT_SUMMARY: u8 = 0x2a;

/// Time, step and four keys with lengths take at most 9 + 11 + 4 * 11 bytes.
const ROOM: usize = 64;

/// Bytes that are about to be appended.
pub(super) struct Head {
    bytes: [u8; ROOM],
    len: usize,
}

impl Head {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            bytes: [0; ROOM],
            len: 0,
        }
    }

    /// The head of an event whose summary has `summary_len` bytes.
    #[inline]
    pub(super) fn event(at: At, summary_len: usize) -> Self {
        let mut head = Self::new();
        // proto3 leaves zero fields out.
        if at.wall_time != 0.0 {
            head.byte(EVENT_WALL_TIME);
            for byte in at.wall_time.to_le_bytes() {
                head.byte(byte);
            }
        }
        if at.step != 0 {
            head.byte(EVENT_STEP);
            head.varint(at.step.cast_unsigned());
        }
        head.field(EVENT_SUMMARY, summary_len);
        head
    }

    /// A key, and the length of what follows.
    #[inline]
    pub(super) fn field(&mut self, key: u8, len: usize) {
        self.byte(key);
        self.varint(len as u64);
    }

    #[inline]
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len.min(ROOM)]
    }

    #[inline]
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.byte(value as u8 | 0x80);
            value >>= 7;
        }
        self.byte(value as u8);
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        // Never beyond the end, see `ROOM`; the remainder spares the check.
        self.bytes[self.len % ROOM] = byte;
        self.len += 1;
    }
}
