//! `Event`: the envelope of every record.

use prost::{Message, Oneof};

use super::summary::Summary;
use crate::error::{Error, Result};

/// One record of an event file.
#[derive(Clone, PartialEq, Message)]
pub struct Event {
    /// Seconds since the epoch; must be finite.
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    /// Global step; zero and absent are the same on the wire.
    #[prost(int64, tag = "2")]
    pub step: i64,
    /// Contents.
    #[prost(oneof = "What", tags = "3, 4, 5, 6, 7, 8, 9")]
    pub what: Option<What>,
    /// Writer of the file; only on its first event.
    #[prost(message, optional, tag = "10")]
    pub source_metadata: Option<SourceMetadata>,
}

/// Checks that readers accept the bytes of an event that the caller has serialised.
///
/// # Errors
///
/// `is_argument` if they are no event, or its time is not finite.
pub fn check_event(bytes: &[u8]) -> Result<()> {
    let event = Event::decode(bytes).map_err(|error| {
        Error::argument(format!(
            "event must be a serialised Event, but its bytes are not: {error}"
        ))
    })?;
    if event.wall_time.is_finite() {
        return Ok(());
    }
    Err(Error::argument(format!(
        "event must have a finite wall_time, not {}; set it to time.time()",
        event.wall_time
    )))
}

/// The payload of an [`Event`].
#[derive(Clone, PartialEq, Oneof)]
pub enum What {
    /// `brain.Event:2`, on the first event of every file.
    #[prost(string, tag = "3")]
    FileVersion(String),
    /// A serialised graph.
    #[prost(bytes, tag = "4")]
    GraphDef(Vec<u8>),
    /// Values of tags.
    #[prost(message, tag = "5")]
    Summary(Summary),
    /// Text for a log; deprecated.
    #[prost(message, tag = "6")]
    LogMessage(LogMessage),
    /// A session began, ended or made a checkpoint.
    #[prost(message, tag = "7")]
    SessionLog(SessionLog),
    /// Profile of a run.
    #[prost(message, tag = "8")]
    TaggedRunMetadata(TaggedRunMetadata),
    /// A serialised graph with its surroundings; no dashboard shows it.
    #[prost(bytes, tag = "9")]
    MetaGraphDef(Vec<u8>),
}

/// Writer of a file.
#[derive(Clone, PartialEq, Message)]
pub struct SourceMetadata {
    /// Name of the writing code.
    #[prost(string, tag = "1")]
    pub writer: String,
}

/// Text for a log; deprecated in the format.
#[derive(Clone, PartialEq, Message)]
pub struct LogMessage {
    /// 0 unknown, 10 debugging, 20 info, 30 warning, 40 error, 50 fatal.
    #[prost(int32, tag = "1")]
    pub level: i32,
    /// The text.
    #[prost(string, tag = "2")]
    pub message: String,
}

/// A session began, ended or made a checkpoint.
#[derive(Clone, PartialEq, Message)]
pub struct SessionLog {
    /// See [`SessionStatus`].
    #[prost(enumeration = "SessionStatus", tag = "1")]
    pub status: i32,
    /// Path of the checkpoint.
    #[prost(string, tag = "2")]
    pub checkpoint_path: String,
    /// The text.
    #[prost(string, tag = "3")]
    pub msg: String,
}

/// Meaning of a [`SessionLog`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum SessionStatus {
    /// Nothing.
    Unspecified = 0,
    /// Readers drop what they hold from this event's step on.
    Start = 1,
    /// The session ended.
    Stop = 2,
    /// A checkpoint was made.
    Checkpoint = 3,
}

/// Profile of a run.
#[derive(Clone, PartialEq, Message)]
pub struct TaggedRunMetadata {
    /// Name of the profile.
    #[prost(string, tag = "1")]
    pub tag: String,
    /// A serialised `RunMetadata`.
    #[prost(bytes = "vec", tag = "2")]
    pub run_metadata: Vec<u8>,
}

impl Event {
    /// An event with values of tags.
    #[must_use]
    pub fn summary(at: At, summary: Summary) -> Self {
        Self::new(at, What::Summary(summary))
    }

    /// The two events that make a resumed run hide what it had logged from `at.step` on.
    #[must_use]
    pub fn session_start(at: At) -> Self {
        Self::new(
            at,
            What::SessionLog(SessionLog {
                status: SessionStatus::Start.into(),
                ..SessionLog::default()
            }),
        )
    }

    /// An event at a step and time.
    #[must_use]
    pub fn new(at: At, what: What) -> Self {
        Self {
            wall_time: at.wall_time,
            step: at.step,
            what: Some(what),
            source_metadata: None,
        }
    }
}

/// The place of an event on a dashboard's axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct At {
    /// Seconds since the epoch; must be finite.
    pub wall_time: f64,
    /// Global step.
    pub step: i64,
}
