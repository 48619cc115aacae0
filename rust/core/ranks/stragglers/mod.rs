//! Ranks that take longer than the others for the same section of a step.
//!
//! Two questions, which need two answers. *How fast is each rank?* Scores say so, as NVIDIA's Resiliency Extension defines them: the
//! typical seconds of the fastest rank, or of the best past of the same rank, divided by the typical seconds now. *Is a rank
//! slow, or was it chance?* A test that does not depend on how the noise is distributed says so; see `threshold`.
//!
//! | file | contents |
//! |---|---|
//! | `section` | the ranks of a section, step after step |
//! | `scores` | what the curves show |
//! | `rank` | what is remembered of a rank |
//! | `threshold` | positions as scores, and how many of them are no chance |
//! | `quartiles` | the spread of the other ranks |
//! | `report` | ranks that were named, and the sentences |

mod quartiles;
mod rank;
mod report;
mod scores;
mod section;
#[cfg(test)]
mod tests;
mod threshold;

pub use report::Slow;
use report::{PREFIX, SlowRanks};
pub use scores::Scores;
use section::Section;
use threshold::Thresholds;

use super::point::Point;

/// Ranks of sections that are remembered, all sections together: about 100 bytes each.
const MOST: usize = 1 << 19;

/// All sections of a job.
#[derive(Debug, Default)]
pub(super) struct Stragglers {
    thresholds: Thresholds,
    known: usize,
    slow: SlowRanks,
}

/// What is remembered of one tag; nothing, unless it is that of a section.
#[derive(Debug, Default)]
pub(super) struct Seconds(Option<Box<Section>>);

impl Seconds {
    /// For a tag of this name.
    pub(super) fn of(tag: &str) -> Self {
        Self(tag.starts_with(PREFIX).then(Box::default))
    }
}

impl Stragglers {
    /// The scores of a point, if its tag is that of a section. `host` names the machine of a rank.
    pub(super) fn observe<'h>(
        &mut self,
        seconds: &mut Seconds,
        point: &Point<'_>,
        host: impl Fn(u32) -> &'h str,
    ) -> Option<Scores> {
        let section = seconds.0.as_mut()?;
        let before = section.len();
        if before == 0 && self.known + point.ranks.len() > MOST {
            self.slow.too_many(point.tag);
            return None;
        }
        let (scores, changes) = section.observe(point, &mut self.thresholds);
        self.known = self.known + section.len() - before;
        for change in changes {
            self.slow
                .note(point.tag, point.step, host(change.rank()), change);
        }
        scores
    }

    /// Ranks that were slow.
    pub(super) fn slow(&self) -> &[Slow] {
        &self.slow.all
    }

    /// Sentences that were not taken yet.
    pub(super) fn take(&mut self) -> Vec<String> {
        self.slow.take()
    }
}
