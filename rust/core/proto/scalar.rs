//! Scalar events written by hand.
//!
//! A scalar is what training loops log most. These functions write the very bytes that the structs of this module's
//! siblings would, without building one: no allocation, one pass. A test compares the two for every shape of input.

use super::entry;
use super::event::At;
use super::head::Head;

const VALUE_SIMPLE: u8 = 0x15;

/// Appends an `Event` with one scalar.
#[inline]
pub fn encode(out: &mut Vec<u8>, at: At, tag: &str, value: f32) {
    entry::event(out, at, tag, simple(value));
}

/// Appends one scalar to an encoded `Summary`. The parts of the tag follow each other.
#[inline]
pub fn encode_value(summary: &mut Vec<u8>, tag: [&str; 3], value: f32) {
    entry::value(summary, tag, simple(value));
}

/// Appends an `Event` around an already encoded `Summary`.
pub fn encode_summary(out: &mut Vec<u8>, at: At, summary: &[u8]) {
    out.extend_from_slice(Head::event(at, summary.len()).as_slice());
    out.extend_from_slice(summary);
}

/// `simple_value` with its key.
#[inline]
fn simple(value: f32) -> [u8; 5] {
    let [a, b, c, d] = value.to_le_bytes();
    [VALUE_SIMPLE, a, b, c, d]
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
