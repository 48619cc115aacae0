//! Counts that only grow, as rates.

use std::time::{Duration, Instant};

/// Growth of a count per second, between two looks.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    last: Option<(Instant, u64)>,
}

impl Rate {
    /// Units per second since the last look; `None` at the first one, and if the count has gone back.
    pub(crate) fn per_second(&mut self, now: Instant, total: u64) -> Option<f64> {
        let (then, before) = self.last.replace((now, total))?;
        let elapsed = now.saturating_duration_since(then);
        let grown = total.checked_sub(before)?;
        (elapsed > Duration::ZERO).then(|| grown as f64 / elapsed.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_the_growth_between_two_looks() {
        let (mut rate, began) = (Rate::default(), Instant::now());
        let at = |milliseconds| began + Duration::from_millis(milliseconds);
        assert_eq!(rate.per_second(at(0), 1000), None);
        assert_eq!(rate.per_second(at(500), 1100), Some(200.0));
        assert_eq!(rate.per_second(at(500), 1200), None, "no time has passed");
        assert_eq!(rate.per_second(at(1500), 1200), Some(0.0));
        assert_eq!(
            rate.per_second(at(2500), 7),
            None,
            "a count that began again"
        );
        assert_eq!(rate.per_second(at(3500), 8), Some(1.0));
    }
}
