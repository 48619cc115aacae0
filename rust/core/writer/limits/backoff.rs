//! Pauses between attempts.

use std::time::Duration;

/// First pause after a failure; each further one is twice as long.
const FIRST_RETRY: Duration = Duration::from_millis(100);
/// Longest pause after a failure.
const LAST_RETRY: Duration = Duration::from_secs(2);

/// The pause before the next attempt.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff(Duration);

impl Backoff {
    /// Another attempt has failed; returns how long to wait now.
    pub(crate) fn next(&mut self) -> Duration {
        self.0 = (self.0 * 2).clamp(FIRST_RETRY, LAST_RETRY);
        self.0
    }

    /// True if the last attempt failed.
    pub(crate) fn is_failing(self) -> bool {
        !self.0.is_zero()
    }
}
