//! Event files: their names and their first record.
//!
//! Time, host and process id come in as arguments, so every byte can be tested.

use prost::Message;

use crate::proto::event::{At, Event, SourceMetadata, What};
use crate::record;

/// The format's version, the first event of every file.
pub const FILE_VERSION: &str = "brain.Event:2";

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
    format!("events.out.tfevents.{seconds:010}.{host}.{pid}.{counter:06}{suffix}")
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
