//! Runs that are computed of others: mean, least and greatest value of the curves of a group.
//!
//! Each of them is a run without files, named `GROUP [mean]`, `GROUP [min]` or `GROUP [max]`.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Weak};

use rayon::ThreadPool;
use rayon::prelude::*;

use crate::curve::whole::Sieve;
use crate::kept::Kept;
use crate::pattern::Pattern;
use crate::reduction::{STATISTICS, reduce};
use crate::run::{Run, Shown};
use crate::samples::Samples;

/// The groups of a log.
#[derive(Default)]
pub struct Groups {
    patterns: Vec<Pattern>,
    made: BTreeMap<String, Group>,
    /// Why there is less than was asked for.
    pub failure: Option<String>,
}

#[derive(Default)]
struct Group {
    /// The runs that it was computed of.
    members: Vec<Weak<Run>>,
    tags: BTreeMap<Box<str>, Tag>,
    runs: Vec<Arc<Run>>,
    sieve: Sieve,
}

/// A tag of a group.
struct Tag {
    /// The curves that it was computed of.
    of: Vec<Weak<Kept>>,
    sieve: Sieve,
    shown: [Option<Shown<Kept>>; 3],
}

impl Groups {
    /// The groups of some patterns.
    pub fn new(patterns: Vec<Pattern>) -> Self {
        Self {
            patterns,
            ..Self::default()
        }
    }

    /// True if others are computed of a run.
    pub fn has(&self, run: &str) -> bool {
        self.patterns.iter().any(|one| one.group_of(run).is_some())
    }

    /// Computes what has changed.
    pub fn update(
        &mut self,
        runs: &[Arc<Run>],
        samples: &Samples,
        sieve: Sieve,
        pool: Option<&ThreadPool>,
    ) {
        if self.patterns.is_empty() {
            return;
        }
        let members = self.members(runs);
        self.made.retain(|name, _| members.contains_key(name));
        let taken: HashSet<&str> = runs.iter().map(|run| run.name.as_str()).collect();
        for (name, members) in members {
            let group = self.made.entry(name.clone()).or_default();
            let is_same = group.sieve == sieve && is_of(&group.members, &members);
            if !is_same {
                group.sieve = sieve;
                match pool {
                    Some(pool) => pool.install(|| group.update(&members, samples)),
                    None => group.update(&members, samples),
                }
            }
            group.name(&name, &members, &taken);
        }
    }

    /// Bytes of the curves that were computed.
    pub fn bytes(&self) -> usize {
        let tags = self.made.values().flat_map(|group| group.tags.values());
        let curves = tags.flat_map(|tag| tag.shown.iter().flatten());
        curves.map(|one| one.points.bytes()).sum()
    }

    /// The runs of all groups.
    pub fn runs(&self) -> impl Iterator<Item = Arc<Run>> {
        self.made
            .values()
            .flat_map(|group| group.runs.iter().cloned())
    }

    /// From the name of each group to its runs, in the order of their names.
    fn members(&mut self, runs: &[Arc<Run>]) -> BTreeMap<String, Vec<Arc<Run>>> {
        let mut members: BTreeMap<String, Vec<Arc<Run>>> = BTreeMap::new();
        self.failure = None;
        for pattern in &self.patterns {
            let mut is_found = false;
            for run in runs {
                let Some(group) = pattern.group_of(&run.name) else {
                    continue;
                };
                is_found = true;
                let all = members.entry(group).or_default();
                if !all.iter().any(|one| Arc::ptr_eq(one, run)) {
                    all.push(run.clone());
                }
            }
            if !is_found && let Some(first) = runs.first() {
                let (text, count) = (pattern.text(), runs.len());
                let runs = if count == 1 { "run" } else { "runs" };
                self.failure = Some(format!(
                    "the group {text:?} is found in the name of none of {count} {runs}, such as {:?}",
                    first.name
                ));
            }
        }
        for all in members.values_mut() {
            all.sort_by(|one, other| one.name.cmp(&other.name));
        }
        members
    }
}

impl Group {
    fn update(&mut self, members: &[Arc<Run>], samples: &Samples) {
        let mut tags: BTreeMap<&str, Vec<&Shown<Kept>>> = BTreeMap::new();
        for run in members {
            for curve in &run.scalars {
                let all = tags.entry(&curve.tag).or_default();
                // Numbers of another dashboard are something else.
                let is_alike =
                    |first: &&Shown<Kept>| first.described.plugin() == curve.described.plugin();
                if all.first().is_none_or(is_alike) {
                    all.push(curve);
                }
            }
        }
        let mut before = std::mem::take(&mut self.tags);
        let jobs: Vec<_> = tags
            .into_iter()
            .map(|(tag, curves)| (tag, curves, before.remove(tag)))
            .collect();
        let sieve = self.sieve;
        let make = |(tag, curves, before): (&str, Vec<&Shown<Kept>>, Option<Tag>)| {
            let points: Vec<_> = curves.iter().map(|one| one.points.clone()).collect();
            let same = before.filter(|tag| tag.sieve == sieve && is_of(&tag.of, &points));
            (
                tag.into(),
                same.unwrap_or_else(|| Tag::new(tag, &curves, &points, sieve, samples)),
            )
        };
        self.tags = jobs.into_par_iter().map(make).collect();
        self.members = members.iter().map(Arc::downgrade).collect();
        self.runs.clear();
    }

    /// Makes the runs. Their names are those of no others.
    fn name(&mut self, name: &str, members: &[Arc<Run>], taken: &HashSet<&str>) {
        let names = STATISTICS.map(|statistic| {
            let (mut left, mut right) = ("[".to_owned(), "]".to_owned());
            loop {
                let name = format!("{name} {left}{statistic}{right}");
                if !taken.contains(name.as_str()) {
                    return name;
                }
                left.push('[');
                right.push(']');
            }
        });
        let is_named = self.runs.iter().map(|run| &run.name).eq(&names);
        if is_named {
            return;
        }
        let start = members.iter().map(|run| run.start).reduce(f64::min);
        let run = |(at, name): (usize, String)| {
            let series = self
                .tags
                .values()
                .filter_map(|tag| tag.shown.get(at)?.clone());
            let scalars: Vec<_> = series.collect();
            let plugins = scalars.iter().map(|one| one.described.plugin().into());
            Arc::new(Run {
                name,
                start: start.unwrap_or_default(),
                files: Vec::new(),
                plugins: plugins.collect(),
                scalars,
                others: Vec::new(),
                events: 0,
                damaged: 0,
            })
        };
        self.runs = names.into_iter().enumerate().map(run).collect();
    }
}

impl Tag {
    fn new(
        tag: &str,
        curves: &[&Shown<Kept>],
        points: &[Arc<Kept>],
        sieve: Sieve,
        samples: &Samples,
    ) -> Self {
        let of = points.iter().map(Arc::downgrade).collect();
        let described = curves.first().map(|one| one.described.clone());
        let most = described.as_ref().map_or(0, |one| samples.of(one.plugin()));
        // They are in memory: an index keeps too few points of members, so there is none.
        let curves: Vec<_> = points.iter().filter_map(|one| one.curve().ok()).collect();
        let all: Vec<_> = curves.iter().map(|curve| curve.all()).collect();
        let shown = reduce(&all, sieve, most).map(|curve| {
            Some(Shown {
                tag: tag.into(),
                described: described.clone()?,
                max_step: curve.last_step()?,
                max_time: curve.max_time()?,
                points: Arc::new(curve.into()),
            })
        });
        Self { of, sieve, shown }
    }
}

/// True if these are what something was computed of.
fn is_of<T>(before: &[Weak<T>], now: &[Arc<T>]) -> bool {
    // A place in memory is not used again while there is a weak pointer to it.
    let is_same = |(before, now): (&Weak<T>, &Arc<T>)| before.as_ptr() == Arc::as_ptr(now);
    before.len() == now.len() && before.iter().zip(now).all(is_same)
}
