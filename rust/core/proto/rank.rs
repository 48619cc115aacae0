//! Fields of an `Event` that only the streams of ranks have, and scalars with them, written by hand.
//!
//! Other readers do not know these fields and skip them. Values are in double precision, without the metadata that every
//! point of a curve would repeat.

use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};

use super::event::At;
use super::head::Head;

/// The rank that logged the event; in every record of a rank, 0 included.
pub const RANK: u32 = 1001;
/// Number of ranks; in the first record of a rank.
pub const WORLD_SIZE: u32 = 1002;
/// Rules of `reduce_by`: messages of a pattern and a kind.
pub const RULES: u32 = 1003;
/// 1 if the rank begins again at the event's step: what it logged before from that step on is replaced.
pub const RESUMED: u32 = 1004;
/// Of a rule: the tag, or a pattern of tags.
pub const RULE_PATTERN: u32 = 1;
/// Of a rule: the name of the reduction.
pub const RULE_KIND: u32 = 2;

const SUMMARY_VALUE: u8 = 0x0a;
const VALUE_TAG: u8 = 0x0a;
/// A tensor of 12 bytes: its type, and one double.
const TENSOR: [u8; 6] = [0x42, 12, 0x08, 2, 0x32, 8];
/// Bytes of the tensor with its key.
const TENSOR_LEN: usize = TENSOR.len() + 8;

/// One of the ranks of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rank {
    /// From 0 on.
    pub rank: u32,
    /// Number of ranks.
    pub world_size: u32,
}

impl Rank {
    /// Appends the field that says which rank logged the event; it may follow all other fields.
    #[inline]
    pub fn stamp(self, out: &mut Vec<u8>) {
        encode_key(RANK, WireType::Varint, out);
        encode_varint(u64::from(self.rank), out);
    }
}

/// Appends an `Event` with one scalar.
#[inline]
pub fn encode(out: &mut Vec<u8>, at: At, tag: &str, value: f64, rank: Rank) {
    let value_len = value_len(tag.len());
    let summary_len = 1 + encoded_len_varint(value_len as u64) + value_len;
    let head = Head::event(at, summary_len);
    entry(out, head, value_len, tag.len(), [tag], value);
    rank.stamp(out);
}

/// Appends one scalar to an encoded `Summary`. The parts of the tag follow each other.
#[inline]
pub fn encode_value(summary: &mut Vec<u8>, tag: [&str; 3], value: f64) {
    let len = tag.iter().map(|part| part.len()).sum();
    entry(summary, Head::new(), value_len(len), len, tag, value);
}

/// Appends an `Event` around an already encoded `Summary`.
pub fn encode_summary(out: &mut Vec<u8>, at: At, summary: &[u8], rank: Rank) {
    super::scalar::encode_summary(out, at, summary);
    rank.stamp(out);
}

#[inline]
fn value_len(tag_len: usize) -> usize {
    let field_len = if tag_len == 0 {
        0
    } else {
        1 + encoded_len_varint(tag_len as u64) + tag_len
    };
    field_len + TENSOR_LEN
}

#[inline]
fn entry<const PARTS: usize>(
    out: &mut Vec<u8>,
    mut head: Head,
    value_len: usize,
    tag_len: usize,
    tag: [&str; PARTS],
    value: f64,
) {
    head.field(SUMMARY_VALUE, value_len);
    if tag_len > 0 {
        head.field(VALUE_TAG, tag_len);
    }
    out.extend_from_slice(head.as_slice());
    for part in &tag {
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(&TENSOR);
    out.extend_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message;

    use super::super::event::Event;
    use super::super::summary::{Data, Summary, Value};
    use super::super::tensor::TensorProto;
    use super::*;

    fn by_structs(at: At, scalars: &[(String, f64)], rank: Rank) -> Vec<u8> {
        let value = scalars
            .iter()
            .map(|(tag, value)| Value {
                tag: tag.clone(),
                data: Some(Data::Tensor(TensorProto::double(*value))),
                ..Value::default()
            })
            .collect();
        let mut bytes = Event::summary(at, Summary { value }).encode_to_vec();
        rank.stamp(&mut bytes);
        bytes
    }

    proptest! {
        #[test]
        fn same_bytes_as_the_structs(
            wall_time in prop_oneof![Just(0.0), any::<f64>()],
            step in prop_oneof![Just(0), any::<i64>()],
            scalars in proptest::collection::vec((".{0,200}", any::<f64>()), 1..5),
            rank in any::<u32>(),
        ) {
            let at = At { wall_time, step };
            let rank = Rank { rank, world_size: u32::MAX };
            let (mut summary, mut many, mut one) = (Vec::new(), Vec::new(), Vec::new());
            for (tag, value) in &scalars {
                encode_value(&mut summary, [tag, "", ""], *value);
            }
            encode_summary(&mut many, at, &summary, rank);
            prop_assert_eq!(&many, &by_structs(at, &scalars, rank));

            let (tag, value) = &scalars[0];
            encode(&mut one, at, tag, *value, rank);
            prop_assert_eq!(&one, &by_structs(at, &scalars[..1], rank));
            // Readers that do not know the field skip it.
            let read = Event::decode(one.as_slice());
            prop_assert!(read.is_ok_and(|event| event.step == step));
        }
    }
}
