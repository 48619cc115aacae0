//! The values of all ranks, by tag and step, until a step is complete.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::notices::{Notice, Notices};
use super::pending::Pending;
use super::report::Report;
use super::rules::Rules;
use super::sessions::{Moment, Sessions};
use super::stragglers::Stragglers;
use super::tag::{Behind, Tag};
use super::texts::Texts;
use super::written::Written;
use crate::reader::RankRecord;

/// Values that may wait for a rank to show that it goes on.
const MAX_SHELVED: usize = 1 << 20;

/// How long values wait for others, and how many.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time from the first value of a step until it becomes a point without the ranks that it lacks.
    pub window: Duration,
    /// Bytes of values that wait, from which on complete steps become points though restarts may be read later.
    pub hold_bytes: usize,
    /// Bytes of values that wait, from which on the oldest steps become points whatever they lack.
    pub most_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(30),
            hold_bytes: 32 << 20,
            most_bytes: 256 << 20,
        }
    }
}

/// A value of a rank that has not shown yet that it goes on.
#[derive(Debug)]
struct Shelved {
    session: usize,
    tag: usize,
    step: i64,
    time: f64,
    value: f64,
}

/// Values of ranks that wait for those of others.
#[derive(Debug)]
pub struct Reduction {
    pub(super) limits: Limits,
    pub(super) tags: Vec<Tag>,
    index: HashMap<Box<[u8]>, usize>,
    /// The tag of the last value.
    last: usize,
    pub(super) sessions: Sessions,
    rules: Rules,
    written: Written,
    /// Steps in the order in which their first values came: tag and step.
    pub(super) queue: VecDeque<(usize, i64)>,
    pub(super) spare: Vec<Pending>,
    /// Bytes of values that wait.
    pub(super) waiting_bytes: usize,
    /// Values of ranks other than 0 that were there before the job was resumed at this step wait until their rank goes on.
    hold_from: Option<i64>,
    shelf: Vec<Shelved>,
    pub(super) report: Report,
    pub(super) notices: Notices,
    pub(super) stragglers: Stragglers,
    /// A step from which on rank 0 has replaced points that were given out.
    rewound: Option<i64>,
}

impl Reduction {
    /// A reduction of which some points are written already.
    #[must_use]
    pub fn new(limits: Limits, written: Written) -> Self {
        Self {
            limits,
            written,
            tags: Vec::new(),
            index: HashMap::new(),
            last: 0,
            sessions: Sessions::default(),
            rules: Rules::default(),
            queue: VecDeque::new(),
            spare: Vec::new(),
            waiting_bytes: 0,
            hold_from: None,
            shelf: Vec::new(),
            report: Report::default(),
            notices: Notices::default(),
            stragglers: Stragglers::default(),
            rewound: None,
        }
    }

    /// Counts so far.
    #[must_use]
    pub fn report(&self) -> Report {
        Report {
            ranks: self.sessions.ranks.len() as u64,
            world_size: self.sessions.world_size(),
            slow: self.stragglers.slow().to_vec(),
            ..self.report.clone()
        }
    }

    /// What there is to say of missing and late ranks and was not taken yet.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.notices.take()
    }

    /// Sentences about ranks that take longer than the others, or no longer do, that were not taken yet.
    pub fn take_remarks(&mut self) -> Vec<String> {
        self.stragglers.take()
    }

    /// Number of streams.
    pub(super) fn streams(&self) -> u64 {
        self.report.streams
    }

    /// True if a step has waited for other ranks for longer than this.
    pub(super) fn waits(&self, now: Moment, longer: Duration) -> bool {
        let first = self.tags.iter().filter_map(|tag| tag.pending.front());
        first
            .map(|step| now.saturating_sub(step.arrived))
            .any(|age| age > longer)
    }

    /// One more stream. Later records of a rank are those of streams that come later in the order of ID and name.
    pub fn add_stream(&mut self, id: u64, name: &str) -> usize {
        self.report.streams += 1;
        self.sessions.add_stream(id, name)
    }

    /// Rank 0 was resumed at a step: until `release`, what the other ranks logged from there on is taken for what they had logged
    /// before.
    pub fn hold(&mut self, step: i64) {
        self.hold_from = Some(step);
    }

    /// All that was there at the beginning was read. What a rank logs from now on shows that it goes on, and so does a start after
    /// that of rank 0.
    pub fn release(&mut self) {
        let Some(step) = self.hold_from.take() else {
            return;
        };
        let first = self.sessions.find(0).map(|slot| {
            let latest = self.sessions.ranks[slot].latest;
            self.sessions.all[latest].order
        });
        for at in 0..self.sessions.all.len() {
            let session = &self.sessions.all[at];
            let goes_on = first.is_none_or(|first| session.order > first)
                || (session.resumed == Some(step) && self.sessions.ranks[session.slot].is_stopped);
            if session.is_held && goes_on {
                self.confirm(at, Moment::ZERO);
            }
        }
    }

    /// The step from which on points that were given out do not count any more, once, if rank 0 was resumed since.
    pub fn take_rewound(&mut self) -> Option<i64> {
        self.rewound.take()
    }

    /// True if all ranks of the job have said that they will log no more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let size = self.sessions.world_size().unwrap_or(0) as usize;
        let known = self.sessions.ranks.iter();
        let mut known = known.filter(|rank| (rank.number as usize) < size);
        known.clone().count() >= size && known.all(|rank| rank.is_stopped)
    }

    /// Takes a record: its stream, its offset there, rank, wall time, and the time since the reduction began.
    pub fn take(
        &mut self,
        stream: usize,
        offset: u64,
        rank: u32,
        time: f64,
        record: RankRecord<'_>,
        now: Moment,
    ) {
        match record {
            RankRecord::Value {
                tag,
                step,
                value,
                metadata,
            } => {
                if !metadata.is_empty() {
                    self.describe(rank, tag, metadata);
                }
                let session = self.sessions.of(stream, rank, offset);
                if self.sessions.all[session].is_held && self.hold_from.is_none() {
                    self.confirm(session, now);
                }
                self.value(session, tag, step, time, value, now);
            }
            RankRecord::Start {
                world_size,
                resumed,
            } => self.start(stream, offset, rank, world_size, resumed),
            RankRecord::Stop => {
                let session = self.sessions.of(stream, rank, offset);
                if self.sessions.all[session].is_held && self.hold_from.is_none() {
                    self.confirm(session, now);
                }
                self.sessions.stop(session);
            }
            RankRecord::Rules(rules) => {
                if rank == 0 {
                    self.rules.add(rules);
                    for tag in &mut self.tags {
                        tag.kind = self.rules.kind(&tag.name);
                    }
                }
            }
        }
    }

    fn start(
        &mut self,
        stream: usize,
        offset: u64,
        rank: u32,
        world_size: Option<u32>,
        resumed: Option<i64>,
    ) {
        let session = self
            .sessions
            .begin(stream, rank, offset, world_size, resumed);
        let slot = self.sessions.all[session].slot;
        self.sessions.ranks[slot].is_stopped = false;
        self.sessions.all[session].is_held = rank != 0 && self.hold_from.is_some();
        let others = self.sessions.cut(session);
        // An earlier session of the rank does not go on.
        let latest = self.sessions.ranks[slot].latest;
        let all = &self.sessions.all;
        self.shelf
            .retain(|one| all[one.session].slot != slot || one.session == latest);
        let Some(step) = resumed else { return };
        let only = if others { None } else { Some(slot) };
        for tag in &mut self.tags {
            for pending in tag.pending.iter_mut().rev() {
                if pending.step >= step {
                    let before = pending.count;
                    pending.cut(&self.sessions.all, only);
                    self.report.replaced += (before - pending.count) as u64;
                }
            }
        }
        let is_newest = self.sessions.ranks[slot].latest == session;
        let has_points = |tag: &Tag| tag.through.is_some_and(|through| through >= step);
        if rank == 0 && is_newest && self.hold_from.is_none() && self.tags.iter().any(has_points) {
            for tag in &mut self.tags {
                tag.rewind(step);
            }
            let lowest = self.rewound.map_or(step, |before| before.min(step));
            self.rewound = Some(lowest);
        }
    }

    /// A rank gives a title or a description to a tag. Those of the lowest rank count.
    #[cold]
    fn describe(&mut self, rank: u32, tag: &[u8], metadata: &[u8]) {
        let at = self.tag(tag);
        let texts = &mut self.tags[at].texts;
        if texts.as_ref().is_none_or(|known| rank < known.rank) {
            *texts = Texts::read(rank, metadata).or(texts.take());
        }
    }

    #[inline]
    fn value(&mut self, session: usize, tag: &[u8], step: i64, time: f64, value: f64, now: Moment) {
        self.report.values += 1;
        let at = self.tag(tag);
        if self.sessions.all[session].is_held
            && self.hold_from.is_none_or(|first| step >= first)
            && self.shelf.len() < MAX_SHELVED
        {
            self.shelf.push(Shelved {
                session,
                tag: at,
                step,
                time,
                value,
            });
            return;
        }
        self.put(session, at, step, time, value, now);
    }

    #[inline]
    fn put(&mut self, session: usize, at: usize, step: i64, time: f64, value: f64, now: Moment) {
        let this = &self.sessions.all[session];
        let slot = this.slot;
        if step >= this.cut {
            self.report.replaced += 1;
            return;
        }
        let rank = &mut self.sessions.ranks[slot];
        rank.values += 1;
        rank.is_stopped = false;
        let tag = &mut self.tags[at];
        tag.note(slot);
        if tag.is_behind(step) {
            let rank = rank.number;
            self.behind(at, step, rank);
            return;
        }
        let (pending, is_new) = tag.at(step, now, &mut self.spare);
        if is_new {
            self.queue.push_back((at, step));
            self.waiting_bytes += pending.bytes();
        }
        let before = pending.count;
        self.waiting_bytes += pending.put(&self.sessions.all, slot, session, time, value);
        self.report.replaced += u64::from(pending.count == before);
    }

    #[cold]
    fn behind(&mut self, at: usize, step: i64, rank: u32) {
        let tag = &self.tags[at];
        match tag.behind(step, rank) {
            Behind::Present => self.report.present += 1,
            Behind::Repeated => self.report.replaced += 1,
            Behind::Late => {
                self.report.late += 1;
                *self.report.late_ranks.entry(rank).or_default() += 1;
                self.notices.late(rank, &tag.name, step);
            }
        }
    }

    /// A session goes on, so its values count.
    #[cold]
    fn confirm(&mut self, session: usize, now: Moment) {
        self.sessions.all[session].is_held = false;
        let is_stopped = self.sessions.ranks[self.sessions.all[session].slot].is_stopped;
        let (mine, others) = std::mem::take(&mut self.shelf)
            .into_iter()
            .partition(|one: &Shelved| one.session == session);
        self.shelf = others;
        for one in mine {
            self.put(session, one.tag, one.step, one.time, one.value, now);
        }
        self.sessions.ranks[self.sessions.all[session].slot].is_stopped = is_stopped;
    }

    /// The tag of this name. Ranks log the same tags in the same order, so the one that came after the last one before is tried
    /// first.
    #[inline]
    fn tag(&mut self, raw: &[u8]) -> usize {
        let guess = self.tags.get(self.last).map_or(0, |last| last.next);
        if self
            .tags
            .get(guess)
            .is_some_and(|tag| tag.name.as_bytes() == raw)
        {
            self.last = guess;
            return guess;
        }
        self.find(raw)
    }

    #[inline(never)]
    fn find(&mut self, raw: &[u8]) -> usize {
        let at = match self.index.get(raw) {
            Some(&at) => at,
            None => self.add(raw),
        };
        if let Some(last) = self.tags.get_mut(self.last) {
            last.next = at;
        }
        self.last = at;
        at
    }

    fn add(&mut self, raw: &[u8]) -> usize {
        let name = String::from_utf8_lossy(raw).into_owned();
        let through = self.written.last(&name);
        let at = self.tags.len();
        let kind = self.rules.kind(&name);
        self.tags.push(Tag::new(name, kind, through, at + 1));
        self.index.insert(raw.into(), at);
        at
    }
}
