//! Sentences about ranks that are missing or late, each once.

use std::collections::HashSet;
use std::time::Duration;

/// Sets of ranks that are remembered.
const MOST: usize = 1000;
/// Ranks that a sentence names.
const NAMED: usize = 8;

/// What there is to say, and what was said.
#[derive(Debug, Default)]
pub(super) struct Notices {
    missing: HashSet<Vec<u32>>,
    late: HashSet<u32>,
    new: Vec<Notice>,
}

/// What happened, and what became of it.
pub type Notice = (String, &'static str);

impl Notices {
    /// A point lacks these ranks.
    pub(super) fn missing(&mut self, ranks: &[u32], tag: &str, step: i64, window: Duration) {
        if self.missing.len() < MOST && !self.missing.contains(ranks) {
            self.missing.insert(ranks.to_vec());
            let ranks = named(ranks);
            let seconds = window.as_secs_f64();
            let what =
                format!("{ranks} did not log {tag:?} at step {step} within {seconds} seconds");
            self.new.push((what, "the curve has the other ranks"));
        }
    }

    /// A value came too late.
    pub(super) fn late(&mut self, rank: u32, tag: &str, step: i64) {
        if self.late.len() < MOST && self.late.insert(rank) {
            let what = format!("rank {rank} logged {tag:?} at step {step} too late for the curve");
            let effect = "tensorbolt.read(..., ranks=\"reduce\") counts all values";
            self.new.push((what, effect));
        }
    }

    /// What was not said yet.
    pub(super) fn take(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.new)
    }
}

fn named(ranks: &[u32]) -> String {
    let some: Vec<String> = ranks.iter().take(NAMED).map(u32::to_string).collect();
    let more = ranks.len().saturating_sub(NAMED);
    match (some.as_slice(), more) {
        ([one], 0) => format!("rank {one}"),
        ([first @ .., last], 0) => format!("ranks {} and {last}", first.join(", ")),
        _ => format!("ranks {} and {more} others", some.join(", ")),
    }
}
