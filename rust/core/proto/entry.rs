//! Events with numbers, written by hand: what scalars of event files and of streams of ranks have in common.
//!
//! A number comes as the bytes of its field, so each place that writes one is compiled for its length.

use prost::encoding::encoded_len_varint;

use super::event::At;
use super::head::Head;

// Keys: field number and wire type in one byte.
const SUMMARY_VALUE: u8 = 0x0a;
const VALUE_TAG: u8 = 0x0a;

/// Appends an `Event` with one number.
#[inline]
pub(super) fn event<const LEN: usize>(out: &mut Vec<u8>, at: At, tag: &str, number: [u8; LEN]) {
    let value_len = value_len(tag.len(), LEN);
    let summary_len = 1 + encoded_len_varint(value_len as u64) + value_len;
    let head = Head::event(at, summary_len);
    entry(out, head, value_len, tag.len(), [tag], number);
}

/// Appends one number to an encoded `Summary`. The parts of the tag follow each other.
#[inline]
pub(super) fn value<const LEN: usize>(summary: &mut Vec<u8>, tag: [&str; 3], number: [u8; LEN]) {
    let len = tag.iter().map(|part| part.len()).sum();
    let value_len = value_len(len, LEN);
    entry(summary, Head::new(), value_len, len, tag, number);
}

#[inline]
fn value_len(tag_len: usize, number_len: usize) -> usize {
    let field_len = if tag_len == 0 {
        0
    } else {
        1 + encoded_len_varint(tag_len as u64) + tag_len
    };
    field_len + number_len
}

/// Appends what `head` holds, and behind it one number, whose tag has `tag_len` bytes.
#[inline]
fn entry<const PARTS: usize, const LEN: usize>(
    out: &mut Vec<u8>,
    mut head: Head,
    value_len: usize,
    tag_len: usize,
    tag: [&str; PARTS],
    number: [u8; LEN],
) {
    head.field(SUMMARY_VALUE, value_len);
    if tag_len > 0 {
        head.field(VALUE_TAG, tag_len);
    }
    out.extend_from_slice(head.as_slice());
    for part in &tag {
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(&number);
}
