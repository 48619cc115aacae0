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
    let value_len = value_len(tag);
    let head = Head::event(at, entry_len(value_len));
    entry(out, head, value_len, tag, value);
}

/// Appends an `Event` with the scalars of several tags.
pub fn encode_many<'a>(
    out: &mut Vec<u8>,
    at: At,
    scalars: impl Iterator<Item = (&'a str, f32)> + Clone,
) {
    let total: usize = scalars
        .clone()
        .map(|(tag, _)| entry_len(value_len(tag)))
        .sum();
    out.extend_from_slice(Head::event(at, total).as_slice());
    for (tag, value) in scalars {
        entry(out, Head::new(), value_len(tag), tag, value);
    }
}

/// Appends an `Event` around an already encoded `Summary`.
pub fn encode_summary(out: &mut Vec<u8>, at: At, summary: &[u8]) {
    out.extend_from_slice(Head::event(at, summary.len()).as_slice());
    out.extend_from_slice(summary);
}

#[inline]
fn value_len(tag: &str) -> usize {
    let tag_len = if tag.is_empty() {
        0
    } else {
        1 + encoded_len_varint(tag.len() as u64) + tag.len()
    };
    tag_len + SIMPLE_LEN
}

#[inline]
fn entry_len(value_len: usize) -> usize {
    1 + encoded_len_varint(value_len as u64) + value_len
}

/// Appends what `head` holds, and behind it one scalar.
#[inline]
fn entry(out: &mut Vec<u8>, mut head: Head, value_len: usize, tag: &str, value: f32) {
    head.field(SUMMARY_VALUE, value_len);
    if !tag.is_empty() {
        head.field(VALUE_TAG, tag.len());
    }
    let [a, b, c, d] = value.to_le_bytes();
    out.extend_from_slice(head.as_slice());
    out.extend_from_slice(tag.as_bytes());
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
            let mut many = Vec::new();
            encode_many(&mut many, at, scalars.iter().map(|(tag, value)| (tag.as_str(), *value)));
            prop_assert_eq!(&many, &by_structs(at, &scalars));

            let (tag, value) = &scalars[0];
            let mut one = Vec::new();
            encode(&mut one, at, tag, *value);
            prop_assert_eq!(&one, &by_structs(at, &scalars[..1]));
        }
    }
}
