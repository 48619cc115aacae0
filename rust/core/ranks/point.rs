//! A point: what becomes of the values of a tag at a step.

use super::statistics::Statistics;
use super::stragglers::Scores;
use super::texts::Texts;

/// A point of a tag.
#[derive(Clone, Copy, Debug)]
pub struct Point<'p> {
    /// The tag.
    pub tag: &'p str,
    /// Global step.
    pub step: i64,
    /// Wall time of the lowest rank, in seconds since the epoch.
    pub time: f64,
    /// Ranks, ascending.
    pub ranks: &'p [u32],
    /// Their values.
    pub values: &'p [f64],
    /// By the rule of the tag.
    pub value: f64,
    /// Statistics of the values.
    pub statistics: Statistics,
    /// Scores of the ranks, of the seconds of a section.
    pub scores: Option<Scores>,
    /// Title and description of the tag, in its first point that can have them.
    pub texts: Option<&'p Texts>,
}

impl Point<'_> {
    /// The rank of the highest value.
    #[must_use]
    pub fn max_rank(&self) -> u32 {
        let rank = self.ranks.get(self.statistics.argmax);
        rank.copied().unwrap_or_default()
    }
}
