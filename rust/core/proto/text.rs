//! Text events written by hand.
//!
//! The very bytes that the structs of this module's siblings would make, without building one. All but tag and text is
//! the same in every event. A test compares the two.

use prost::encoding::encoded_len_varint;

use super::event::At;
use super::head::Head;

// Keys: field number and wire type in one byte.
const SUMMARY_VALUE: u8 = 0x0a;
const VALUE_TAG: u8 = 0x0a;
const VALUE_TENSOR: u8 = 0x42;
const STRING_VAL: u8 = 0x42;

/// Element type string, and the shape `[1]`.
const TENSOR: [u8; 8] = [0x08, 0x07, 0x12, 0x04, 0x12, 0x02, 0x08, 0x01];
/// Metadata with the plugin's name.
const METADATA: &[u8] = b"\x4a\x08\x0a\x06\x0a\x04text";

/// The bytes of an `Event` with one text; the tag is `tag` and `suffix`.
#[must_use]
pub fn encode(at: At, tag: &str, suffix: &str, text: &str) -> Vec<u8> {
    let tag_len = tag.len() + suffix.len();
    let tensor_len = TENSOR.len() + field_len(text.len());
    let value_len = field_len(tag_len) + field_len(tensor_len) + METADATA.len();
    let summary_len = field_len(value_len);

    let mut head = Head::event(at, summary_len);
    head.field(SUMMARY_VALUE, value_len);
    head.field(VALUE_TAG, tag_len);
    let mut out = Vec::with_capacity(head.as_slice().len() + summary_len);
    out.extend_from_slice(head.as_slice());
    out.extend_from_slice(tag.as_bytes());
    out.extend_from_slice(suffix.as_bytes());
    let mut head = Head::new();
    head.field(VALUE_TENSOR, tensor_len);
    out.extend_from_slice(head.as_slice());
    out.extend_from_slice(&TENSOR);
    let mut head = Head::new();
    head.field(STRING_VAL, text.len());
    out.extend_from_slice(head.as_slice());
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(METADATA);
    out
}

/// Length of a field of `len` bytes with its key.
fn field_len(len: usize) -> usize {
    1 + encoded_len_varint(len as u64) + len
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message;

    use super::super::event::Event;
    use super::super::summary::{Data, Summary, SummaryMetadata};
    use super::super::tensor::TensorProto;
    use super::*;

    proptest! {
        #[test]
        fn same_bytes_as_the_structs(
            wall_time in prop_oneof![Just(0.0), any::<f64>()],
            step in prop_oneof![Just(0), any::<i64>()],
            tag in ".{0,200}",
            text in ".{0,400}",
        ) {
            let at = At { wall_time, step };
            let tensor = Data::Tensor(TensorProto::strings(vec![text.clone().into()]));
            let metadata = SummaryMetadata::plugin("text");
            let summary = Summary::described(&format!("{tag}/suffix"), tensor, metadata);
            let expected = Event::summary(at, summary).encode_to_vec();
            prop_assert_eq!(encode(at, &tag, "/suffix", &text), expected);
        }
    }
}
