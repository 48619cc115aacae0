//! Counts of a reduction.

use std::collections::BTreeMap;

use super::stragglers::Slow;

/// Counts so far.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Values that were read.
    pub values: u64,
    /// Values that a restart, or a later value of the same rank and step, has replaced.
    pub replaced: u64,
    /// Steps of tags that became points.
    pub points: u64,
    /// Values of steps that were there already.
    pub present: u64,
    /// Points of steps that lacked a rank.
    pub incomplete: u64,
    /// Values that came after their step had become a point, or after a later step had.
    pub late: u64,
    /// By rank, the points that lack it.
    pub missing: BTreeMap<u32, u64>,
    /// By rank, its values that came late.
    pub late_ranks: BTreeMap<u32, u64>,
    /// Ranks that logged or began to.
    pub ranks: u64,
    /// Number of ranks that the latest start has named.
    pub world_size: Option<u32>,
    /// Streams that are read.
    pub streams: u64,
    /// Damaged places in them.
    pub damage: u64,
    /// Ranks that took longer than the others for a section, in the order in which they were named.
    pub slow: Vec<Slow>,
}
