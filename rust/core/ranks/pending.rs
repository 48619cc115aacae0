//! Values of a tag at a step that wait for those of other ranks.

use super::sessions::{Moment, Session};

/// Stands for "no session", so no value.
pub(super) const NONE: u32 = u32::MAX;

/// Values of one step, by the slots of ranks.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub step: i64,
    /// When the first value arrived.
    pub arrived: Moment,
    /// Number of values.
    pub count: usize,
    pub values: Vec<f64>,
    pub times: Vec<f64>,
    pub sessions: Vec<u32>,
}

/// Bytes of a value that waits.
const VALUE_BYTES: usize = 2 * size_of::<f64>() + size_of::<u32>();
/// Bytes of a step in addition: itself in a queue that may be half empty, its place in the order of steps, and what the allocator
/// adds to its three parts.
const STEP_BYTES: usize = 2 * (size_of::<Pending>() + 2 * size_of::<u64>()) + 3 * 16;

impl Pending {
    /// Begins a step, with the memory of an earlier one.
    pub(super) fn begin(&mut self, step: i64, arrived: Moment) {
        (self.step, self.arrived, self.count) = (step, arrived, 0);
        self.sessions.fill(NONE);
    }

    /// Takes a value; of two of a rank, that of the later session counts, or else the later one. Returns the bytes that it takes
    /// more.
    #[inline]
    pub(super) fn put(
        &mut self,
        all: &[Session],
        slot: usize,
        session: usize,
        time: f64,
        value: f64,
    ) -> usize {
        let before = self.sessions.len();
        if slot >= before {
            self.values.resize(slot + 1, 0.0);
            self.times.resize(slot + 1, 0.0);
            self.sessions.resize(slot + 1, NONE);
        }
        let known = self.sessions[slot];
        if known == NONE {
            self.count += 1;
        } else if known != session as u32 && all[known as usize].order > all[session].order {
            return 0;
        }
        self.values[slot] = value;
        self.times[slot] = time;
        self.sessions[slot] = session as u32;
        (self.sessions.len() - before) * VALUE_BYTES
    }

    /// Memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        STEP_BYTES + self.sessions.len() * VALUE_BYTES
    }

    pub(super) fn has(&self, slot: usize) -> bool {
        self.sessions
            .get(slot)
            .is_some_and(|&session| session != NONE)
    }

    /// Drops the values of sessions that were cut, of one slot or of all.
    pub(super) fn cut(&mut self, all: &[Session], slot: Option<usize>) {
        let step = self.step;
        let slots = match slot {
            Some(slot) => slot..slot + 1,
            None => 0..self.sessions.len(),
        };
        for place in self.sessions.get_mut(slots).unwrap_or_default() {
            if *place != NONE && all[*place as usize].cut <= step {
                *place = NONE;
                self.count -= 1;
            }
        }
    }

    /// Number of ranks that the latest of its sessions has named.
    pub(super) fn world_size(&self, all: &[Session]) -> Option<u32> {
        let present = self.sessions.iter().filter(|&&session| session != NONE);
        let present = present.map(|&session| &all[session as usize]);
        let first = present.clone().next()?.world_size;
        // Mostly all of them have named the same.
        if present.clone().all(|session| session.world_size == first) {
            return first;
        }
        present.max_by_key(|session| session.order)?.world_size
    }
}
