//! Scalar events written by hand.
//!
//! A scalar is what training loops log most. These functions write the very bytes that the structs of this module's
//! siblings would, without building one: no allocation, one pass. A test compares the two for every shape of input.

use prost::encoding::encoded_len_varint;

use super::event::At;
use super::head::Head;

// Keys: field number and wire type in one byte.
const SUMMARY_VALUE: u8 = 0x0a;
const VALUE_TAG: u8 = 0x0a;
const VALUE_SIMPLE: u8 = 0x15;

/// Bytes of `simple_value` with its key.
const SIMPLE_LEN: usize = 5;

/// Appends an `Event` with one scalar.
#[inline]
pub fn encode(out: &mut Vec<u8>, at: At, tag: &str, value: f32) {
    let value_len = value_len(tag.len());
    let head = Head::event(at, entry_len(value_len));
    entry(out, head, value_len, tag.len(), [tag], value);
}

/// Appends one scalar to an encoded `Summary`. The parts of the tag follow each other.
#[inline]
pub fn encode_value(summary: &mut Vec<u8>, tag: [&str; 3], value: f32) {
    let len = tag.iter().map(|part| part.len()).sum();
    entry(summary, Head::new(), value_len(len), len, tag, value);
}

/// Appends an `Event` around an already encoded `Summary`.
pub fn encode_summary(out: &mut Vec<u8>, at: At, summary: &[u8]) {
    out.extend_from_slice(Head::event(at, summary.len()).as_slice());
    out.extend_from_slice(summary);
}

#[inline]
fn value_len(tag_len: usize) -> usize {
    let field_len = if tag_len == 0 {
        0
    } else {
        1 + encoded_len_varint(tag_len as u64) + tag_len
    };
    field_len + SIMPLE_LEN
}

#[inline]
fn entry_len(value_len: usize) -> usize {
    1 + encoded_len_varint(value_len as u64) + value_len
}

/// Appends what `head` holds, and behind it one scalar, whose tag has `tag_len` bytes.
#[inline]
fn entry<const PARTS: usize>(
    out: &mut Vec<u8>,
    mut head: Head,
    value_len: usize,
    tag_len: usize,
    tag: [&str; PARTS],
    value: f32,
) {
    head.field(SUMMARY_VALUE, value_len);
    if tag_len > 0 {
        head.field(VALUE_TAG, tag_len);
    }
    let [a, b, c, d] = value.to_le_bytes();
    out.extend_from_slice(head.as_slice());
    for part in &tag {
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(&[VALUE_SIMPLE, a, b, c, d]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message;

    use super::super::event::Event;
    use super::super::summary::{Data, Summary, Value};
    use super::*;

    fn by_structs(at: At, scalars: &[(String, f32)]) -> Vec<u8> {
        let value = scalars
            .iter()
            .map(|(tag, value)| Value {
                tag: tag.clone(),
                data: Some(Data::SimpleValue(*value)),
                ..Value::default()
            })
            .collect();
        Event::summary(at, Summary { value }).encode_to_vec()
    }

    proptest! {
        #[test]
        fn same_bytes_as_the_structs(
            wall_time in prop_oneof![Just(0.0), Just(-0.0), any::<f64>()],
            step in prop_oneof![Just(0), Just(-1), any::<i64>()],
            scalars in proptest::collection::vec((".{0,200}", any::<f32>()), 1..5),
        ) {
            let at = At { wall_time, step };
            let (mut summary, mut many) = (Vec::new(), Vec::new());
            for (tag, value) in &scalars {
                let middle = tag.len() / 2;
                let middle = (middle..=tag.len()).find(|at| tag.is_char_boundary(*at)).unwrap_or(0);
                let (start, end) = tag.split_at(middle);
                encode_value(&mut summary, [start, "", end], *value);
            }
            encode_summary(&mut many, at, &summary);
            prop_assert_eq!(&many, &by_structs(at, &scalars));

            let (tag, value) = &scalars[0];
            let mut one = Vec::new();
            encode(&mut one, at, tag, *value);
            prop_assert_eq!(&one, &by_structs(at, &scalars[..1]));
        }
    }
}
