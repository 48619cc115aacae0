//! The ranks of a job, and their sessions: what each logged between two starts.

use std::collections::HashMap;
use std::time::Duration;

use crate::rank_stream;

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
}

/// What a rank logged between two starts.
#[derive(Debug)]
pub(super) struct Session {
    pub slot: usize,
    /// Stream, and offset in it.
    place: (usize, u64),
    /// Place in the order of streams, and in a stream of offsets.
    pub order: u32,
    pub world_size: Option<u32>,
    pub resumed: Option<i64>,
    /// A later session has replaced what this one logged from here on.
    pub cut: i64,
    /// It may have ended before the job was resumed, so its values from that step on do not count yet.
    pub is_held: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    pub all: Vec<Session>,
    /// Numbers of sessions, in the order of streams.
    in_order: Vec<usize>,
    pub ranks: Vec<Rank>,
    slots: HashMap<u32, usize>,
    /// Slots in the order of ranks.
    pub by_rank: Vec<usize>,
    /// Names of streams, which sort as they were made.
    streams: Vec<(u64, String)>,
    /// The last stream and rank that were asked for, and the session.
    last: Option<(usize, u32, usize)>,
}

impl Sessions {
    /// One more stream; returns its number.
    pub(super) fn add_stream(&mut self, id: u64, name: &str) -> usize {
        self.streams.push((id, name.to_owned()));
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
        let session = known.unwrap_or_else(|| self.begin(stream, rank, offset, None, None));
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
        self.all.push(Session {
            slot,
            place: (stream, offset),
            order: 0,
            world_size,
            resumed,
            cut: i64::MAX,
            is_held: false,
        });
        self.place(session);
        let order = self.all[session].order;
        let latest = self.ranks[slot].latest;
        let is_later = self
            .all
            .get(latest)
            .is_none_or(|latest| latest.slot != slot || latest.order <= order);
        let rank = &mut self.ranks[slot];
        rank.current.insert(stream, session);
        if is_later {
            rank.latest = session;
        }
        self.last = None;
        session
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

    /// Puts a new session in its place among the others.
    fn place(&mut self, new: usize) {
        let key = |at: usize| {
            let (stream, offset) = self.all[at].place;
            let name = self.streams.get(stream);
            (name.map_or((0, ""), |(id, name)| (*id, name)), offset)
        };
        let this = key(new);
        let place = self.in_order.partition_point(|&at| key(at) <= this);
        self.in_order.insert(place, new);
        for (place, &at) in self.in_order.iter().enumerate().skip(place) {
            self.all[at].order = place as u32;
        }
    }

    /// Cuts the sessions that a new one replaces, and the new one where later ones replace it. Returns whether sessions of other
    /// ranks were cut.
    ///
    /// A resumed rank replaces its own earlier values. It replaces those of all ranks if the number of ranks is another one: a
    /// rank that did not come back would count without end.
    pub(super) fn cut(&mut self, new: usize) -> bool {
        let replaces = |later: &Session, earlier: &Session| -> Option<i64> {
            let step = later.resumed.filter(|_| earlier.order < later.order)?;
            let other_size = matches!(
                (earlier.world_size, later.world_size),
                (Some(one), Some(other)) if one != other
            );
            (earlier.slot == later.slot || other_size).then_some(step)
        };
        let mut cuts = Vec::new();
        for (at, session) in self.all.iter().enumerate() {
            let this = &self.all[new];
            if let Some(step) = replaces(this, session).filter(|&step| step < session.cut) {
                cuts.push((at, step));
            }
            if let Some(step) = replaces(session, this) {
                cuts.push((new, step));
            }
        }
        let mut any = false;
        for (at, step) in cuts {
            let slot = self.all[new].slot;
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
        let stream = latest.and_then(|at| self.streams.get(self.all[at].place.0));
        stream.map_or("", |(_, name)| rank_stream::host_of(name))
    }

    /// Number of ranks that the latest session has named.
    pub(super) fn world_size(&self) -> Option<u32> {
        let known = self
            .all
            .iter()
            .filter(|session| session.world_size.is_some());
        known.max_by_key(|session| session.order)?.world_size
    }
}

/// Time since the reduction began.
pub(super) type Moment = Duration;
