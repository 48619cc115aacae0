//! When the directory of streams is listed, since each list asks the file system, and a network file system its server.
//!
//! A stream that is not known yet shows: steps wait for its ranks. So while nothing waits, lists are rare. While steps wait,
//! lists come after pauses that grow, for a rank may be gone.

use super::sessions::Moment;
use std::time::Duration;

/// At the beginning, when the ranks start, and at the end.
const OFTEN: Duration = Duration::from_secs(1);
const BEGINNING: Duration = Duration::from_secs(30);
/// The longest pause while steps wait.
const WHILE_WAITING: Duration = Duration::from_secs(30);
/// While all is as it should be. A list takes four calls: it opens, looks, and reads twice.
const SELDOM: Duration = Duration::from_mins(5);

/// The pauses between lists.
#[derive(Debug)]
pub(super) struct Listing {
    last: Option<Moment>,
    pause: Duration,
}

impl Default for Listing {
    fn default() -> Self {
        Self {
            last: None,
            pause: OFTEN,
        }
    }
}

impl Listing {
    /// True if it is time for a list. `waits`: steps wait for ranks.
    pub(super) fn is_due(&self, now: Moment, waits: bool, is_ending: bool) -> bool {
        let pause = if now < BEGINNING || is_ending {
            OFTEN
        } else if waits {
            self.pause
        } else {
            SELDOM
        };
        self.last
            .is_none_or(|last| now.saturating_sub(last) >= pause)
    }

    /// A list was made.
    pub(super) fn done(&mut self, now: Moment, waits: bool, found_new: bool) {
        self.last = Some(now);
        self.pause = if found_new || !waits {
            OFTEN
        } else {
            (self.pause * 2).min(WHILE_WAITING)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds at which lists are made, looking every fifth of a second.
    fn lists(until: u64, waits: impl Fn(f64) -> bool) -> Vec<f64> {
        let mut listing = Listing::default();
        let mut made = Vec::new();
        for look in 0..until * 5 {
            let now = Duration::from_millis(look * 200);
            let waits = waits(now.as_secs_f64());
            if listing.is_due(now, waits, false) {
                listing.done(now, waits, false);
                made.push(now.as_secs_f64());
            }
        }
        made
    }

    #[test]
    fn lists_are_rare_while_nothing_waits() {
        let made = lists(3600, |_| false);
        let later = made.iter().filter(|&&at| at >= 30.0).count();
        assert_eq!(made.len() - later, 30);
        assert!((11..=12).contains(&later), "{later}");
    }

    #[test]
    fn a_step_that_waits_has_a_list_at_once_and_then_after_growing_pauses() {
        let made = lists(400, |at| at >= 200.0);
        let later: Vec<f64> = made.into_iter().filter(|&at| at >= 200.0).collect();
        assert_eq!(later[..6], [200.0, 202.0, 206.0, 214.0, 230.0, 260.0]);
        assert_eq!(later[6] - later[5], 30.0);
    }
}
