//! Pauses between tries: each up to twice as long as the one before, drawn by lot so that writers do not come together.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// Draws pauses.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    state: u64,
    failures: u32,
}

impl Backoff {
    pub fn new(seed: u64) -> Self {
        Self {
            state: seed,
            failures: 0,
        }
    }

    /// The pause after one more failure: any length up to the limit, which doubles.
    pub fn next(&mut self) -> Duration {
        let limit = FIRST.saturating_mul(1 << self.failures.min(6)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        limit.mul_f64(self.draw())
    }

    /// Failures since the last success.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    pub fn succeed(&mut self) {
        self.failures = 0;
    }

    /// A number from 0 to 1 (splitmix64).
    fn draw(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((mixed ^ (mixed >> 31)) >> 11) as f64) / ((1_u64 << 53) as f64)
    }
}
