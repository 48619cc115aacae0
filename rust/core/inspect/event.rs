//! The summary of one event: enough to locate a loss, and to know whether readers accept the event.

use prost::Message;

use crate::proto::event::{Event, SessionStatus, What};

/// Characters of a tag that are reported; a damaged one may have a million.
const MAX_TAG_CHARACTERS: usize = 200;

/// Summary of an event.
///
/// The messages are taken apart by the same parser that TensorBoard's data server uses, so what fails here fails there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventSummary {
    /// Seconds since the epoch.
    pub wall_time: f64,
    /// Global step.
    pub step: i64,
    /// Tags of its values, in order.
    pub tags: Vec<String>,
    /// The format's version, if the event names it.
    pub version: Option<String>,
    /// True if readers must drop the points of the run from this step on.
    pub purges: bool,
    /// True if it has no bytes at all, which readers take for an event of 1970.
    pub is_empty: bool,
}

impl EventSummary {
    /// Takes a record's payload apart; an error is the reason why no reader can.
    pub fn of(payload: &[u8]) -> Result<Self, String> {
        let event = Event::decode(payload).map_err(|error| error.to_string())?;
        let mut found = Self {
            wall_time: event.wall_time,
            step: event.step,
            is_empty: payload.is_empty(),
            ..Self::default()
        };
        match event.what {
            Some(What::FileVersion(version)) => found.version = Some(version),
            Some(What::Summary(summary)) => {
                found.tags = summary.value.into_iter().map(|value| value.tag).collect();
            }
            Some(What::SessionLog(log)) => {
                found.purges = log.status == i32::from(SessionStatus::Start);
            }
            _ => {}
        }
        Ok(found)
    }
}

/// A tag, short enough for a report.
pub(super) fn shown(tag: &str) -> String {
    match tag.char_indices().nth(MAX_TAG_CHARACTERS) {
        Some((end, _)) => format!("{}…", tag.get(..end).unwrap_or_default()),
        None => tag.into(),
    }
}
