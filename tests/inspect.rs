//! Findings and kept records of an examination of an event file.

use proptest::prelude::*;
use tensorbolt::event_file;
use tensorbolt::inspect::{Examination, Kind, ScanItem, Scanner, StepOrderCheck};
use tensorbolt::proto::event::At;
use tensorbolt::proto::scalar;
use tensorbolt::record;

fn scalar(step: i64) -> Vec<u8> {
    let at = At {
        wall_time: 1.5,
        step,
    };
    let mut out = Vec::new();
    record::encode_with(&mut out, |out| scalar::encode(out, at, "loss", 0.25));
    out
}

/// Examines bytes that arrive in pieces of one size.
fn examine(bytes: &[u8], piece: usize) -> (Examination, Vec<u8>) {
    let mut examination = Examination::new();
    let mut steps = StepOrderCheck::default();
    let mut kept = Vec::new();
    for piece in bytes.chunks(piece) {
        examination.push(piece, &mut steps);
        kept.extend(examination.take_kept());
    }
    examination.end(&mut steps);
    kept.extend(examination.take_kept());
    (examination, kept)
}

#[test]
fn a_loss_knows_its_neighbours_however_the_bytes_arrive() {
    let head = event_file::header(1.0);
    let hole = [0; 100];
    let bytes = [&head[..], &scalar(1), &hole, &[7; 9], &scalar(5), &[1, 2]].concat();
    let whole = examine(&bytes, bytes.len());
    let [gap, torn] = &whole.0.summary().findings[..] else {
        panic!("{:?}", whole.0.summary());
    };
    assert_eq!((gap.kind, torn.kind), (Kind::Garbage, Kind::Torn));
    assert_eq!(gap.length, 109);
    assert_eq!(gap.before.as_ref().map(|event| event.step), Some(1));
    assert_eq!(gap.after.as_ref().map(|event| event.step), Some(5));
    assert_eq!(whole.1, [&head[..], &scalar(1), &scalar(5)].concat());
    for piece in 1..40 {
        let (examination, kept) = examine(&bytes, piece);
        assert_eq!(examination.summary(), whole.0.summary());
        assert_eq!(kept, whole.1);
    }
}

#[test]
fn a_lost_head_is_replaced_and_a_missing_one_is_not() {
    let head = event_file::header(1.5);
    let (examination, kept) = examine(&[&head[3..], &scalar(1)].concat(), 1000);
    assert!(examination.summary().header_restored);
    assert_eq!(kept, [head, scalar(1)].concat());
    let (examination, kept) = examine(&scalar(1), 1000);
    assert!(!examination.summary().header_restored);
    assert_eq!(kept, scalar(1));
}

#[test]
fn records_inside_a_damaged_record_are_found() {
    let mut outer = Vec::new();
    record::encode(&[&[1; 20][..], &scalar(3), &[2; 20]].concat(), &mut outer);
    outer[15] ^= 1;
    let (examination, kept) = examine(&[&outer[..], &scalar(4)].concat(), 1000);
    assert!(kept.ends_with(&[scalar(3), scalar(4)].concat()));
    assert_eq!(examination.summary().damage, 2);
}

proptest! {
    #[test]
    fn pieces_are_all_of_the_stream(
        parts in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..60)), 0..8),
        cut in any::<usize>(),
    ) {
        let mut stream = Vec::new();
        for (framed, bytes) in &parts {
            if *framed {
                record::encode(bytes, &mut stream);
            } else {
                stream.extend_from_slice(bytes);
            }
        }
        stream.truncate(cut % (stream.len() + 1));
        let mut scanner = Scanner::new();
        scanner.push(&stream);
        scanner.end();
        let (mut at, mut gap_before) = (0, false);
        while let Some(item) = scanner.next_item() {
            let (offset, length, is_gap) = match item {
                ScanItem::Record(record) => (record.offset, record.bytes.len() as u64, false),
                ScanItem::Gap(gap) => (gap.offset, gap.length, true),
            };
            prop_assert_eq!(offset, at);
            prop_assert!(length > 0 && !(is_gap && gap_before));
            at += length;
            gap_before = is_gap;
        }
        prop_assert_eq!(at, stream.len() as u64);
    }
}
