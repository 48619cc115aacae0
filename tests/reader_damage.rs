//! Damaged files in the reader: every whole record, and a note of everything else.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod reader_files;

use std::io::Write;

use proptest::prelude::*;
use reader_files::{Files, scalar, tensor_event};
use tensorbolt::event_file;
use tensorbolt::proto::tensor::TensorProto;
use tensorbolt::reader::{Duplicates, OnDamage, Policy, Restarts, Scalars, Wanted};
use tensorbolt::record;

/// Steps from 0 on, a record each, all of the same length.
fn records(count: i64) -> Vec<Vec<u8>> {
    (0..count)
        .map(|step| scalar("a", 200 + step, 0.25))
        .collect()
}

fn steps_of(files: &Files, wanted: Wanted) -> Vec<i64> {
    files.log_with(wanted, |_| true, 1).scalars().steps
}

/// The steps that are read of `bytes`, counted from 0, and the damaged places.
fn read(bytes: &[u8]) -> (Vec<i64>, Vec<(u64, u64, String)>) {
    let files = Files::new();
    files.write("events.out.tfevents.1", bytes);
    let log = files.log();
    let steps = log.scalars().steps.iter().map(|step| step - 200).collect();
    (steps, log.damage())
}

fn without(lost: &[i64], count: i64) -> Vec<i64> {
    (0..count).filter(|step| !lost.contains(step)).collect()
}

#[test]
fn a_flipped_bit_costs_its_record_and_no_other() {
    let records = records(100);
    let whole = records.concat();
    let size = records.first().unwrap().len();
    for (byte, reason) in [
        (0, "no record begins here"),
        (8, "no record begins here"),
        (20, "the payload of a record does not match its checksum"),
        (
            size - 1,
            "the payload of a record does not match its checksum",
        ),
    ] {
        let mut bytes = whole.clone();
        bytes[50 * size + byte] ^= 1;
        let gap = (50 * size as u64, size as u64, reason.to_string());
        assert_eq!(
            read(&bytes),
            (without(&[50], 100), vec![gap]),
            "byte {byte}"
        );
    }
}

#[test]
fn a_torn_tail_is_noted_and_read_once_its_rest_is_there() {
    let records = records(10);
    let whole = records.concat();
    let size = records.first().unwrap().len();
    for cut in 1..size {
        let files = Files::new();
        files.write("events.out.tfevents.1", &whole[..whole.len() - cut]);
        let mut log = files.log();
        assert_eq!(log.scalars().steps.len(), 9);
        let torn = (
            9 * size as u64,
            (size - cut) as u64,
            "the file ends inside a record".into(),
        );
        assert_eq!(log.damage(), [torn]);
        let path = files.path("events.out.tfevents.1");
        let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(&whole[whole.len() - cut..]).unwrap();
        assert!(log.0.read().unwrap());
        assert_eq!(log.scalars().steps.len(), 10);
        assert_eq!(log.damage(), []);
        assert!(!log.0.read().unwrap());
    }
}

#[test]
fn a_hole_of_zeros_is_passed() {
    let records = records(4);
    let hole = vec![0; 5000];
    let before = records[..2].concat();
    let bytes = [&*before, &hole, &*records[2..].concat()].concat();
    let gap = (before.len() as u64, 5000, "nothing but zero bytes".into());
    assert_eq!(read(&bytes), (without(&[], 4), vec![gap]));
    // At the end as well, as a file has that was made longer before it was written.
    let bytes = [&*before, &hole].concat();
    let gap = (before.len() as u64, 5000, "nothing but zero bytes".into());
    assert_eq!(read(&bytes), (without(&[], 2), vec![gap]));
}

#[test]
fn a_compressed_file_says_so() {
    let mut bytes = vec![0x1f, 0x8b, 8, 0];
    bytes.extend([7; 1000]);
    assert_eq!(
        read(&bytes),
        (vec![], vec![(0, 1004, "the file is compressed".into())])
    );
}

#[test]
fn a_length_that_lies_is_not_believed() {
    let records = records(4);
    let before = records[..2].concat();
    // Of a tebibyte, of more than there is with others behind, and of a byte too few: all with checksums that fit.
    let of = |length: u64| {
        let mut header = length.to_le_bytes().to_vec();
        let mut framed = Vec::new();
        record::encode(&header, &mut framed);
        header.extend_from_slice(&framed[framed.len() - 4..]);
        header
    };
    for (length, reason) in [
        (1 << 40, "no record begins here"),
        (1 << 20, "a record is cut short and others follow"),
    ] {
        let lie = of(length);
        let bytes = [&*before, &lie, &*records[2..].concat()].concat();
        let gap = (before.len() as u64, lie.len() as u64, reason.into());
        assert_eq!(read(&bytes), (without(&[], 4), vec![gap]), "{length}");
    }
    let mut wrong = records[2].clone();
    let length = wrong.len() as u64 - 16 - 1;
    wrong[..12].copy_from_slice(&of(length));
    let bytes = [&*before, &wrong, &records[3]].concat();
    let reason = "the payload of a record does not match its checksum";
    let gap = (before.len() as u64, wrong.len() as u64, reason.into());
    assert_eq!(read(&bytes), (without(&[2], 4), vec![gap]));
}

#[test]
fn a_tag_that_is_not_utf8_is_read_and_noted_once() {
    let mut payload = Vec::new();
    let event = scalar("a?", 200, 0.25);
    payload.extend_from_slice(&event[12..event.len() - 4]);
    let at = payload.windows(2).position(|two| two == b"a?").unwrap();
    payload[at + 1] = 0xff;
    let mut bad = Vec::new();
    record::encode(&payload, &mut bad);
    let files = Files::new();
    files.write("events.out.tfevents.1", &[bad.clone(), bad].concat());
    let log = files.log();
    assert_eq!(log.scalars().tags, ["a\u{fffd}"]);
    let [(_, _, reason)] = log.damage().try_into().unwrap();
    assert!(reason.contains("UTF-8"), "{reason}");
}

#[test]
fn an_empty_record_is_no_damage_and_no_time() {
    let mut empty = Vec::new();
    record::encode(b"", &mut empty);
    let files = Files::new();
    files.write(
        "events.out.tfevents.1",
        &[scalar("a", 1, 1.0), empty, scalar("a", 2, 1.0)].concat(),
    );
    let log = files.log();
    assert_eq!(log.scalars().steps, [1, 2]);
    assert_eq!(log.damage(), []);
    assert_eq!(
        log.runs().first().and_then(|run| run.times),
        Some((1.5, 1.5))
    );
}

#[test]
fn a_whole_record_that_is_no_event_is_noted() {
    let records = records(2);
    for payload in [
        &b"\x0f"[..],
        b"\x2a\x7f",
        b"\x2a\x03\x0a\x05\x00",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        let mut wrong = Vec::new();
        record::encode(payload, &mut wrong);
        let bytes = [&*records[0], &wrong, &records[1]].concat();
        let reason = "a whole record that is not a valid event".to_string();
        let gap = (records[0].len() as u64, wrong.len() as u64, reason);
        assert_eq!(read(&bytes), (without(&[], 2), vec![gap]), "{payload:?}");
    }
}

#[test]
fn damage_can_end_a_file_or_be_an_error() {
    let records = records(10);
    let mut bytes = records.concat();
    let size = records.first().unwrap().len();
    bytes[5 * size + 20] ^= 1;
    let files = Files::new();
    files.write("events.out.tfevents.1", &bytes);
    let stop = Wanted {
        on_damage: OnDamage::Stop,
        ..Wanted::default()
    };
    assert_eq!(steps_of(&files, stop), [200, 201, 202, 203, 204]);
    let mut raise = tensorbolt::reader::Log::new(
        Wanted {
            on_damage: OnDamage::Raise,
            ..Wanted::default()
        },
        Box::new(|_| true),
        1,
    );
    raise.set_files(files.inputs());
    let error = raise.read().unwrap_err();
    assert!(error.is_corrupt());
    assert!(
        error.to_string().contains(&format!("byte {}", 5 * size)),
        "{error}"
    );
    // A file that is being written is no error.
    files.write("events.out.tfevents.1", &records.concat()[..9 * size + 3]);
    raise.set_files(files.inputs());
    assert!(raise.read().is_ok());
}

#[test]
fn without_checksums_a_flipped_value_is_read_as_it_stands() {
    let records = records(3);
    let mut bytes = records.concat();
    let size = records.first().unwrap().len();
    // The last byte of the value is before the checksum.
    bytes[2 * size - 5] ^= 0x40;
    let files = Files::new();
    files.write("events.out.tfevents.1", &bytes);
    let unchecked = Wanted {
        checksum: false,
        ..Wanted::default()
    };
    let scalars = files.log_with(unchecked, |_| true, 1).scalars();
    assert_eq!(scalars.steps.len(), 3);
    assert_ne!(scalars.values[1], 0.25);
}

/// A file of so many mebibytes whose records are short and long, and some of which hold whole event files.
fn long_file() -> Vec<u8> {
    let mut bytes = event_file::header(1.0);
    let mut step = 0;
    while bytes.len() < 13 << 20 {
        for _ in 0..2000 {
            step += 1;
            bytes.extend(scalar("a", step, step as f32));
            bytes.extend(scalar("b", step, -1.0));
        }
        let inner: Vec<u8> = (0..20_000)
            .flat_map(|step| scalar("inner", step, 0.0))
            .collect();
        bytes.extend(tensor_event(
            "files",
            "mine",
            step,
            TensorProto::bytes(inner),
        ));
    }
    bytes
}

fn all(files: &Files, threads: usize) -> (Scalars, Vec<(u64, u64, String)>, u64) {
    let log = files.log_with(Wanted::default(), |_| true, threads);
    let policy = Policy {
        restarts: Restarts::Keep,
        duplicates: Duplicates::All,
    };
    let events = log.runs().iter().map(|run| run.events).sum();
    (log.0.scalars(policy).unwrap(), log.damage(), events)
}

#[test]
fn several_threads_read_the_same_as_one() {
    let mut bytes = long_file();
    let files = Files::new();
    files.write("events.out.tfevents.1", &bytes);
    let one = all(&files, 1);
    assert_eq!(one.0.tags, ["a", "b"]);
    assert_eq!(one.1, []);
    for threads in [2, 3, 7] {
        assert_eq!(all(&files, threads), one);
    }
    // Damage everywhere, in headers, payloads and long records.
    for at in (1_000_003..bytes.len()).step_by(900_021) {
        bytes[at] ^= 0x10;
    }
    let length = bytes.len();
    bytes.truncate(length - 5);
    files.write("events.out.tfevents.1", &bytes);
    let one = all(&files, 1);
    assert!(one.1.len() > 5);
    for threads in [2, 5] {
        assert_eq!(all(&files, threads), one);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is done to a file: all that is read was written, and gaps and records together are the whole file.
    #[test]
    fn whatever_is_changed_only_what_was_written_is_read(
        changes in proptest::collection::vec((0_usize..4000, any::<u8>()), 0..6),
        cut in 0_usize..4000,
    ) {
        let records: Vec<_> = (0_i16..80).map(|step| scalar("a", step.into(), f32::from(step) / 4.0)).collect();
        let mut bytes = records.concat();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(cut.max(100));
        let files = Files::new();
        files.write("events.out.tfevents.1", &bytes);
        let log = files.log();
        let scalars = log.scalars();
        for (step, value) in scalars.steps.iter().zip(&scalars.values) {
            prop_assert_eq!(*step as f64 / 4.0, *value);
        }
        let lost: u64 = log.damage().iter().map(|(_, length, _)| length).sum();
        let size = |step: &i64| records[*step as usize].len() as u64;
        let kept: u64 = scalars.steps.iter().map(size).sum();
        prop_assert_eq!(kept + lost, bytes.len() as u64);
    }
}

#[test]
fn a_file_that_is_replaced_or_shortened_is_read_from_its_start() {
    let files = Files::new();
    let name = "events.out.tfevents.1";
    files.write(name, &records(10).concat());
    let mut log = files.log();
    files.write(name, &scalar("other", 1, 1.0));
    assert!(log.0.read().unwrap());
    assert_eq!(log.scalars().tags, ["other"]);
    // By another one of the same name that is longer.
    files.write("new", &records(20).concat());
    std::fs::rename(files.path("new"), files.path(name)).unwrap();
    assert!(log.0.read().unwrap());
    assert_eq!(log.scalars().steps.len(), 20);
    std::fs::remove_file(files.path(name)).unwrap();
    assert!(log.0.read().unwrap());
    assert_eq!(log.scalars(), Scalars::default());
}
