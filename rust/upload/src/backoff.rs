//! Pauses between tries: each about twice as long as the one before, of random length so that writers do not come together.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(1);

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

    /// The pause after one more failure: between half the limit and the limit, which doubles.
    pub fn next(&mut self) -> Duration {
        let limit = FIRST.saturating_mul(1 << self.failures.min(6)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        limit.mul_f64(0.5 + self.draw() / 2.0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_a_minute_and_differ_between_writers() {
        let pauses = |seed| {
            let mut backoff = Backoff::new(seed);
            std::array::from_fn::<_, 10, _>(|_| backoff.next().as_secs_f64())
        };
        for (at, pause) in pauses(1).into_iter().enumerate() {
            let limit = f64::from(1 << at).min(60.0);
            assert!((limit / 2.0..=limit).contains(&pause), "{at}: {pause}");
        }
        assert_ne!(pauses(1), pauses(2));
    }
}
