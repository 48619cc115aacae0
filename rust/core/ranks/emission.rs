//! Steps that become points: when, and what of.

use std::time::Duration;

use super::pending::{NONE, Pending};
use super::point::Point;
use super::reduction::Reduction;
use super::sessions::{Moment, Sessions};
use super::statistics::Statistics;
use super::tag::Tag;

/// Time that values wait for ranks that do not log their tag as a rule.
const GRACE: Duration = Duration::from_secs(1);
/// Memory for steps to come is kept up to so many, and so many bytes.
const MAX_SPARE: usize = 4096;
const MAX_SPARE_BYTES: usize = 32 << 20;
/// Ranks that never began are named in jobs of up to so many.
const MAX_NAMED: u32 = 1 << 20;

/// Choice of the steps that become points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emit {
    /// Of what is read from streams that have more: only as many as memory asks for.
    Excess,
    /// Those that are complete, or have waited as long as they may.
    Due,
    /// All of them.
    All,
}

/// Memory that is used again.
#[derive(Default)]
struct Room {
    ranks: Vec<u32>,
    values: Vec<f64>,
    times: Vec<f64>,
    numbers: Vec<f64>,
}

/// Why a step becomes a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Complete,
    /// It has the ranks that the last point had.
    Usual,
    Late,
}

impl Reduction {
    /// Gives out points: of each tag in ascending order of steps.
    pub fn emit(&mut self, which: Emit, now: Moment, out: &mut dyn FnMut(&Point<'_>)) {
        let mut room = Room::default();
        if which != Emit::Excess {
            for at in 0..self.tags.len() {
                while let Some(why) = self.due(at, which, now) {
                    self.give_out(at, why, &mut room, out);
                }
            }
        }
        self.relieve(&mut room, out);
        while let Some(&(tag, step)) = self.queue.front()
            && self.tags[tag].is_behind(step)
        {
            self.queue.pop_front();
        }
    }

    /// Whether the first step of a tag is to become a point.
    fn due(&self, at: usize, which: Emit, now: Moment) -> Option<Why> {
        let tag = &self.tags[at];
        let first = tag.pending.front()?;
        let age = now.saturating_sub(first.arrived);
        if first.count == 0 {
            // Restarts have replaced all its values; others may come.
            let is_over = which == Emit::All || age >= self.limits.window;
            return is_over.then_some(Why::Late);
        }
        if which == Emit::All {
            return Some(Why::Late);
        }
        if is_complete(first, &self.sessions) {
            return Some(Why::Complete);
        }
        if age >= GRACE && has_usual(tag, first) {
            return Some(Why::Usual);
        }
        (age >= self.limits.window).then_some(Why::Late)
    }

    /// Makes points of the steps that came first, while too many values wait.
    fn relieve(&mut self, room: &mut Room, out: &mut dyn FnMut(&Point<'_>)) {
        if self.waiting_bytes <= self.limits.hold_bytes {
            return;
        }
        let mut kept = std::collections::VecDeque::new();
        while let Some((at, step)) = self.queue.pop_front() {
            let most = if self.waiting_bytes > self.limits.most_bytes {
                Some(Why::Late)
            } else if self.waiting_bytes > self.limits.hold_bytes / 4 * 3 {
                None
            } else {
                self.queue.push_front((at, step));
                break;
            };
            while let Some(first) = self.tags[at].pending.front()
                && first.step <= step
            {
                let complete = is_complete(first, &self.sessions).then_some(Why::Complete);
                let Some(why) = complete.or(most) else { break };
                self.give_out(at, why, room, out);
            }
            if !self.tags[at].is_behind(step) {
                kept.push_back((at, step));
            }
        }
        kept.append(&mut self.queue);
        self.queue = kept;
    }

    fn give_out(&mut self, at: usize, why: Why, room: &mut Room, out: &mut dyn FnMut(&Point<'_>)) {
        let tag = &mut self.tags[at];
        let Some(pending) = tag.pending.pop_front() else {
            return;
        };
        self.waiting_bytes -= pending.bytes();
        if pending.count > 0 {
            let missing = if why == Why::Complete {
                Vec::new()
            } else {
                missing(tag, &pending, &self.sessions)
            };
            if why == Why::Late && !missing.is_empty() {
                self.report.incomplete += 1;
                for &rank in &missing {
                    *self.report.missing.entry(rank).or_default() += 1;
                }
                self.notices
                    .missing(&missing, &tag.name, pending.step, self.limits.window);
            }
            let mut seconds = std::mem::take(&mut tag.seconds);
            let mut point = point(tag, &pending, &self.sessions, room);
            let host = |rank| self.sessions.host(rank);
            point.scores = self.stragglers.observe(&mut seconds, &point, host);
            out(&point);
            tag.seconds = seconds;
            tag.is_described |= tag.texts.is_some();
            self.report.points += 1;
            tag.usual.clear();
            tag.usual
                .extend(pending.sessions.iter().map(|&session| session != NONE));
            let absent = absent(&pending, &self.sessions);
            tag.passed(pending.step, absent);
        }
        if self.spare.len() < MAX_SPARE.min(MAX_SPARE_BYTES / pending.bytes()) {
            self.spare.push(pending);
        }
    }
}

/// True if no rank is missing that may still log it.
fn is_complete(pending: &Pending, sessions: &Sessions) -> bool {
    let Some(size) = pending.world_size(&sessions.all) else {
        let mut known = sessions.ranks.iter().enumerate();
        return known.all(|(slot, rank)| rank.is_stopped || pending.has(slot));
    };
    let size = size as usize;
    if sessions.ranks.len() < size {
        return false;
    }
    let (mut known, mut waited_for) = (0, 0);
    for (slot, rank) in sessions.ranks.iter().enumerate() {
        if (rank.number as usize) < size {
            known += 1;
            waited_for += usize::from(!rank.is_stopped && !pending.has(slot));
        }
    }
    known == size && waited_for == 0
}

/// True if it has all ranks that the last point of its tag had.
fn has_usual(tag: &Tag, pending: &Pending) -> bool {
    let mut usual = tag.usual.iter().enumerate();
    !tag.usual.is_empty() && usual.all(|(slot, &is_usual)| !is_usual || pending.has(slot))
}

/// Ranks that have logged or begun to, and have no value here.
fn absent(pending: &Pending, sessions: &Sessions) -> Vec<u32> {
    let absent = sessions.by_rank.iter().filter(|&&slot| !pending.has(slot));
    absent.map(|&slot| sessions.ranks[slot].number).collect()
}

/// Ranks that a point ought to have: those that log this tag, and those that have logged nothing at all.
fn missing(tag: &Tag, pending: &Pending, sessions: &Sessions) -> Vec<u32> {
    let size = pending.world_size(&sessions.all).unwrap_or(u32::MAX);
    let known = sessions.by_rank.iter().filter(|&&slot| {
        let rank = &sessions.ranks[slot];
        let logs = tag.logged.get(slot).copied().unwrap_or_default();
        (logs || rank.values == 0) && !rank.is_stopped && rank.number < size && !pending.has(slot)
    });
    let mut missing: Vec<u32> = known.map(|&slot| sessions.ranks[slot].number).collect();
    if size <= MAX_NAMED {
        missing.extend((0..size).filter(|&rank| sessions.find(rank).is_none()));
        missing.sort_unstable();
    }
    missing
}

fn point<'p>(
    tag: &'p Tag,
    pending: &Pending,
    sessions: &Sessions,
    room: &'p mut Room,
) -> Point<'p> {
    let Room {
        ranks,
        values,
        times,
        numbers,
    } = room;
    ranks.clear();
    values.clear();
    times.clear();
    for &slot in sessions.by_rank.iter().filter(|&&slot| pending.has(slot)) {
        ranks.push(sessions.ranks[slot].number);
        values.push(pending.values[slot]);
        times.push(pending.times[slot]);
    }
    let statistics = Statistics::of(values, numbers);
    Point {
        tag: &tag.name,
        step: pending.step,
        time: times.first().copied().unwrap_or_default(),
        ranks,
        values,
        value: tag.kind.of(&statistics, values, times),
        statistics,
        scores: None,
        texts: tag.texts.as_ref().filter(|_| !tag.is_described),
    }
}
