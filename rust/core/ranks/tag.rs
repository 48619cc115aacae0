//! A tag: its values that wait, and what is known of who logs it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::pending::Pending;
use super::rules::Kind;
use super::sessions::Moment;
use super::stragglers::Seconds;
use super::texts::Texts;

/// Points of a tag that are remembered, to tell late values from repeated ones.
const RECENT: usize = 256;

/// A tag, and its steps that are no points yet.
#[derive(Debug, Default)]
pub(super) struct Tag {
    pub name: String,
    pub kind: Kind,
    /// The last step that became a point or was there at the beginning.
    pub through: Option<i64>,
    /// The last step that was there at the beginning.
    pub base: Option<i64>,
    /// In ascending order.
    pub pending: VecDeque<Pending>,
    /// Slots of ranks that the last point has; empty if there was none.
    pub usual: Vec<bool>,
    /// Slots of ranks that have logged it.
    pub logged: Vec<bool>,
    /// Points of late, with the ranks that they lack. Mostly these are the same, and kept once.
    pub recent: VecDeque<(i64, Arc<[u32]>)>,
    /// What its ranks take, if it is the tag of a section.
    pub seconds: Seconds,
    /// The tag that came after it the last time.
    pub next: usize,
    /// Title and description, until a point has them.
    pub texts: Option<Texts>,
    /// A point has them: readers keep the first that they see.
    pub is_described: bool,
}

/// A value that came after its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// The step was there at the beginning.
    Present,
    /// The point has a value of this rank.
    Repeated,
    /// The point is without it.
    Late,
}

impl Tag {
    /// A tag without values, whose points up to a step are there.
    pub(super) fn new(name: String, kind: Kind, through: Option<i64>, next: usize) -> Self {
        Self {
            seconds: Seconds::of(&name),
            name,
            kind,
            through,
            base: through,
            next,
            ..Self::default()
        }
    }

    /// True if a step is behind the last point.
    #[inline]
    pub(super) fn is_behind(&self, step: i64) -> bool {
        self.through.is_some_and(|through| step <= through)
    }

    /// What a value is whose step is behind the last point.
    pub(super) fn behind(&self, step: i64, rank: u32) -> Behind {
        if self.base.is_some_and(|base| step <= base) {
            return Behind::Present;
        }
        let found = self.recent.iter().rev().find(|(known, _)| *known == step);
        match found {
            Some((_, missing)) if !missing.contains(&rank) => Behind::Repeated,
            _ => Behind::Late,
        }
    }

    /// The values of a step, and whether there were none.
    #[inline]
    pub(super) fn at(
        &mut self,
        step: i64,
        now: Moment,
        spare: &mut Vec<Pending>,
    ) -> (&mut Pending, bool) {
        // Steps come in order, or nearly so.
        let before = self
            .pending
            .iter()
            .rposition(|pending| pending.step <= step);
        let is_new = before.is_none_or(|at| self.pending[at].step != step);
        let place = before.map_or(0, |at| at + usize::from(is_new));
        if is_new {
            let mut fresh = spare.pop().unwrap_or_default();
            fresh.begin(step, now);
            self.pending.insert(place, fresh);
        }
        (&mut self.pending[place], is_new)
    }

    /// The first step became a point, which lacks some ranks.
    pub(super) fn passed(&mut self, step: i64, missing: Vec<u32>) {
        self.through = Some(step);
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        let same = self.recent.back().filter(|(_, last)| **last == *missing);
        let missing = same.map_or_else(|| missing.into(), |(_, last)| Arc::clone(last));
        self.recent.push_back((step, missing));
    }

    /// Steps from this one on are no points any more.
    pub(super) fn rewind(&mut self, step: i64) {
        let lower = |last: Option<i64>| last.map(|last| last.min(step.saturating_sub(1)));
        (self.through, self.base) = (lower(self.through), lower(self.base));
        self.recent.retain(|(known, _)| *known < step);
    }

    /// Notes that a rank logs it.
    #[inline]
    pub(super) fn note(&mut self, slot: usize) {
        if slot >= self.logged.len() {
            self.logged.resize(slot + 1, false);
        }
        self.logged[slot] = true;
    }
}
