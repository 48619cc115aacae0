//! Findings about a file, for people and for programs.

use super::event::{EventSummary, shown};
use super::scan::{Cause, Gap};

/// A fact that the user should know about a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Kind of the finding.
    pub kind: Kind,
    /// Byte of the file at which it begins.
    pub offset: u64,
    /// Bytes of the file that it concerns.
    pub length: u64,
    /// A sentence.
    pub message: String,
    /// The last whole event before it, if it is a loss.
    pub before: Option<Neighbour>,
    /// The first whole event after it, if it is a loss.
    pub after: Option<Neighbour>,
}

/// Sorts of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Damage: nothing but zero bytes, as network file systems leave them.
    Zeros,
    /// Damage: bytes that begin no record.
    Garbage,
    /// Damage: a record whose payload is not what was written.
    Payload,
    /// Damage: a record that was cut short, with others after it.
    CutShort,
    /// Damage: a whole record that no reader can take apart.
    Message,
    /// Damage: a time that is not a number; TensorBoard's data server gives the file up there.
    Time,
    /// The file ends inside a record.
    Torn,
    /// A time that is infinite, or an event without one.
    OddTime,
    /// Steps of a tag go back.
    Steps,
    /// The file does not begin with the format's version, or with one that readers do not know.
    Version,
    /// No bytes at all.
    Empty,
    /// A compressed file.
    Compressed,
}

impl Kind {
    /// Its name in reports for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Zeros => "zeros",
            Self::Garbage => "garbage",
            Self::Payload => "payload",
            Self::CutShort => "cut-short",
            Self::Message => "message",
            Self::Time => "time",
            Self::Torn => "torn",
            Self::OddTime => "odd-time",
            Self::Steps => "steps",
            Self::Version => "version",
            Self::Empty => "empty",
            Self::Compressed => "compressed",
        }
    }

    /// True if it keeps a reader from reading the whole file.
    #[must_use]
    pub fn is_damage(self) -> bool {
        match self {
            Self::Zeros
            | Self::Garbage
            | Self::Payload
            | Self::CutShort
            | Self::Message
            | Self::Time
            | Self::Compressed => true,
            Self::Torn | Self::OddTime | Self::Steps | Self::Version | Self::Empty => false,
        }
    }
}

/// The event next to a loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour {
    /// Byte of the file at which its record begins.
    pub offset: u64,
    /// Global step.
    pub step: i64,
    /// Tags of its values, the first few.
    pub tags: Vec<String>,
}

impl Neighbour {
    const MAX_TAGS: usize = 3;

    pub(super) fn new(offset: u64, event: &EventSummary) -> Self {
        let tags = event.tags.iter().take(Self::MAX_TAGS);
        Self {
            offset,
            step: event.step,
            tags: tags.map(|tag| shown(tag)).collect(),
        }
    }
}

impl Finding {
    /// A finding about one place that is no loss.
    pub(super) fn at(kind: Kind, offset: u64, length: u64, message: impl Into<String>) -> Self {
        Self {
            kind,
            offset,
            length,
            message: message.into(),
            before: None,
            after: None,
        }
    }

    /// Bytes that belong to no whole record.
    pub(super) fn gap(gap: &Gap) -> Self {
        let Gap {
            offset,
            length,
            zeros,
            cause,
        } = *gap;
        let bytes = counted(length);
        if cause == Cause::Torn {
            let message = format!(
                "ends in the middle of a record: {bytes}; normal for a run that is being written or was killed"
            );
            return Self::at(Kind::Torn, offset, length, message);
        }
        let some = match zeros {
            0 => String::new(),
            zeros => format!(", {zeros} of them zero"),
        };
        let (kind, message) = match cause {
            _ if zeros == length => (
                Kind::Zeros,
                format!("{bytes}, all zero: a hole, as network file systems leave them"),
            ),
            Cause::Payload => (
                Kind::Payload,
                format!("a record's payload does not match its checksum: {bytes} lost{some}"),
            ),
            Cause::CutShort => (
                Kind::CutShort,
                format!("a record is cut short and others follow: {bytes} lost{some}"),
            ),
            Cause::Length | Cause::TooLong | Cause::Torn => (
                Kind::Garbage,
                format!("no record begins here: {bytes} lost{some}"),
            ),
        };
        Self::at(kind, offset, length, message)
    }
}

/// A number of bytes, in words.
fn counted(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".into(),
        bytes => format!("{bytes} bytes"),
    }
}
