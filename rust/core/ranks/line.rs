//! Sessions in the order of streams, and how far back a resumed one replaces those before it.
//!
//! Of the resumed sessions only those are remembered that matter: one that goes back no further than a later one changes nothing
//! more. So their steps rise, the next one after a session is the one that cuts it the lowest, and what one of them cuts
//! begins where an earlier one has cut as low already.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

/// Place of a session: that of its stream, and its own in the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    /// Of the stream; those that were made later have a higher one.
    pub id: u64,
    /// Place of the stream's name among those with the same ID.
    pub tie: u32,
    pub offset: u64,
    /// Its number.
    pub session: usize,
}

/// Sessions of a rank, or of a number of ranks.
#[derive(Debug, Default)]
pub(super) struct Line {
    sessions: BTreeSet<Order>,
    resumed: BTreeMap<Order, i64>,
}

impl Line {
    pub(super) fn add(&mut self, order: Order) {
        self.sessions.insert(order);
    }

    /// The lowest step at which a later session was resumed.
    pub(super) fn resumed_after(&self, order: Order) -> Option<i64> {
        let mut later = self.resumed.range((Excluded(order), Unbounded));
        later.next().map(|(_, &step)| step)
    }

    /// Notes that a session was resumed. Returns the place from which on those before it are not cut as low yet; `None` if all are.
    pub(super) fn resume(&mut self, order: Order, step: i64) -> Option<Order> {
        if self.resumed_after(order).is_some_and(|later| later <= step) {
            return None;
        }
        let mut from = Order::default();
        while let Some((&before, &earlier)) = self.resumed.range(..order).next_back() {
            if earlier >= step {
                self.resumed.remove(&before);
            }
            if earlier <= step {
                from = before;
                break;
            }
        }
        self.resumed.insert(order, step);
        Some(from)
    }

    /// Numbers of the sessions in a part.
    pub(super) fn between(&self, from: Order, until: Order) -> impl Iterator<Item = usize> {
        self.sessions.range(from..until).map(|order| order.session)
    }
}
