//! The editor of records: any payload ends in records or an error, an edit of nothing changes nothing, and what is made are
//! whole records, the same whatever the pieces in which the records come.

#![no_main]

use std::collections::{HashMap, HashSet};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use tensorbolt::edit::{Counts, Edits, Restarts, RunEditor};
use tensorbolt::proto::event::At;
use tensorbolt::proto::scalar;
use tensorbolt::record::{self, Decoder, Limits};

#[derive(Arbitrary, Debug)]
enum Part<'a> {
    Scalar(u8, i64, f32),
    Payload(&'a [u8]),
    /// A scalar with bytes around it.
    Between(&'a [u8], i8, &'a [u8]),
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    parts: Vec<Part<'a>>,
    from: Option<i8>,
    to: Option<i8>,
    shift: i8,
    keep_every: u8,
    kept: Vec<i8>,
    renames: bool,
    purges: bool,
    skips_headers: bool,
    chunk: u8,
}

fuzz_target!(|input: Input| {
    let mut records = Vec::new();
    for part in &input.parts {
        record::encode(&payload(part), &mut records);
    }
    let same = edited(&records, Edits::default(), false, records.len());
    if let Some((same, counts)) = same {
        assert_eq!(same, records);
        assert_eq!(counts.events, input.parts.len() as u64);
        assert_eq!(counts.values_left_out, 0);
    }
    let whole = edits(&input, &records)
        .map(|edits| edited(&records, edits, input.skips_headers, records.len().max(1)));
    let parts = edits(&input, &records)
        .map(|edits| edited(&records, edits, input.skips_headers, input.chunk.into()));
    assert_eq!(whole, parts);
    let Some(Some((made, counts))) = whole else {
        return;
    };
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(&made);
    let mut events = 0;
    while decoder.next_record().expect("whole records").is_some() {
        events += 1;
    }
    assert_eq!(events, counts.events - counts.events_left_out);
    assert!(counts.values_left_out <= counts.values);
});

fn payload(part: &Part) -> Vec<u8> {
    let mut out = Vec::new();
    let mut push = |tag: u8, step: i64, value: f32| {
        let wall_time = 1.5;
        let tag = (b'a' + tag % 4) as char;
        scalar::encode(&mut out, At { wall_time, step }, &tag.to_string(), value);
    };
    match *part {
        Part::Scalar(tag, step, value) => push(tag, step, value),
        Part::Payload(bytes) => return bytes.to_vec(),
        Part::Between(before, step, after) => {
            push(0, step.into(), 0.5);
            return [before, &out, after].concat();
        }
    }
    out
}

/// The edits that are asked for, if restarts can be looked for.
fn edits(input: &Input, records: &[u8]) -> Option<Edits> {
    let mut purge = None;
    if input.purges {
        let mut restarts = Restarts::default();
        let (taken, _) = restarts.observe(records).ok()?;
        assert_eq!(taken, records.len());
        purge = Some(restarts);
    }
    let mut edits = Edits {
        from_step: input.from.map(Into::into),
        to_step: input.to.map(Into::into),
        shift_step: input.shift.into(),
        keep_every: input.keep_every.into(),
        purge,
        ..Edits::default()
    };
    if !input.kept.is_empty() {
        let steps: HashSet<i64> = input.kept.iter().map(|&step| step.into()).collect();
        edits.kept = HashMap::from([(b"a".to_vec(), steps)]);
    }
    if input.renames {
        edits.new_name = Some(Box::new(|tag| {
            Ok((tag != b"b").then(|| [b"x", tag].concat()))
        }));
    }
    Some(edits)
}

/// The records as they become, given so many bytes at a time; none if one is no message, or a step does not fit.
fn edited(
    records: &[u8],
    edits: Edits,
    skips_headers: bool,
    chunk: usize,
) -> Option<(Vec<u8>, Counts)> {
    let (mut editor, mut out) = (RunEditor::new(edits), Vec::new());
    let (mut at, mut size) = (0, chunk);
    while at < records.len() {
        let end = records.len().min(at + size);
        let part = &records[at..end];
        let before = out.len();
        let (taken, needed, differs) = editor.edit(part, skips_headers, &mut out).ok()?;
        assert_eq!(differs, out[before..] != part[..taken]);
        assert!(taken > 0 || needed > part.len());
        (at, size) = (at + taken, chunk.max(needed));
    }
    Some((out, editor.counts()))
}
