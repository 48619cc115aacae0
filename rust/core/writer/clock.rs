//! The time of day.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since the epoch.
#[inline]
#[must_use]
pub fn now() -> f64 {
    since_epoch().map_or(0.0, |elapsed| elapsed.as_secs_f64())
}

/// Whole seconds since the epoch.
pub(super) fn seconds() -> u64 {
    since_epoch().map_or(0, |elapsed| elapsed.as_secs())
}

fn since_epoch() -> Option<std::time::Duration> {
    SystemTime::now().duration_since(UNIX_EPOCH).ok()
}
