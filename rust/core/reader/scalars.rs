//! The scalars of a log, column by column.

use super::kind::Kind;
use super::log::Log;
use super::merged::{Policy, Run};
use crate::error::Result;

/// Points of one run and tag, which follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Number of the run.
    pub run: u32,
    /// Number of the tag.
    pub tag: u32,
    /// Points.
    pub count: usize,
}

/// Single numbers, in the order of runs and tags, and in each by step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scalars {
    /// Names of the runs, in order.
    pub runs: Vec<String>,
    /// Tags, in order.
    pub tags: Vec<String>,
    /// Run and tag of the points.
    pub groups: Vec<Group>,
    /// Global step of each.
    pub steps: Vec<i64>,
    /// Seconds since the epoch.
    pub times: Vec<f64>,
    /// The number; exact unless it was an integer beyond 2^53.
    pub values: Vec<f64>,
}

impl Log {
    /// The scalars of what was read.
    ///
    /// # Errors
    ///
    /// `is_argument` if a step is there twice where none may be.
    pub fn scalars(&self, policy: Policy) -> Result<Scalars> {
        let runs = Run::all(self);
        let mut all = Vec::with_capacity(runs.len());
        for run in &runs {
            let series = run.series(Some(Kind::Scalars), policy)?;
            if !series.is_empty() {
                all.push((run.name, series));
            }
        }
        let mut tags: Vec<&str> = all
            .iter()
            .flat_map(|(_, series)| series)
            .map(|series| series.tag)
            .collect();
        tags.sort_unstable();
        tags.dedup();
        let count = all
            .iter()
            .flat_map(|(_, series)| series)
            .map(|series| series.chosen.len())
            .sum();
        let mut scalars = Scalars {
            steps: Vec::with_capacity(count),
            times: Vec::with_capacity(count),
            values: Vec::with_capacity(count),
            ..Scalars::default()
        };
        for (run, series) in &all {
            for one in series {
                let group = Group {
                    run: scalars.runs.len() as u32,
                    tag: tags.binary_search(&one.tag).unwrap_or_default() as u32,
                    count: one.chosen.len(),
                };
                one.chosen.extend(&one.series.steps, &mut scalars.steps);
                one.chosen.extend(&one.series.times, &mut scalars.times);
                one.chosen.extend(&one.series.values, &mut scalars.values);
                // A tag may have both forms of scalars.
                match scalars.groups.last_mut() {
                    Some(last) if (last.run, last.tag) == (group.run, group.tag) => {
                        last.count += group.count;
                    }
                    _ => scalars.groups.push(group),
                }
            }
            scalars.runs.push((*run).into());
        }
        scalars.tags = tags.into_iter().map(Into::into).collect();
        Ok(scalars)
    }
}
