//! The scalars of a log, column by column.

use std::sync::{Mutex, PoisonError};

use super::kind::Kind;
use super::log::Log;
use super::merged::{Merged, Policy, Run};
use super::watch::Watch;
use crate::error::Result;
use crate::parallel;

/// Points that are worth a thread.
const MIN_POINTS_PER_THREAD: usize = 100_000;
/// Bytes of a point in all columns together.
const POINT_BYTES: usize = 2 * 4 + 3 * 8;

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

/// The scalars of a log, which have been chosen and not yet been copied into columns.
pub struct ScalarPoints<'l> {
    /// Names of the runs, in order.
    pub runs: Vec<String>,
    /// Tags, in order.
    pub tags: Vec<String>,
    /// Run and tag of the points.
    pub groups: Vec<Group>,
    /// Points.
    pub count: usize,
    parts: Vec<(Group, Merged<'l>)>,
    log: &'l Log,
}

/// Room for columns, as bytes in the order of this machine: four a point for each code, eight for all else.
pub struct ScalarColumns<'b> {
    /// Number of the run of each point.
    pub runs: &'b mut [[u8; 4]],
    /// Number of the tag.
    pub tags: &'b mut [[u8; 4]],
    /// Global step.
    pub steps: &'b mut [[u8; 8]],
    /// Seconds since the epoch.
    pub times: &'b mut [[u8; 8]],
    /// The number.
    pub values: &'b mut [[u8; 8]],
}

impl Log {
    /// The scalars of what was read.
    ///
    /// # Errors
    ///
    /// `is_argument` if a step is there twice where none may be.
    pub fn scalars(&self, policy: Policy) -> Result<Scalars> {
        let points = self.scalar_points(policy)?;
        let mut scalars = Scalars::default();
        for (_, one) in &points.parts {
            one.chosen.extend(&one.series.steps, &mut scalars.steps);
            one.chosen.extend(&one.series.times, &mut scalars.times);
            one.chosen.extend(&one.series.values, &mut scalars.values);
        }
        let ScalarPoints {
            runs, tags, groups, ..
        } = points;
        Ok(Scalars {
            runs,
            tags,
            groups,
            ..scalars
        })
    }

    /// The scalars of what was read, for a caller that has room for them.
    ///
    /// # Errors
    ///
    /// `is_argument` if a step is there twice where none may be.
    pub fn scalar_points(&self, policy: Policy) -> Result<ScalarPoints<'_>> {
        let mut all = Vec::new();
        for run in Run::all(self) {
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
        let mut points = ScalarPoints {
            runs: Vec::with_capacity(all.len()),
            tags: Vec::new(),
            groups: Vec::new(),
            count: 0,
            parts: Vec::new(),
            log: self,
        };
        for (run, series) in all {
            for one in series {
                let group = Group {
                    run: points.runs.len() as u32,
                    tag: tags.binary_search(&one.tag).unwrap_or_default() as u32,
                    count: one.chosen.len(),
                };
                points.count += group.count;
                // A tag may have both forms of scalars.
                match points.groups.last_mut() {
                    Some(last) if (last.run, last.tag) == (group.run, group.tag) => {
                        last.count += group.count;
                    }
                    _ => points.groups.push(group),
                }
                points.parts.push((group, one));
            }
            points.runs.push(run.into());
        }
        points.tags = tags.into_iter().map(Into::into).collect();
        Ok(points)
    }
}

impl ScalarPoints<'_> {
    /// Copies the points into columns of `count` points, with the threads of the log. The watch gets the bytes of the columns.
    ///
    /// # Errors
    ///
    /// `is_stopped` if the watch ended it; then the columns are not whole.
    pub fn fill(&self, columns: ScalarColumns<'_>, watch: &Watch<'_>) -> Result<()> {
        let wanted = self.count / MIN_POINTS_PER_THREAD;
        let pool = if wanted > 1 { self.log.pool() } else { None };
        let shares = if pool.is_some() { wanted.min(64) } else { 1 };
        let mut rest = (&*self.parts, columns);
        let work = (0..shares).map(|share| {
            let (parts, columns) = &mut rest;
            let most = self.count / shares;
            let mut count = 0;
            let enough = parts.iter().position(|(group, _)| {
                let is_full = count >= most && share + 1 < shares;
                count += if is_full { 0 } else { group.count };
                is_full
            });
            let (mine, others) = parts.split_at(enough.unwrap_or(parts.len()));
            *parts = others;
            Mutex::new(Some((mine, columns.split_off(count))))
        });
        let work: Vec<_> = work.collect();
        let look = || watch.look();
        let looks = Some((watch.every(), &look as &dyn Fn()));
        parallel::each_watched(pool.as_ref(), shares, looks, |at| {
            let mine = work
                .get(at)
                .and_then(|mine| mine.lock().unwrap_or_else(PoisonError::into_inner).take());
            if let Some((parts, columns)) = mine {
                fill(parts, columns, watch);
            }
        });
        watch.check()
    }
}

fn fill(parts: &[(Group, Merged<'_>)], mut columns: ScalarColumns<'_>, watch: &Watch<'_>) {
    for (group, one) in parts {
        let ScalarColumns {
            runs,
            tags,
            steps,
            times,
            values,
        } = columns.split_off(group.count);
        runs.fill(group.run.to_ne_bytes());
        tags.fill(group.tag.to_ne_bytes());
        let (chosen, series) = (&one.chosen, &one.series);
        chosen.copy(&series.steps, steps, i64::to_ne_bytes);
        chosen.copy(&series.times, times, f64::to_ne_bytes);
        chosen.copy(&series.values, values, f64::to_ne_bytes);
        if !watch.advance((group.count * POINT_BYTES) as u64) {
            return;
        }
    }
}

impl ScalarColumns<'_> {
    /// Takes the first `count` points off.
    fn split_off(&mut self, count: usize) -> Self {
        Self {
            runs: self.runs.split_off_mut(..count).unwrap_or_default(),
            tags: self.tags.split_off_mut(..count).unwrap_or_default(),
            steps: self.steps.split_off_mut(..count).unwrap_or_default(),
            times: self.times.split_off_mut(..count).unwrap_or_default(),
            values: self.values.split_off_mut(..count).unwrap_or_default(),
        }
    }
}
