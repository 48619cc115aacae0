//! What one event tells: enough to say where a loss is, and whether readers take it.

use prost::Message;

use crate::proto::event::{Event, SessionStatus, What};

/// Characters of a tag that are told; a damaged one may have a million.
const TAG_SHOWN: usize = 200;

/// An event, looked at.
///
/// The messages are taken apart by the same parser that TensorBoard's data server uses, so what fails here fails there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Glance {
    /// Seconds since the epoch.
    pub wall_time: f64,
    /// Global step.
    pub step: i64,
    /// Tags of its values, in order.
    pub tags: Vec<String>,
    /// The format's version, if it tells that.
    pub version: Option<String>,
    /// Whether readers are told to drop what the run had logged from this step on.
    pub purges: bool,
    /// Whether it has no bytes at all, which readers take for an event of 1970.
    pub is_empty: bool,
}

impl Glance {
    /// Takes a record's payload apart; an error is the reason why no reader can.
    pub fn of(payload: &[u8]) -> Result<Self, String> {
        let event = Event::decode(payload).map_err(|error| error.to_string())?;
        let mut glance = Self {
            wall_time: event.wall_time,
            step: event.step,
            is_empty: payload.is_empty(),
            ..Self::default()
        };
        match event.what {
            Some(What::FileVersion(version)) => glance.version = Some(version),
            Some(What::Summary(summary)) => {
                glance.tags = summary.value.into_iter().map(|value| value.tag).collect();
            }
            Some(What::SessionLog(log)) => {
                glance.purges = log.status == i32::from(SessionStatus::Start);
            }
            _ => {}
        }
        Ok(glance)
    }
}

/// A tag, short enough to be told.
pub(super) fn shown(tag: &str) -> String {
    match tag.char_indices().nth(TAG_SHOWN) {
        Some((end, _)) => format!("{}…", tag.get(..end).unwrap_or_default()),
        None => tag.into(),
    }
}
