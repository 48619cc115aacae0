//! Rules: by what the values of a tag are reduced.

use super::fnmatch::matches;
use super::statistics::Statistics;
use crate::reader::Rule;

/// What a curve of a tag shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Mean of the values.
    #[default]
    Mean,
    /// Their sum.
    Sum,
    /// The lowest.
    Min,
    /// The highest.
    Max,
    /// The one with the latest wall time; of several, that of the highest rank.
    Last,
}

impl Kind {
    /// The kind of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "mean" => Self::Mean,
            "sum" => Self::Sum,
            "min" => Self::Min,
            "max" => Self::Max,
            "last" => Self::Last,
            _ => return None,
        })
    }

    /// The value of a curve. `times` are those of the values.
    pub(super) fn of(self, statistics: &Statistics, values: &[f64], times: &[f64]) -> f64 {
        match self {
            Self::Mean => statistics.mean,
            Self::Sum => statistics.sum,
            Self::Min => statistics.min,
            Self::Max => statistics.max,
            Self::Last => {
                let latest = values
                    .iter()
                    .zip(times)
                    .max_by(|(_, one), (_, other)| one.total_cmp(other));
                latest.map_or(f64::NAN, |(&value, _)| value)
            }
        }
    }
}

/// All rules. Exact names come before patterns, later rules before earlier ones.
#[derive(Debug, Default)]
pub(super) struct Rules(Vec<(String, Kind)>);

impl Rules {
    /// Adds rules; those of an unknown kind, from a later version, have no effect.
    pub(super) fn add(&mut self, rules: Vec<Rule>) {
        for Rule { pattern, kind } in rules {
            if let Some(kind) = Kind::of_name(&kind) {
                // One of the same words would never come to act.
                self.0.retain(|(known, _)| *known != pattern);
                self.0.push((pattern, kind));
            }
        }
    }

    /// The kind of a tag.
    pub(super) fn kind(&self, tag: &str) -> Kind {
        let mut later = self.0.iter().rev();
        let exact = later.clone().find(|(name, _)| name == tag);
        let found = exact.or_else(|| later.find(|(pattern, _)| matches(pattern, tag)));
        found.map_or_else(Kind::default, |&(_, kind)| kind)
    }
}
