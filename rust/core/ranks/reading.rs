//! Streams of ranks in a log that is read: as curves, or each rank as a run.

use std::collections::BTreeMap;
use std::time::Duration;

use super::curves::curves;
use super::emission::Emit;
use super::point::Point;
use super::reduction::{Limits, Reduction};
use super::report::Report;
use super::streams::{StreamInput, Streams};
use super::written::Written;
use crate::error::{Error, Result};
use crate::reader::{Log, Made, OnDamage, RankRecord, Watch};

/// Bytes that are read between two looks at the watch.
const SLICE_BYTES: usize = 1 << 20;

/// Runs of ranks.
#[derive(Debug, Default)]
pub struct RankRuns {
    /// The run of the job.
    pub run: String,
    /// Name of the directory of its streams, for people.
    pub name: String,
}

impl RankRuns {
    /// The run of a rank.
    #[must_use]
    pub fn run_of(&self, rank: u32) -> String {
        match self.run.as_str() {
            "." => format!("rank_{rank:05}"),
            run => format!("{run}/rank_{rank:05}"),
        }
    }
}

/// Adds the curves of all values of the ranks to the run of their job, in place of those that its event files have.
///
/// # Errors
///
/// `is_store` if a stream cannot be read, `is_stopped` if the watch ended it, `is_corrupt` for damage, if that is to be an error.
pub fn read_curves(
    log: &mut Log,
    runs: &RankRuns,
    inputs: Vec<StreamInput>,
    on_damage: OnDamage,
    watch: &Watch<'_>,
) -> Result<Report> {
    let mut streams = Streams::new(on_damage);
    let mut reduction = Reduction::new(Limits::default(), Written::default());
    streams.set(&mut reduction, inputs);
    let mut made = Made::default();
    let mut tag = Vec::new();
    let now = Duration::ZERO;
    let mut done = 0;
    loop {
        let mut push = |point: &Point<'_>| {
            for (prefix, value) in curves(point) {
                tag.clear();
                tag.extend_from_slice(prefix.as_bytes());
                tag.extend_from_slice(point.tag.as_bytes());
                log.push(&mut made, &tag, point.step, point.time, value);
            }
        };
        let has_more = streams.catch_up(&mut reduction, SLICE_BYTES, now, &mut push);
        if !has_more {
            reduction.emit(Emit::All, now, &mut push);
            break;
        }
        watch.advance(streams.bytes() - done);
        watch.check()?;
        done = streams.bytes();
        check(&mut streams)?;
        if let Some(step) = reduction.take_rewound() {
            made.start(step);
        }
    }
    check(&mut streams)?;
    take_damage(log, &mut streams, runs, on_damage)?;
    let report = reduction.report();
    log.add_made(&runs.run, &runs.name, made, true);
    Ok(report)
}

/// Adds each rank as a run of its own, with the values as it logged them. `wants_run` says which runs are wanted. Returns how many
/// values these have.
///
/// # Errors
///
/// As for [`read_curves`].
pub fn read_ranks(
    log: &mut Log,
    runs: &RankRuns,
    inputs: Vec<StreamInput>,
    on_damage: OnDamage,
    wants_run: &dyn Fn(&str) -> bool,
    watch: &Watch<'_>,
) -> Result<u64> {
    let mut streams = Streams::new(on_damage);
    streams.set(
        &mut Reduction::new(Limits::default(), Written::default()),
        inputs,
    );
    let mut made: BTreeMap<u32, Option<Made>> = BTreeMap::new();
    let (mut done, mut values) = (0, 0);
    loop {
        let more = streams.each(SLICE_BYTES, &mut |rank, time, record| {
            let made = made
                .entry(rank)
                .or_insert_with(|| wants_run(&runs.run_of(rank)).then(Made::default));
            let Some(made) = made else { return };
            match record {
                RankRecord::Value {
                    tag, step, value, ..
                } => {
                    values += 1;
                    log.push(made, tag, step, time, value);
                }
                RankRecord::Start {
                    resumed: Some(step),
                    ..
                } => made.start(step),
                _ => {}
            }
        });
        watch.advance(streams.bytes() - done);
        watch.check()?;
        done = streams.bytes();
        check(&mut streams)?;
        if !more {
            break;
        }
    }
    take_damage(log, &mut streams, runs, on_damage)?;
    for (rank, made) in made {
        if let Some(made) = made {
            log.add_made(&runs.run_of(rank), &runs.name, made, false);
        }
    }
    Ok(values)
}

fn check(streams: &mut Streams) -> Result<()> {
    streams.take_errors().into_iter().next().map_or(Ok(()), Err)
}

fn take_damage(
    log: &mut Log,
    streams: &mut Streams,
    runs: &RankRuns,
    on_damage: OnDamage,
) -> Result<()> {
    let mut damaged: BTreeMap<String, Made> = BTreeMap::new();
    for (stream, gap) in streams.damage() {
        let name = format!("{}/{stream}", runs.name);
        if on_damage == OnDamage::Raise {
            return Err(Error::corrupt(format!(
                "{name}, byte {}: {}; pass on_damage=\"skip\" to read what is whole",
                gap.offset, gap.cause
            )));
        }
        damaged.entry(name).or_default().damaged(gap.clone());
    }
    for (name, made) in damaged {
        log.add_made(&runs.run, &name, made, false);
    }
    Ok(())
}
