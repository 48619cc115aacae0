//! The scanner that finds the whole records of a damaged stream: it finds those that a slower and simpler search finds,
//! however the bytes arrive, and says of every byte what became of it.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use tensorbolt::inspect::{Cause, ScanItem, Scanner};
use tensorbolt::record;

const HEADER: usize = 12;
const FOOTER: usize = 4;

#[derive(Arbitrary, Debug)]
enum Part<'a> {
    Record(&'a [u8]),
    /// A record with one byte changed.
    Flipped(&'a [u8], u16, u8),
    /// The beginning of a record.
    Cut(&'a [u8], u16),
    /// A record around a record, whose own payload is damaged.
    Around(&'a [u8], &'a [u8]),
    Zeros(u8),
    Garbage(&'a [u8]),
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    parts: Vec<Part<'a>>,
    cuts: Vec<u8>,
}

fuzz_target!(|input: Input| {
    let mut stream = Vec::new();
    for part in &input.parts {
        stream.extend(bytes(part));
    }
    let mut whole = Scanner::new();
    whole.push(&stream);
    whole.end();
    let found = rest(&mut whole);
    check(&stream, &found);

    let mut pieces = Vec::new();
    let mut scanner = Scanner::new();
    let mut left = &stream[..];
    for &cut in &input.cuts {
        let (piece, after) = left.split_at(usize::from(cut).min(left.len()));
        scanner.push(piece);
        pieces.extend(rest(&mut scanner));
        left = after;
    }
    scanner.push(left);
    pieces.extend(rest(&mut scanner));
    scanner.end();
    pieces.extend(rest(&mut scanner));
    assert_eq!(pieces, found, "however the bytes arrive");
});

#[derive(Debug, PartialEq)]
enum Found {
    Record(u64, Vec<u8>),
    Gap(u64, u64, u64, Cause),
}

fn rest(scanner: &mut Scanner) -> Vec<Found> {
    let mut found = Vec::new();
    while let Some(item) = scanner.next_item() {
        found.push(match item {
            ScanItem::Record(record) => Found::Record(record.offset, record.bytes.to_vec()),
            ScanItem::Gap(gap) => Found::Gap(gap.offset, gap.length, gap.zeros, gap.cause),
        });
    }
    found
}

/// Items follow each other without holes, records are whole, and there are no others.
fn check(stream: &[u8], found: &[Found]) {
    let mut at = 0;
    let mut last_was_gap = false;
    for item in found {
        let length = match item {
            Found::Record(offset, bytes) => {
                assert_eq!(*offset, at as u64);
                assert_eq!(Some(bytes.len()), whole(&stream[at..]));
                assert_eq!(bytes[..], stream[at..at + bytes.len()]);
                last_was_gap = false;
                bytes.len()
            }
            Found::Gap(offset, length, zeros, cause) => {
                assert_eq!(*offset, at as u64);
                assert!(!last_was_gap, "gaps are as long as can be");
                let length = usize::try_from(*length).expect("within the stream");
                let bytes = &stream[at..at + length];
                let count: u64 = bytes.iter().map(|&byte| u64::from(byte == 0)).sum();
                assert_eq!(*zeros, count);
                for start in at..at + length {
                    assert_eq!(whole(&stream[start..]), None, "no record is overlooked");
                }
                if *cause == Cause::Torn {
                    assert_eq!(at + length, stream.len(), "only an end is torn");
                }
                last_was_gap = true;
                length
            }
        };
        assert!(length > 0);
        at += length;
    }
    assert_eq!(at, stream.len(), "every byte is accounted for");
}

/// The length of the whole record that stands at the beginning, if one does.
fn whole(bytes: &[u8]) -> Option<usize> {
    let mut decoder = record::Decoder::default();
    decoder.push(bytes);
    let payload = decoder.next_record().ok()??;
    Some(HEADER + payload.len() + FOOTER)
}

fn bytes(part: &Part<'_>) -> Vec<u8> {
    let framed = |payload: &[u8]| {
        let mut record = Vec::new();
        record::encode(payload, &mut record);
        record
    };
    match *part {
        Part::Record(payload) => framed(payload),
        Part::Flipped(payload, at, change) => {
            let mut record = framed(payload);
            let at = usize::from(at) % record.len();
            record[at] ^= change;
            record
        }
        Part::Cut(payload, at) => {
            let mut record = framed(payload);
            record.truncate(usize::from(at) % record.len());
            record
        }
        Part::Around(payload, inner) => {
            let inner = framed(inner);
            let mut record = framed(&[payload, &inner].concat());
            if let Some(byte) = record.get_mut(HEADER).filter(|_| !payload.is_empty()) {
                *byte ^= 1;
            }
            record
        }
        Part::Zeros(count) => vec![0; usize::from(count)],
        Part::Garbage(bytes) => bytes.to_vec(),
    }
}
