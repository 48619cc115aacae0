//! Scores of the ranks of a section.

/// Scores of the ranks of a section, from 0 to 1, after a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// Lowest score of a rank against the fastest one: 0.5 if it takes twice as long.
    pub relative: f64,
    /// The rank of it.
    pub slowest: u32,
    /// Lowest score of a rank against its own best past.
    pub individual: f64,
    /// The rank of it.
    pub slowed: u32,
}
