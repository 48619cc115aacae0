//! Points take no more memory than they may: those that were used least recently leave it first.

use std::sync::Arc;

use super::{Log, locked};
use crate::kept::Kept;

/// Curves are not thinned out further, however little memory there is.
const FEWEST_POINTS: usize = 64;

impl Log {
    /// Makes all points fit into memory. Curves that the index has can leave it, and come back when they are asked for; without
    /// an index the longest ones are thinned out.
    pub(super) fn bound(&mut self) {
        // What is computed of other curves becomes less when these do.
        let computed = self.groups.bytes() + self.jobs.bytes();
        let memory = self.memory.saturating_sub(computed).max(self.memory / 2);
        let mut bytes = self.weight().0;
        if bytes > memory && self.index.is_some() {
            bytes -= self.leave(bytes - memory);
            if bytes > memory {
                self.store();
                bytes -= self.leave(bytes.saturating_sub(memory));
            }
        }
        if let Some(index) = &self.index {
            index.set_room(memory.saturating_sub(bytes));
        }
        if bytes > memory {
            self.thin(memory);
        }
    }

    /// Changes how much points may take.
    #[cfg(test)]
    pub fn set_memory(&mut self, memory: usize) {
        self.memory = memory;
    }

    /// Bytes of all points, and the points of the longest curve in memory.
    fn weight(&self) -> (usize, usize) {
        let (mut bytes, mut longest) = (0, 0);
        for run in self.runs.values() {
            // A run of several files has them a second time, put together.
            let times = if run.files.len() > 1 { 2 } else { 1 };
            for known in run.files.values() {
                let weight = locked(&known.file).weight();
                bytes += weight.0 * times;
                longest = longest.max(weight.1);
            }
        }
        (bytes, longest)
    }

    /// Has curves that were not used for the longest time leave memory until so many bytes are free; the bytes.
    fn leave(&self, wanted: usize) -> usize {
        let mut spare: Vec<(u64, Arc<Kept>)> = Vec::new();
        for known in self.runs.values().flat_map(|run| run.files.values()) {
            let file = locked(&known.file);
            let curves = file.scalars.values().map(|series| &series.points);
            spare.extend(curves.filter_map(|one| Some((one.spare()?, one.clone()))));
        }
        spare.sort_unstable_by_key(|(used, _)| *used);
        let mut freed = 0;
        for (_, kept) in spare {
            if freed >= wanted {
                break;
            }
            freed += kept.leave();
        }
        freed
    }

    /// Thins out the longest curves until all take so many bytes; those of the members of a group all in the same way.
    fn thin(&mut self, memory: usize) {
        loop {
            let (bytes, longest) = self.weight();
            if bytes <= memory || longest <= FEWEST_POINTS {
                return;
            }
            let most = (longest / 2).max(FEWEST_POINTS);
            if self.longest_of_members() > most {
                self.sieve.0 += 1;
            }
            for run in self.runs.values_mut() {
                for known in run.files.values() {
                    run.is_changed |= locked(&known.file).thin(most, self.sieve);
                }
                if run.is_changed {
                    // Else both would be in memory until the new one is there.
                    run.shown = None;
                }
            }
        }
    }

    fn longest_of_members(&self) -> usize {
        let files = self.runs.values().flat_map(|run| run.files.values());
        let member = |known: &super::Known| {
            let file = locked(&known.file);
            file.is_member().then(|| file.weight().1)
        };
        files.filter_map(member).max().unwrap_or(0)
    }
}
