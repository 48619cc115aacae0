//! The ranks of a job, and their sessions: what each logged between two starts.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::line::{Line, Order};
use crate::rank_stream::StreamName;

/// A rank.
#[derive(Debug, Default)]
pub(super) struct Rank {
    pub number: u32,
    /// It will log no more, unless it does.
    pub is_stopped: bool,
    pub values: u64,
    /// Its session that comes last in the order of streams.
    pub latest: usize,
    /// Session that its values in a stream belong to.
    current: HashMap<usize, usize>,
    sessions: Line,
}

/// What a rank logged between two starts.
#[derive(Debug)]
pub(super) struct Session {
    pub slot: usize,
    stream: usize,
    pub order: Order,
    pub world_size: Option<u32>,
    pub resumed: Option<i64>,
    /// A later session has replaced what this one logged from here on.
    pub cut: i64,
    /// It may have ended before the job was resumed, so its values from that step on do not count yet.
    pub is_held: bool,
}

/// A stream. Names sort as the streams were made.
#[derive(Debug)]
struct Stream {
    id: u64,
    tie: u32,
    name: String,
    /// The machine that logs to it.
    host: String,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    pub all: Vec<Session>,
    pub ranks: Vec<Rank>,
    slots: HashMap<u32, usize>,
    /// Slots in the order of ranks.
    pub by_rank: Vec<usize>,
    /// By the number of ranks that they have named.
    sizes: BTreeMap<u32, Line>,
    /// The last of those, and the number.
    size: Option<(Order, u32)>,
    /// The last session that was resumed, and the step.
    resumed: Option<(Order, i64)>,
    streams: Vec<Stream>,
    /// The last stream and rank that were asked for, and the session.
    last: Option<(usize, u32, usize)>,
}

impl Sessions {
    /// One more stream; returns its number.
    pub(super) fn add_stream(&mut self, id: u64, name: &str) -> usize {
        let (mut tie, mut has_moved) = (0, false);
        for other in self.streams.iter_mut().filter(|other| other.id == id) {
            if other.name.as_str() < name {
                tie += 1;
            } else {
                other.tie += 1;
                has_moved = true;
            }
        }
        let parsed = StreamName::parse(name);
        self.streams.push(Stream {
            id,
            tie,
            name: name.to_owned(),
            host: parsed.map_or_else(String::new, |name| name.host().to_owned()),
        });
        if has_moved {
            self.sort();
        }
        self.streams.len() - 1
    }

    /// Session of a record, which begins one if there is none.
    #[inline]
    pub(super) fn of(&mut self, stream: usize, rank: u32, offset: u64) -> usize {
        if let Some((last_stream, last_rank, session)) = self.last
            && (last_stream, last_rank) == (stream, rank)
        {
            return session;
        }
        let known = self.slots.get(&rank).and_then(|&slot| {
            let rank = self.ranks.get(slot)?;
            rank.current.get(&stream).copied()
        });
        let session = known.unwrap_or_else(|| {
            let begun = self.begin(stream, rank, offset, None, None);
            self.cut(begun);
            begun
        });
        self.last = Some((stream, rank, session));
        session
    }

    /// Begins a session.
    pub(super) fn begin(
        &mut self,
        stream: usize,
        rank: u32,
        offset: u64,
        world_size: Option<u32>,
        resumed: Option<i64>,
    ) -> usize {
        let slot = self.slot(rank);
        let session = self.all.len();
        let order = self.order(stream, offset, session);
        self.all.push(Session {
            slot,
            stream,
            order,
            world_size,
            resumed,
            cut: i64::MAX,
            is_held: false,
        });
        self.note(session);
        let latest = self.all.get(self.ranks[slot].latest);
        let is_later = latest.is_none_or(|latest| latest.slot != slot || latest.order <= order);
        let rank = &mut self.ranks[slot];
        rank.current.insert(stream, session);
        if is_later {
            rank.latest = session;
        }
        self.last = None;
        session
    }

    fn order(&self, stream: usize, offset: u64, session: usize) -> Order {
        let (id, tie) = self
            .streams
            .get(stream)
            .map_or((0, 0), |stream| (stream.id, stream.tie));
        Order {
            id,
            tie,
            offset,
            session,
        }
    }

    /// Puts a session in its place among the others.
    fn note(&mut self, session: usize) {
        let this = &self.all[session];
        self.ranks[this.slot].sessions.add(this.order);
        if let Some(size) = this.world_size {
            self.sizes.entry(size).or_default().add(this.order);
            if self.size.is_none_or(|(last, _)| last < this.order) {
                self.size = Some((this.order, size));
            }
        }
        if let Some(step) = this.resumed
            && self.resumed.is_none_or(|(last, _)| last < this.order)
        {
            self.resumed = Some((this.order, step));
            for at in 0..self.ranks.len() {
                let is_over = self.is_over(self.ranks[at].latest);
                self.ranks[at].is_stopped &= !is_over;
            }
        }
    }

    /// True if the job was resumed at another step since a session began. Its rank comes again, whether it has said its end or not:
    /// a collective that fails because another rank was killed ends a rank in good order.
    fn is_over(&self, session: usize) -> bool {
        let session = self.all.get(session);
        session
            .zip(self.resumed)
            .is_some_and(|(session, (order, step))| {
                session.order < order && session.resumed != Some(step)
            })
    }

    /// A rank will log no more, as far as it knew.
    pub(super) fn stop(&mut self, session: usize) {
        let slot = self.all[session].slot;
        if self.ranks[slot].latest == session {
            self.ranks[slot].is_stopped = !self.is_over(session);
        }
    }

    /// Puts all sessions in their places again: of two streams that were made in the same nanosecond, the one that was found last
    /// sorts first.
    #[cold]
    fn sort(&mut self) {
        (self.sizes, self.size, self.resumed) = (BTreeMap::new(), None, None);
        for rank in &mut self.ranks {
            rank.sessions = Line::default();
        }
        for at in 0..self.all.len() {
            let this = &self.all[at];
            self.all[at].order = self.order(this.stream, this.order.offset, at);
            self.note(at);
        }
        for at in 0..self.all.len() {
            self.cut(at);
        }
    }

    fn slot(&mut self, rank: u32) -> usize {
        if let Some(&slot) = self.slots.get(&rank) {
            return slot;
        }
        let slot = self.ranks.len();
        self.ranks.push(Rank {
            number: rank,
            ..Rank::default()
        });
        self.slots.insert(rank, slot);
        let place = self
            .by_rank
            .partition_point(|&other| self.ranks[other].number < rank);
        self.by_rank.insert(place, slot);
        slot
    }

    /// Cuts the sessions that a new one replaces, and the new one where later ones replace it. Returns whether sessions of other
    /// ranks were cut.
    ///
    /// A resumed rank replaces its own earlier values. It replaces those of all ranks if the number of ranks is another one: a
    /// rank that did not come back would count without end.
    pub(super) fn cut(&mut self, new: usize) -> bool {
        let Session {
            slot,
            order,
            world_size,
            resumed,
            ..
        } = self.all[new];
        let rank = &mut self.ranks[slot];
        let mut lowest = rank.sessions.resumed_after(order);
        let mut earlier = Vec::new();
        if let Some(step) = resumed
            && let Some(from) = rank.sessions.resume(order, step)
        {
            earlier.extend(rank.sessions.between(from, order));
        }
        if let Some(size) = world_size {
            let line = self.sizes.entry(size).or_default();
            let from = resumed.and_then(|step| line.resume(order, step));
            for (_, line) in self.sizes.iter().filter(|(other, _)| **other != size) {
                let later = line.resumed_after(order);
                lowest = later.into_iter().chain(lowest).min();
                if let Some(from) = from {
                    earlier.extend(line.between(from, order));
                }
            }
        }
        let this = &mut self.all[new];
        this.cut = this.cut.min(lowest.unwrap_or(i64::MAX));
        let Some(step) = resumed else { return false };
        let mut any = false;
        for at in earlier {
            let session = &mut self.all[at];
            any |= session.slot != slot && step < session.cut;
            session.cut = session.cut.min(step);
        }
        any
    }

    /// The slot of a rank that has logged.
    pub(super) fn find(&self, rank: u32) -> Option<usize> {
        self.slots.get(&rank).copied()
    }

    /// The machine of a rank.
    pub(super) fn host(&self, rank: u32) -> &str {
        let latest = self.find(rank).map(|slot| self.ranks[slot].latest);
        let stream = latest.and_then(|at| self.streams.get(self.all[at].stream));
        stream.map_or("", |stream| &stream.host)
    }

    /// Number of ranks that the latest session has named.
    pub(super) fn world_size(&self) -> Option<u32> {
        self.size.map(|(_, size)| size)
    }
}

/// Time since the reduction began.
pub(super) type Moment = Duration;
