//! Scalar events written by hand.
//!
//! A scalar is what training loops log most. These functions write the very bytes that the structs of this module's
//! siblings would, without building one: no allocation, one pass. A test compares the two for every shape of input.

use prost::encoding::{encode_varint, encoded_len_varint};

use super::event::At;

// Keys: field number and wire type in one byte.
const EVENT_WALL_TIME: u8 = 0x09;
const EVENT_STEP: u8 = 0x10;
const EVENT_SUMMARY: u8 = 0x2a;
const SUMMARY_VALUE: u8 = 0x0a;
const VALUE_TAG: u8 = 0x0a;
const VALUE_SIMPLE: u8 = 0x15;

/// Bytes of `simple_value` with its key.
const SIMPLE_LEN: usize = 5;

/// Appends an `Event` with one scalar.
#[inline]
pub fn encode(out: &mut Vec<u8>, at: At, tag: &str, value: f32) {
    envelope(out, at);
    let value_len = value_len(tag);
    out.push(EVENT_SUMMARY);
    encode_varint(entry_len(value_len) as u64, out);
    entry(out, value_len, tag, value);
}

/// Appends an `Event` with the scalars of several tags.
pub fn encode_many<'a>(
    out: &mut Vec<u8>,
    at: At,
    scalars: impl Iterator<Item = (&'a str, f32)> + Clone,
) {
    envelope(out, at);
    let total: usize = scalars
        .clone()
        .map(|(tag, _)| entry_len(value_len(tag)))
        .sum();
    out.push(EVENT_SUMMARY);
    encode_varint(total as u64, out);
    for (tag, value) in scalars {
        entry(out, value_len(tag), tag, value);
    }
}

/// Appends an `Event` around an already encoded `Summary`.
pub fn encode_summary(out: &mut Vec<u8>, at: At, summary: &[u8]) {
    envelope(out, at);
    out.push(EVENT_SUMMARY);
    encode_varint(summary.len() as u64, out);
    out.extend_from_slice(summary);
}

#[inline]
fn envelope(out: &mut Vec<u8>, at: At) {
    // proto3 leaves zero fields out.
    if at.wall_time != 0.0 {
        out.push(EVENT_WALL_TIME);
        out.extend_from_slice(&at.wall_time.to_le_bytes());
    }
    if at.step != 0 {
        out.push(EVENT_STEP);
        encode_varint(at.step as u64, out);
    }
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

#[inline]
fn entry(out: &mut Vec<u8>, value_len: usize, tag: &str, value: f32) {
    out.push(SUMMARY_VALUE);
    encode_varint(value_len as u64, out);
    if !tag.is_empty() {
        out.push(VALUE_TAG);
        encode_varint(tag.len() as u64, out);
        out.extend_from_slice(tag.as_bytes());
    }
    out.push(VALUE_SIMPLE);
    out.extend_from_slice(&value.to_le_bytes());
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
