//! Ranks that were named, and the sentences that name them.

use super::section::Change;

/// Begins the tags of sections.
pub(super) const PREFIX: &str = "seconds/";
/// Ranks that are remembered, and as many sentences.
const MOST: usize = 1000;

/// A rank that was slow for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Slow {
    /// The rank.
    pub rank: u32,
    /// Its machine.
    pub host: String,
    /// Name of the section.
    pub section: String,
    /// About the first step at which it was slow.
    pub since: i64,
    /// The step at which it was known to be slow no longer.
    pub until: Option<i64>,
    /// By how many percent it took longer when it was named.
    pub percent: f64,
    /// True if it was compared with its own past, else with the other ranks.
    pub than_before: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct SlowRanks {
    pub all: Vec<Slow>,
    new: Vec<String>,
    is_full: bool,
}

impl SlowRanks {
    /// Notes what is new of a rank of a tag.
    pub(super) fn note(&mut self, tag: &str, step: i64, host: &str, change: Change) {
        let section = tag.strip_prefix(PREFIX).unwrap_or(tag);
        match change {
            Change::Slow {
                rank,
                since,
                excess,
                than_before,
            } => {
                if self.all.len() >= MOST {
                    return;
                }
                let percent = 100.0 * excess;
                let than = if than_before {
                    "than it did before"
                } else {
                    "than the median of the others"
                };
                self.new.push(format!(
                    "rank {rank} on {host} takes {percent:.1} % longer in {section:?} {than}, since about step {since}"
                ));
                self.all.push(Slow {
                    rank,
                    host: host.to_owned(),
                    section: section.to_owned(),
                    since,
                    until: None,
                    percent,
                    than_before,
                });
            }
            Change::Recovered { rank } => {
                let mut known = self.all.iter_mut().rev();
                let found = known.find(|slow| {
                    slow.rank == rank && slow.section == section && slow.until.is_none()
                });
                let Some(slow) = found else { return };
                slow.until = Some(step);
                let than = if slow.than_before {
                    "before"
                } else {
                    "the others"
                };
                self.new.push(format!(
                    "rank {rank} on {host} is as fast in {section:?} as {than} again, at step {step}"
                ));
            }
        }
    }

    /// The ranks of one more section would be too many.
    pub(super) fn too_many(&mut self, tag: &str) {
        if !self.is_full {
            self.is_full = true;
            self.new.push(format!(
                "there are too many sections for so many ranks: of {tag:?} and later ones no ranks are named and no scores computed"
            ));
        }
    }

    /// Sentences that were not taken yet.
    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.new)
    }
}
