//! Streams of ranks: their names, and their records other than scalars.
//!
//! A stream is a file of event records that the ranks of a node share. TensorBoard does not list it, for its name lacks
//! `tfevents`. Time, host and process id come in as arguments, so every byte can be tested.

use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint, string};

use crate::event_file::FILE_VERSION;
use crate::proto::event::{At, Event, SessionLog, SessionStatus, SourceMetadata, What};
use crate::proto::rank::{RESUMED, RULE_KIND, RULE_PATTERN, RULES, Rank, WORLD_SIZE};
use crate::record;

/// Name of the folder of streams in a log directory.
pub const FOLDER: &str = "ranks";

/// How names of streams end; those of a stream's objects in a store have a number behind it.
const END: &str = ".stream";
/// Digits of the number with which a name begins.
const DIGITS: usize = 20;

/// Name of a stream. Those that are made later have a higher `id`, and so sort later.
#[must_use]
pub fn name(id: u64, host: &str, pid: u32) -> String {
    // A host name is a label of the network and never a part of a path.
    let host = host.replace(['/', '\\', '\0'], "_");
    format!("{id:020}.{host}.{pid}{END}")
}

/// The name of a stream, `ID.HOST.PID.stream`, in an object store with the number of a segment behind it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamName {
    /// Nanoseconds of the clock of its maker, but more than any that it saw.
    pub id: u64,
    /// The name without the number of a segment.
    pub name: String,
    /// Number of the segment.
    pub segment: Option<u64>,
}

impl StreamName {
    /// The parts of a name; `None` for other files.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (id, rest) = name.split_at_checked(DIGITS)?;
        let (middle, number) = rest.rsplit_once(END)?;
        let segment = match number.strip_prefix('.') {
            Some(digits) => Some(parsed(digits)?),
            None if number.is_empty() => None,
            None => return None,
        };
        let id = parsed(id).filter(|_| middle.starts_with('.'))?;
        let name = name.strip_suffix(number)?.into();
        Some(Self { id, name, segment })
    }

    /// The machine of its maker; empty if the name lacks it.
    #[must_use]
    pub fn host(&self) -> &str {
        let middle = self.name.get(DIGITS + 1..self.name.len() - END.len());
        let host = middle.and_then(|middle| middle.rsplit_once('.'));
        host.map_or("", |(host, _)| host)
    }
}

fn parsed(digits: &str) -> Option<u64> {
    // A sign is no part of a name.
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// The first record of a stream: the format's version and who writes.
#[must_use]
pub fn version(wall_time: f64) -> Vec<u8> {
    let event = Event {
        source_metadata: Some(SourceMetadata {
            writer: "tensorbolt ranks".into(),
        }),
        ..Event::new(
            At { wall_time, step: 0 },
            What::FileVersion(FILE_VERSION.into()),
        )
    };
    framed(&event.encode_to_vec())
}

/// The first record of a rank in a stream. `resumed` is the step from which on the rank replaces what it logged before.
#[must_use]
pub fn start(wall_time: f64, rank: Rank, resumed: Option<i64>) -> Vec<u8> {
    let step = resumed.unwrap_or(0);
    let mut event = Event::session_start(At { wall_time, step }).encode_to_vec();
    rank.stamp(&mut event);
    encode_key(WORLD_SIZE, WireType::Varint, &mut event);
    encode_varint(u64::from(rank.world_size), &mut event);
    if resumed.is_some() {
        encode_key(RESUMED, WireType::Varint, &mut event);
        encode_varint(1, &mut event);
    }
    framed(&event)
}

/// The payload of a rank's last event.
#[must_use]
pub fn stop(wall_time: f64) -> Vec<u8> {
    let log = SessionLog {
        status: SessionStatus::Stop.into(),
        ..SessionLog::default()
    };
    Event::new(At { wall_time, step: 0 }, What::SessionLog(log)).encode_to_vec()
}

/// The payload of an event with rules: patterns of tags, and how the tags are reduced.
#[must_use]
pub fn rules(wall_time: f64, rules: &[(String, String)]) -> Vec<u8> {
    let event = Event {
        wall_time,
        ..Event::default()
    };
    let mut bytes = event.encode_to_vec();
    for (pattern, kind) in rules {
        let mut rule = Vec::new();
        string::encode(RULE_PATTERN, pattern, &mut rule);
        string::encode(RULE_KIND, kind, &mut rule);
        encode_key(RULES, WireType::LengthDelimited, &mut bytes);
        encode_varint(rule.len() as u64, &mut bytes);
        bytes.extend(rule);
    }
    bytes
}

fn framed(event: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    record::encode(event, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_their_number_and_give_it_back() {
        let names = [9, 10, u64::MAX].map(|id| name(id, "host/a", 17));
        assert_eq!(names[0], "00000000000000000009.host_a.17.stream");
        assert!(names.is_sorted());
        let host = |name: &str| StreamName::parse(name).map(|name| name.host().to_owned());
        assert_eq!(host(&names[0]).as_deref(), Some("host_a"));
        let segment = format!("{}.000012", name(1, "a.b", 17));
        assert_eq!(host(&segment).as_deref(), Some("a.b"));
        assert_eq!(host("00000000000000000009.17.stream").as_deref(), Some(""));
        for (name, id) in names.iter().zip([9, 10, u64::MAX]) {
            let expected = StreamName {
                id,
                name: name.clone(),
                segment: None,
            };
            assert_eq!(StreamName::parse(name), Some(expected));
        }
    }

    #[test]
    fn segments_of_a_stream_have_its_name() {
        let segment = StreamName::parse("00000000000000000009.a.stream.1.stream.000012");
        let expected = StreamName {
            id: 9,
            name: "00000000000000000009.a.stream.1.stream".into(),
            segment: Some(12),
        };
        assert_eq!(segment, Some(expected));
    }

    #[test]
    fn other_files_have_no_such_name() {
        for other in [
            "",
            "stream",
            "9.host.17.stream",
            "00000000000000000009.host.17.stream.part",
            "00000000000000000009.host.17.stream.",
            "00000000000000000009.host.17.stream.+1",
            "00000000000000000009.host.17.stream.99999999999999999999",
            "0000000000000000000x.host.17.stream",
            "+0000000000000000009.host.17.stream",
            "00000000000000000009host.17.stream",
            "99999999999999999999.host.17.stream",
            "ééééééééééééééééééé.stream",
            ".00000000000000000009.host.17.stream",
        ] {
            assert_eq!(StreamName::parse(other), None, "{other}");
        }
    }
}
