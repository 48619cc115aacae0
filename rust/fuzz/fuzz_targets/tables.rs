//! The reader, from damaged bytes to tables: it finds the records and gaps that a slower search finds, and the scalars
//! that a full decoder finds in them; what it says of a log holds together.

#![no_main]

use std::collections::BTreeMap;
use std::sync::Arc;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use prost::Message;
use tensorbolt::inspect::{ScanItem, Scanner};
use tensorbolt::proto::event::{At, Event, What};
use tensorbolt::proto::scalar;
use tensorbolt::proto::summary::Data;
use tensorbolt::reader::{
    Cause, Duplicates, Input, Log, Origin, Policy, Restarts, Scalars, Wanted,
};
use tensorbolt::record;

#[derive(Arbitrary, Debug)]
enum Part<'a> {
    /// A scalar of one of a few tags.
    Scalar(u8, i8, f32),
    /// A start of a session.
    Start(i8),
    /// A record with any payload.
    Record(&'a [u8]),
    /// A record around a scalar, whose own payload is damaged.
    Around(&'a [u8], i8),
    Zeros(u8),
    Garbage(&'a [u8]),
}

#[derive(Arbitrary, Debug)]
struct File<'a> {
    parts: Vec<Part<'a>>,
    changes: Vec<(u16, u8)>,
    cut: u8,
}

const ALL: Policy = Policy {
    restarts: Restarts::Keep,
    duplicates: Duplicates::All,
};

fuzz_target!(|files: Vec<File>| {
    let files: Vec<_> = files.iter().take(3).map(bytes).collect();
    let mut log = Log::new(Wanted::default(), Box::new(|_| true), 1);
    let input = |(number, bytes): (usize, &Vec<u8>)| Input {
        run: ".".into(),
        name: number.to_string(),
        origin: Origin::Other(Arc::new(bytes.clone())),
    };
    log.set_files(
        files
            .iter()
            .enumerate()
            .map(|file| (input(file), 0))
            .collect(),
    );
    log.read()
        .expect("damage is no error unless it is to be one");

    let mut points = Points::new();
    for (number, bytes) in files.iter().enumerate() {
        check_frames(&log, &number.to_string(), bytes, &mut points);
    }
    check_points(&log.scalars(ALL).expect("all points count"), &points);
    check_policies(&log);
    assert!(
        !log.read().expect("nothing changed"),
        "nothing is read twice"
    );
});

/// From tag to steps, bits of times and of values.
type Points = BTreeMap<String, Vec<(i64, u64, u64)>>;

/// Records and gaps are those of the scanner; what is in the records is noted.
fn check_frames(log: &Log, name: &str, bytes: &[u8], points: &mut Points) {
    let mut scanner = Scanner::new();
    scanner.push(bytes);
    scanner.end();
    let (mut gaps, mut records) = (Vec::new(), 0_u64);
    while let Some(item) = scanner.next_item() {
        match item {
            ScanItem::Gap(gap) => gaps.push((gap.offset, gap.length)),
            ScanItem::Record(record) => {
                records += 1;
                note(record.payload(), points);
            }
        }
    }
    let damage = || {
        log.damage()
            .filter(|(input, _)| input.name == name)
            .map(|(_, gap)| gap)
    };
    let inside = |cause: &Cause| matches!(cause, Cause::Message | Cause::Name);
    let found = damage().filter(|gap| !inside(&gap.cause));
    let found: Vec<_> = found.map(|gap| (gap.offset, gap.length)).collect();
    assert_eq!(found, gaps, "gaps of {name}");
    let malformed = damage().filter(|gap| gap.cause == Cause::Message).count() as u64;
    assert!(malformed <= records);
}

/// The scalars of an event that a full decoder takes.
fn note(payload: &[u8], points: &mut Points) {
    let Ok(event) = Event::decode(payload) else {
        return;
    };
    let Some(What::Summary(summary)) = event.what else {
        return;
    };
    for value in summary.value {
        if let Some(Data::SimpleValue(number)) = value.data {
            let tag = if value.tag.is_empty() {
                value.node_name
            } else {
                value.tag
            };
            let point = (
                event.step,
                event.wall_time.to_bits(),
                f64::from(number).to_bits(),
            );
            points.entry(tag).or_default().push(point);
        }
    }
}

/// Whatever the decoder found is there, in its order; the reader takes more, such as tags that are not UTF-8.
fn check_points(scalars: &Scalars, points: &Points) {
    let mut found = Points::new();
    let mut start = 0;
    for group in &scalars.groups {
        let rows = start..start + group.count;
        start = rows.end;
        let row = |row: usize| {
            let (time, value) = (scalars.times[row], scalars.values[row]);
            (scalars.steps[row], time.to_bits(), value.to_bits())
        };
        let tag = scalars.tags[group.tag as usize].clone();
        found.entry(tag).or_default().extend(rows.map(row));
    }
    assert_eq!(start, scalars.steps.len(), "groups are all rows");
    for (tag, wanted) in points {
        let mut rest = found.get(tag).into_iter().flatten();
        let in_order = wanted.iter().all(|point| rest.any(|row| row == point));
        assert!(in_order, "points of {tag:?} are missing or out of order");
    }
}

/// Chosen points are some of all points, and their steps go up.
fn check_policies(log: &Log) {
    let all = log.scalars(ALL).expect("all points count").steps.len();
    for restarts in [Restarts::Purge, Restarts::Keep] {
        for duplicates in [Duplicates::Last, Duplicates::First] {
            let scalars = log
                .scalars(Policy {
                    restarts,
                    duplicates,
                })
                .expect("duplicates are no error");
            assert!(scalars.steps.len() <= all);
            let mut start = 0;
            for group in &scalars.groups {
                let steps = &scalars.steps[start..start + group.count];
                // A tag has two forms of scalars, each by itself.
                let turns = steps.windows(2).filter(|pair| pair[0] >= pair[1]).count();
                assert!(turns <= 1, "steps go up");
                start += group.count;
            }
        }
    }
    let tags = log.tags(ALL).expect("all points count");
    let scalars = tags.iter().filter(|tag| tag.kind.name() == "scalars");
    assert_eq!(
        scalars.map(|tag| tag.count).sum::<u64>(),
        all as u64,
        "tags count the same"
    );
}

fn bytes(file: &File<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in &file.parts {
        match *part {
            Part::Scalar(tag, step, value) => record::encode_with(&mut bytes, |out| {
                scalar::encode(out, at(step), ["a", "b/c", ""][usize::from(tag % 3)], value);
            }),
            Part::Start(step) => {
                record::encode(&Event::session_start(at(step)).encode_to_vec(), &mut bytes);
            }
            Part::Record(payload) => record::encode(payload, &mut bytes),
            Part::Around(payload, step) => {
                let body = bytes.len() + 12;
                record::encode_with(&mut bytes, |out| {
                    out.push(0);
                    out.extend_from_slice(payload);
                    record::encode_with(out, |out| scalar::encode(out, at(step), "inner", 0.5));
                });
                bytes[body] ^= 1;
            }
            Part::Zeros(count) => bytes.resize(bytes.len() + usize::from(count), 0),
            Part::Garbage(garbage) => bytes.extend_from_slice(garbage),
        }
    }
    let length = bytes.len();
    for &(at, change) in &file.changes {
        if length > 0 {
            bytes[usize::from(at) % length] ^= change;
        }
    }
    bytes.truncate(length.saturating_sub(usize::from(file.cut % 32)));
    bytes
}

fn at(step: i8) -> At {
    At {
        wall_time: f64::from(step) + 1.5,
        step: step.into(),
    }
}
