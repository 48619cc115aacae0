//! Framing: round trips however the bytes arrive, and damage of every kind.

#![expect(clippy::expect_used, reason = "a test ends where something fails")]

use proptest::prelude::*;
use tensorbolt::record::{Decoder, Limits, encode, encode_with};

fn stream(payloads: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for payload in payloads {
        encode(payload, &mut out);
    }
    out
}

/// All records of `bytes`, fed in pieces that end at `cuts`.
fn decode(bytes: &[u8], cuts: &[usize]) -> (Vec<Vec<u8>>, Option<String>, usize) {
    let mut decoder = Decoder::new(Limits::default());
    let mut records = Vec::new();
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    ends.push(bytes.len());
    ends.sort_unstable();
    let mut start = 0;
    for end in ends {
        decoder.push(&bytes[start..end]);
        start = end;
        loop {
            match decoder.next_record() {
                Ok(Some(record)) => records.push(record.to_vec()),
                Ok(None) => break,
                Err(error) => {
                    assert!(error.is_corrupt());
                    return (records, Some(error.to_string()), decoder.pending());
                }
            }
        }
    }
    (records, None, decoder.pending())
}

fn payloads() -> impl Strategy<Value = Vec<Vec<u8>>> {
    proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..10)
}

proptest! {
    #[test]
    fn any_split_gives_the_same_records(
        payloads in payloads(),
        cuts in proptest::collection::vec(any::<usize>(), 0..20),
    ) {
        let bytes = stream(&payloads);
        prop_assert_eq!(decode(&bytes, &cuts), (payloads, None, 0));
    }

    #[test]
    fn a_torn_end_is_a_state_and_not_an_error(payloads in payloads(), cut in any::<usize>()) {
        let bytes = stream(&payloads);
        let torn = &bytes[..cut % (bytes.len() + 1)];
        let (records, error, pending) = decode(torn, &[]);
        prop_assert_eq!(error, None);
        prop_assert_eq!(&records, &payloads[..records.len()]);
        prop_assert_eq!(stream(&records).len() + pending, torn.len());
    }

    #[test]
    fn a_flipped_bit_is_found(payloads in payloads(), place in any::<usize>(), bit in 0..8_u8) {
        let mut bytes = stream(&payloads);
        prop_assume!(!bytes.is_empty());
        let place = place % bytes.len();
        bytes[place] ^= 1_u8 << bit;
        let (records, error, _) = decode(&bytes, &[]);
        prop_assert!(error.is_some());
        prop_assert_eq!(&records, &payloads[..records.len()]);
        prop_assert!(stream(&records).len() <= place);
    }

    #[test]
    fn in_place_encoding_is_the_same(payload in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut in_place = Vec::new();
        encode_with(&mut in_place, |out| out.extend_from_slice(&payload));
        prop_assert_eq!(in_place, stream(&[payload]));
    }
}

#[test]
fn zeros_after_the_last_record_are_damage() {
    let mut bytes = stream(&[b"abc".to_vec()]);
    bytes.extend([0; 12]);
    let (records, error, _) = decode(&bytes, &[]);
    assert_eq!(records, [b"abc"]);
    let error = error.expect("twelve zeros are no record");
    assert!(error.contains("record at byte 19"), "{error}");
}

#[test]
fn a_length_beyond_the_limit_allocates_nothing() {
    let mut bytes = Vec::new();
    encode(&[7; 100], &mut bytes);
    let mut decoder = Decoder::new(Limits { max_payload: 99 });
    decoder.push(&bytes);
    let error = decoder.next_record().expect_err("100 bytes exceed 99");
    assert!(error.to_string().contains("the limit is 99"), "{error}");
    let again = decoder.next_record().expect_err("it stays there");
    assert_eq!(again.to_string(), error.to_string());
}
