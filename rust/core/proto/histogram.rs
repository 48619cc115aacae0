//! Histogram events written by hand.
//!
//! The very bytes that [`HistogramProto`](super::summary::HistogramProto) makes, but buckets are copied as a whole and
//! not number by number. Of a small array that was a third of all work. A test compares the two.

use prost::encoding::encoded_len_varint;

use super::event::At;
use super::head::Head;
use crate::histogram::Histogram;

// Keys: field number and wire type in one byte.
const SUMMARY_VALUE: u8 = 0x0a;
const VALUE_TAG: u8 = 0x0a;
const VALUE_HISTO: u8 = 0x2a;
/// Keys of smallest, largest, number, sum, and sum of squares.
const STATISTICS: [u8; 5] = [0x09, 0x11, 0x19, 0x21, 0x29];
const BUCKET_LIMIT: u8 = 0x32;
const BUCKET: u8 = 0x3a;

/// Bytes of a double.
const DOUBLE: usize = 8;

/// Appends an `Event` with one histogram.
pub fn encode(out: &mut Vec<u8>, at: At, tag: &str, histogram: &Histogram) {
    let statistics = [
        histogram.min,
        histogram.max,
        histogram.num,
        histogram.sum,
        histogram.sum_squares,
    ];
    // proto3 leaves zero fields out.
    let stored = statistics.iter().filter(|&&number| number != 0.0).count();
    let histogram_len = stored * (1 + DOUBLE)
        + field_len(histogram.limits.len() * DOUBLE)
        + field_len(histogram.counts.len() * DOUBLE);
    let value_len = field_len(tag.len()) + 1 + varint_len(histogram_len) + histogram_len;
    let summary_len = 1 + varint_len(value_len) + value_len;

    let mut head = Head::event(at, summary_len);
    head.field(SUMMARY_VALUE, value_len);
    if !tag.is_empty() {
        head.field(VALUE_TAG, tag.len());
    }
    out.reserve(head.as_slice().len() + summary_len);
    out.extend_from_slice(head.as_slice());
    out.extend_from_slice(tag.as_bytes());
    put_head(out, VALUE_HISTO, histogram_len);
    for (key, number) in STATISTICS.into_iter().zip(statistics) {
        if number != 0.0 {
            out.push(key);
            out.extend_from_slice(&number.to_le_bytes());
        }
    }
    put_doubles(out, BUCKET_LIMIT, &histogram.limits);
    put_doubles(out, BUCKET, &histogram.counts);
}

/// Length of a field of `len` bytes with its key; nothing if it is empty.
fn field_len(len: usize) -> usize {
    if len == 0 {
        0
    } else {
        1 + varint_len(len) + len
    }
}

fn varint_len(len: usize) -> usize {
    encoded_len_varint(len as u64)
}

fn put_head(out: &mut Vec<u8>, key: u8, len: usize) {
    let mut head = Head::new();
    head.field(key, len);
    out.extend_from_slice(head.as_slice());
}

fn put_doubles(out: &mut Vec<u8>, key: u8, numbers: &[f64]) {
    if numbers.is_empty() {
        return;
    }
    put_head(out, key, numbers.len() * DOUBLE);
    if cfg!(target_endian = "little") {
        out.extend_from_slice(bytemuck::cast_slice(numbers));
    } else {
        out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message;

    use super::super::event::Event;
    use super::super::summary::{Data, HistogramProto, Summary};
    use super::*;
    use crate::histogram::Skipped;

    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![Just(0.0), Just(-0.0), Just(f64::NAN), any::<f64>()]
    }

    proptest! {
        #[test]
        fn same_bytes_as_the_structs(
            wall_time in number(),
            step in prop_oneof![Just(0), any::<i64>()],
            tag in ".{0,200}",
            statistics in [number(), number(), number(), number(), number()],
            limits in proptest::collection::vec(number(), 0..40),
            counts in proptest::collection::vec(number(), 0..40),
        ) {
            let at = At { wall_time, step };
            let [min, max, num, sum, sum_squares] = statistics;
            let proto = HistogramProto {
                min, max, num, sum, sum_squares,
                bucket_limit: limits.clone(),
                bucket: counts.clone(),
            };
            let histogram = Histogram {
                min, max, num, sum, sum_squares, limits, counts,
                skipped: Skipped::default(),
            };
            let expected = Event::summary(at, Summary::single(&tag, Data::Histo(proto)));
            let mut out = vec![7];
            encode(&mut out, at, &tag, &histogram);
            prop_assert_eq!(&out[1..], expected.encode_to_vec());
        }
    }
}
