//! Changes to the records of a run: names of tags, steps, and what is left out.
//!
//! ```text
//! records ─► fields of the event, its values ─► value: its tag, whether it stays ─► the record, or one that is made of
//!                       ▲                                                            the fields that stay
//!            restarts: what is replaced later
//! ```
//!
//! What is not changed stays byte for byte, fields that are not known included. The caller has checked the records.

mod editor;
mod fields;
mod names;
mod numbers;
mod restarts;

pub use editor::{Counts, Edits, RunEditor};
pub use names::NewName;
pub use restarts::Restarts;

use crate::error::Result;
use crate::record::{FOOTER_LEN, HEADER_LEN};

/// Field of the time in an event.
const WALL_TIME: u32 = 1;

/// The time of an event in seconds since the epoch, 0 if it has none.
///
/// # Errors
///
/// `is_argument` if what comes before its time is no message.
pub fn wall_time(payload: &[u8]) -> Result<f64> {
    for field in fields::fields(payload) {
        if let Some(time) = field?.double(WALL_TIME, payload) {
            return Ok(time);
        }
    }
    Ok(0.0)
}

/// Calls `each` with every whole record and its payload.
///
/// # Returns
///
/// The bytes of the whole records, and how many bytes there have to be for the record after them.
///
/// # Errors
///
/// The first error of `each`.
fn each_record(
    records: &[u8],
    mut each: impl FnMut(&[u8], &[u8]) -> Result<()>,
) -> Result<(usize, usize)> {
    let mut at = 0;
    loop {
        let rest = records.get(at..).unwrap_or_default();
        let Some(length) = rest.first_chunk::<8>() else {
            return Ok((at, HEADER_LEN));
        };
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let end = length.saturating_add(HEADER_LEN + FOOTER_LEN);
        let Some(record) = rest.get(..end) else {
            return Ok((at, end));
        };
        let payload = record.get(HEADER_LEN..HEADER_LEN + length);
        each(record, payload.unwrap_or_default())?;
        at += end;
    }
}
