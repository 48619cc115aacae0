//! Framed records: what is encoded comes back, hostile bytes end in an error, and neither the way the bytes arrive nor
//! a lying length changes that.
//!
//! The input says which payloads to encode, which bytes to spoil, and where to cut the stream. Spoiled streams get
//! their checksums fixed up half of the time; else no spoiled length would ever be believed.

#![no_main]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use tensorbolt::{crc, record};

/// Small, so that lengths just below and above it are common.
const MAX_PAYLOAD_BYTES: usize = 1 << 12;
const HEADER: usize = 12;
const FOOTER: usize = 4;

#[derive(Arbitrary, Debug)]
struct Input {
    payloads: Vec<Vec<u8>>,
    spoil: Vec<(u16, u8)>,
    fix_checksums: bool,
    cuts: Vec<u8>,
}

fuzz_target!(|input: Input| {
    let mut payloads = input.payloads;
    payloads.retain(|payload| payload.len() <= MAX_PAYLOAD_BYTES);

    let mut stream = Vec::new();
    for payload in &payloads {
        record::encode(payload, &mut stream);
    }
    let clean = decode([&stream[..]]);
    assert_eq!(clean, (payloads, false), "encoded records come back");
    assert_eq!(
        clean,
        decode(pieces(&stream, &input.cuts)),
        "however they are cut"
    );

    for &(at, change) in &input.spoil {
        let at = usize::from(at);
        if let Some(byte) = stream.get_mut(at) {
            *byte ^= change;
        }
    }
    let believable = input.fix_checksums.then(|| fix_checksums(&mut stream));
    let spoiled = decode([&stream[..]]);
    assert_eq!(
        spoiled,
        decode(pieces(&stream, &input.cuts)),
        "errors are the same however the bytes are cut"
    );
    if let Some(expected) = believable {
        assert_eq!(spoiled, expected, "lengths are believed up to the limit");
    }
});

/// All records of a stream that arrives in pieces, and whether it ended in an error.
fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Vec<u8>>, bool) {
    let mut decoder = record::Decoder::new(record::Limits {
        max_payload: MAX_PAYLOAD_BYTES,
    });
    let mut records = Vec::new();
    let mut pushed = 0;
    for piece in pieces {
        pushed += piece.len();
        LARGEST.store(0, Ordering::Relaxed);
        decoder.push(piece);
        loop {
            let next = decoder.next_record();
            // Growth by doubling may take twice what is held; a length that lies may not be served beyond it.
            let largest = LARGEST.load(Ordering::Relaxed);
            let allowed = 2 * (pushed + HEADER + MAX_PAYLOAD_BYTES + FOOTER);
            assert!(
                largest <= allowed,
                "{largest} bytes at once after {pushed} pushed"
            );
            match next {
                Ok(Some(payload)) => records.push(payload.to_vec()),
                Ok(None) => break,
                Err(_) => return (records, true),
            }
        }
    }
    (records, false)
}

/// The stream cut after so many bytes, and so many, …; what the cuts leave comes last.
fn pieces<'a>(stream: &'a [u8], cuts: &[u8]) -> Vec<&'a [u8]> {
    let mut rest = stream;
    let mut pieces = Vec::with_capacity(cuts.len() + 1);
    for &cut in cuts {
        let (piece, after) = rest.split_at(usize::from(cut).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

/// Makes every length that the stream claims believable, and its payload too if all of it is there. Returns what a
/// decoder has to make of the result.
fn fix_checksums(stream: &mut [u8]) -> (Vec<Vec<u8>>, bool) {
    let mut records = Vec::new();
    let mut rest = stream;
    while rest.len() >= HEADER {
        let (header, after) = rest.split_at_mut(HEADER);
        let (length, checksum) = header.split_at_mut(8);
        checksum.copy_from_slice(&crc::masked(length).to_le_bytes());
        let length = u64::from_le_bytes(length.try_into().expect("eight bytes"));
        if length > MAX_PAYLOAD_BYTES as u64 {
            return (records, true);
        }
        let length = usize::try_from(length).expect("within the limit");
        if after.len() < length + FOOTER {
            break;
        }
        let (payload, after) = after.split_at_mut(length);
        let (checksum, after) = after.split_at_mut(FOOTER);
        checksum.copy_from_slice(&crc::masked(payload).to_le_bytes());
        records.push(payload.to_vec());
        rest = after;
    }
    (records, false)
}

/// The largest single request for memory since it was last set to zero.
static LARGEST: AtomicUsize = AtomicUsize::new(0);

struct Watched;

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.fetch_max(size, Ordering::Relaxed);
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        unsafe { System.dealloc(old, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watched = Watched;
