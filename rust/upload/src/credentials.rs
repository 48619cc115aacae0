//! Credentials that the program hands over again and again, for stores whose keys only its own code can get.
//!
//! The uploader never asks the program itself: it says that it wants some (`due`), a thread of the program takes the turn
//! (`turn`), and hands over what it got (`hand_over`). No lock is held between threads, so a forked child can go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::AcqRel, Ordering::Relaxed};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::time::Instant;

/// A program that gave none, or such as the store refuses, is asked again so often.
const AGAIN: Duration = Duration::from_mins(1);
/// The longest time before they expire at which new ones are wanted. Of a short life it is a quarter.
const AHEAD: Duration = Duration::from_mins(5);
const NEVER: u64 = u64::MAX;

/// Credentials as they were handed over.
#[derive(Debug)]
pub(crate) struct Given {
    /// Distinguishes them from those before.
    pub number: u64,
    /// Keys and values for the store's client.
    pub options: Vec<(String, String)>,
    /// Milliseconds since the first.
    at: u64,
    until: u64,
    /// The store has taken them.
    good: AtomicBool,
}

/// Credentials that the program renews.
#[derive(Debug)]
pub struct Credentials {
    origin: Instant,
    given: ArcSwapOption<Given>,
    count: AtomicU64,
    /// Milliseconds since the origin, from which on the program is to be asked.
    ask_at: AtomicU64,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            origin: Instant::now(),
            given: ArcSwapOption::empty(),
            count: AtomicU64::new(0),
            ask_at: AtomicU64::new(0),
        }
    }
}

impl Credentials {
    /// True if the program should be asked for new ones.
    #[must_use]
    pub fn due(&self) -> bool {
        self.ask_at.load(Relaxed) <= self.now()
    }

    /// True if the caller is the one to ask; no other is for a minute, unless new ones are handed over.
    #[must_use]
    pub fn turn(&self) -> bool {
        let (now, at) = (self.now(), self.ask_at.load(Relaxed));
        let again = now.saturating_add(milliseconds(AGAIN));
        at <= now
            && self
                .ask_at
                .compare_exchange(at, again, AcqRel, Relaxed)
                .is_ok()
    }

    /// Hands over keys and values for the store's client, and how long they are good; with `None`, until the store refuses them.
    pub fn hand_over(&self, options: Vec<(String, String)>, life: Option<Duration>) {
        let now = self.now();
        let after = |pause| now.saturating_add(milliseconds(pause));
        self.given.store(Some(Arc::new(Given {
            number: self.count.fetch_add(1, Relaxed) + 1,
            options,
            at: now,
            until: life.map_or(NEVER, after),
            good: AtomicBool::new(false),
        })));
        let ask_at = life.map_or(NEVER, |life| {
            after(life.saturating_sub((life / 4).min(AHEAD)))
        });
        self.ask_at.store(ask_at, Relaxed);
    }

    /// What was handed over, unless it has expired.
    pub(crate) fn given(&self) -> Option<Arc<Given>> {
        let given = self.given.load_full()?;
        (self.now() < given.until).then_some(given)
    }

    /// Number of those that were handed over last; 0 before the first.
    pub(crate) fn number(&self) -> u64 {
        self.given.load().as_ref().map_or(0, |given| given.number)
    }

    /// The store refuses them: new ones are wanted, at once if it has taken them before.
    pub(crate) fn refused(&self, given: &Given) {
        if given.number != self.number() {
            return;
        }
        let at = if given.good.swap(false, Relaxed) {
            self.now()
        } else {
            given.at.saturating_add(milliseconds(AGAIN))
        };
        self.ask_at.fetch_min(at, Relaxed);
    }

    fn now(&self) -> u64 {
        milliseconds(self.origin.elapsed())
    }
}

impl Given {
    /// The store has taken them.
    pub fn succeeded(&self) {
        self.good.store(true, Relaxed);
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(NEVER)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    async fn seconds(count: u64) {
        tokio::time::advance(Duration::from_secs(count)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_program_is_asked_before_they_expire_and_by_one_thread() {
        let credentials = Credentials::default();
        assert!(credentials.due() && credentials.given().is_none());
        assert!(credentials.turn() && !credentials.turn());
        seconds(59).await;
        assert!(!credentials.due(), "a program that gave none has a minute");
        seconds(1).await;
        assert!(credentials.turn());
        for (life, before) in [(3600, 300), (900, 225), (8, 2)] {
            credentials.hand_over(Vec::new(), Some(Duration::from_secs(life)));
            seconds(life - before - 1).await;
            assert!(!credentials.due(), "{life}");
            seconds(1).await;
            assert!(
                credentials.turn() && credentials.given().is_some(),
                "{life}"
            );
            seconds(before).await;
            assert!(credentials.given().is_none(), "{life}");
        }
        credentials.hand_over(Vec::new(), None);
        seconds(1_000_000).await;
        assert!(!credentials.due() && credentials.given().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn refused_ones_are_renewed_at_once_only_if_they_were_good() {
        let credentials = Credentials::default();
        credentials.hand_over(Vec::new(), None);
        let given = credentials.given().unwrap();
        credentials.refused(&given);
        assert!(!credentials.due());
        seconds(60).await;
        assert!(credentials.turn());
        credentials.hand_over(Vec::new(), None);
        credentials.refused(&given);
        assert!(!credentials.due(), "those before do not count");
        let given = credentials.given().unwrap();
        given.succeeded();
        credentials.refused(&given);
        assert!(credentials.turn());
        credentials.refused(&given);
        assert!(!credentials.due(), "it is asked once");
    }
}
