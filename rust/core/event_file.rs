//! Event files: their names and their first record.
//!
//! Time, host and process id come in as arguments, so every byte can be tested.

use prost::Message;

use crate::proto::event::{At, Event, SourceMetadata, What};
use crate::record;

/// The format's version, the first event of every file.
pub const FILE_VERSION: &str = "brain.Event:2";

/// Part of the name of every event file.
pub const MARK: &str = "tfevents";

/// What is before the time in the name of an event file.
const PREFIX: &str = "events.out.tfevents.";
/// Digits of the time.
const DIGITS: usize = 10;

/// Name of an event file.
///
/// Readers find it by the part `tfevents`, and read the files of a directory in the order of their names, so names made
/// later must sort later: the time has ten digits and the counter is padded.
///
/// `seconds` since the epoch; `counter` counts the files of the process; `suffix` is appended as it is.
#[must_use]
pub fn name(seconds: u64, host: &str, pid: u32, counter: u64, suffix: &str) -> String {
    // A host name is a label of the network and never a part of a path.
    let host = host.replace(['/', '\\', '\0'], "_");
    format!("{PREFIX}{seconds:010}.{host}.{pid}.{counter:06}{suffix}")
}

/// Name of an event file that sorts behind the name `last`, whatever the clock says.
///
/// The time in it is `seconds` or later. Where no time makes it sort so, it begins with the name `last`, or with what is
/// before the time in there.
#[must_use]
pub fn name_after(last: &str, seconds: u64, name: impl Fn(u64) -> String) -> String {
    let now = name(seconds);
    if now.as_str() > last {
        return now;
    }
    let before = last.rfind(PREFIX).unwrap_or_default();
    let time = last
        .get(before..)
        .and_then(|rest| rest.strip_prefix(PREFIX));
    let time = time.and_then(|rest| rest.get(..DIGITS)?.parse::<u64>().ok());
    if let Some(time) = time {
        let before = last.get(..before).unwrap_or_default();
        let later = format!("{before}{}", name(seconds.max(time + 1)));
        if later.as_str() > last {
            return later;
        }
    }
    format!("{last}.{now}")
}

/// The first record of a file: the format's version and who writes.
#[must_use]
pub fn header(wall_time: f64) -> Vec<u8> {
    let event = Event {
        source_metadata: Some(SourceMetadata {
            writer: "tensorbolt".into(),
        }),
        ..Event::new(
            At { wall_time, step: 0 },
            What::FileVersion(FILE_VERSION.into()),
        )
    };
    let mut out = Vec::new();
    record::encode(&event.encode_to_vec(), &mut out);
    out
}

/// The records that make readers drop what a run had logged at `at.step` and later.
///
/// The start of a session stands there twice: TensorBoard's Python loader takes the first start in a run for the
/// normal beginning and acts on the second only.
#[must_use]
pub fn purge(at: At) -> Vec<u8> {
    let version = Event::new(at, What::FileVersion(FILE_VERSION.into()));
    let start = Event::session_start(at);
    let mut out = Vec::new();
    for event in [&version, &start, &start] {
        record::encode(&event.encode_to_vec(), &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(last: &str, seconds: u64) -> String {
        name_after(last, seconds, |seconds| name(seconds, "host", 7, 3, ".s"))
    }

    #[test]
    fn a_name_sorts_behind_any_other() {
        let end = "host.7.000003.s";
        for (last, seconds, expected) in [
            // An earlier run, and one whose clock is ahead.
            (
                "events.out.tfevents.1700000000.a.1.000000",
                1_700_000_009,
                "events.out.tfevents.1700000009.",
            ),
            (
                "events.out.tfevents.1700000090.z.1.000000",
                1_700_000_000,
                "events.out.tfevents.1700000091.",
            ),
            // The same second.
            (
                "events.out.tfevents.1700000000.zebra.1.0",
                1_700_000_000,
                "events.out.tfevents.1700000001.",
            ),
            // Of milliseconds, of a second that no clock shows, and of another program.
            (
                "events.out.tfevents.1700000000123.a",
                1_700_000_000,
                "events.out.tfevents.1700000001.",
            ),
            (
                "events.out.tfevents.9999999999.a",
                1_700_000_000,
                "events.out.tfevents.9999999999.a.events.out.tfevents.1700000000.",
            ),
            (
                "events.out.tfevents.5",
                1_700_000_000,
                "events.out.tfevents.5.events.out.tfevents.1700000000.",
            ),
            (
                "run.tfevents",
                1_700_000_000,
                "run.tfevents.events.out.tfevents.1700000000.",
            ),
            (
                "run.tfevents.events.out.tfevents.1700000000.b",
                1_600_000_000,
                "run.tfevents.events.out.tfevents.1700000001.",
            ),
            ("", 1_700_000_000, "events.out.tfevents.1700000000."),
        ] {
            let found = after(last, seconds);
            assert_eq!(found, format!("{expected}{end}"));
            assert!(found.as_str() > last);
        }
    }

    #[test]
    fn names_of_many_restarts_do_not_grow() {
        let mut last = "zzz.tfevents".to_owned();
        for _ in 0..50 {
            let next = after(&last, 1_700_000_000);
            assert!(next > last);
            last = next;
        }
        assert!(last.len() < 80, "{last}");
    }
}
