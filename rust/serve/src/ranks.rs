//! Curves of jobs whose ranks logged streams that rank 0 has not reduced, as in object stores: a run `JOB [ranks]` of its own.
//!
//! Where rank 0 has written these curves into its event file, streams are not read. If it wrote only a first part of them, the run
//! has all that the streams have.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tensorbolt::ranks::{Emit, Limits, Point, Reduction, StreamInput, Streams, Written, curves};
use tensorbolt::reader::{Form, OnDamage};

use crate::curve::{Curve, Points};
use crate::listing::RankStream;
use crate::metadata::Described;
use crate::run::{Run, Shown};
use crate::samples::Samples;

mod ends;

use ends::{Ends, WRITTEN};

/// The first curves of a point have values of the tag, which its title and description are about.
const OF_VALUES: usize = 5;

/// The jobs of a log.
#[derive(Default)]
pub struct Jobs {
    known: BTreeMap<String, Job>,
    listed: BTreeMap<String, Vec<RankStream>>,
    /// Of the jobs whose rank 0 has written curves.
    ends: BTreeMap<String, Ends>,
    /// Why a stream could not be read at the last look.
    pub failure: Option<String>,
}

struct Job {
    streams: Streams,
    reduction: Reduction,
    began: Instant,
    series: BTreeMap<String, Series>,
    start: f64,
    points: u64,
    run: Option<Arc<Run>>,
}

#[derive(Default)]
struct Series {
    described: Option<Described>,
    points: Points,
    curve: Arc<Curve>,
}

impl Jobs {
    /// Names the streams that there are now.
    pub fn set(&mut self, listed: impl Iterator<Item = RankStream>) {
        self.listed.clear();
        for stream in listed {
            let job = self.listed.entry(stream.run.clone()).or_default();
            job.push(stream);
        }
    }

    /// Reads what is new; `is_last` if there will be no other look. True if there was anything.
    pub fn update(&mut self, runs: &[Arc<Run>], samples: &Samples, is_last: bool) -> bool {
        let before = self.known.len();
        self.failure = None;
        self.ends.retain(|name, _| self.listed.contains_key(name));
        let mut listed = BTreeMap::new();
        for (name, streams) in &self.listed {
            let is_curve = |run: &&Arc<Run>| {
                let mut curves = run.scalars.iter();
                run.name == *name && curves.any(|one| one.tag.starts_with(WRITTEN))
            };
            let is_wanted = runs.iter().find(is_curve).is_none_or(|run| {
                let ends = self.ends.entry(name.clone()).or_default();
                let further = ends.go_further(run, streams, is_last);
                further.unwrap_or_else(|error| {
                    self.failure = Some(format!("cannot read the streams of {name}: {error}"));
                    self.known.contains_key(name)
                })
            });
            if is_wanted {
                listed.insert(name, streams);
            }
        }
        self.known.retain(|name, _| listed.contains_key(name));
        let mut any = self.known.len() < before;
        for (name, streams) in listed {
            let job = self.known.entry(name.clone()).or_insert_with(Job::new);
            let inputs = streams.iter().map(|stream| StreamInput {
                name: stream.name.clone(),
                origin: stream.origin.clone(),
            });
            any |= job.read(inputs.collect(), name, samples, is_last);
            for object in streams.iter().filter_map(|stream| stream.object.as_ref()) {
                object.release();
            }
            let failed = job.streams.take_errors().into_iter().next();
            self.failure = self
                .failure
                .take()
                .or(failed.map(|error| error.to_string()));
        }
        any
    }

    /// Bytes of the curves that were computed, and of those that are shown.
    pub fn bytes(&self) -> usize {
        let own = self.known.values().flat_map(|job| job.series.values());
        let shown = self.runs().map(|run| {
            let curves = run.scalars.iter().map(|one| one.points.bytes());
            curves.sum::<usize>()
        });
        own.map(|one| one.curve.bytes()).sum::<usize>() + shown.sum::<usize>()
    }

    /// The runs of all jobs.
    pub fn runs(&self) -> impl Iterator<Item = Arc<Run>> {
        self.known.values().filter_map(|job| job.run.clone())
    }
}

impl Job {
    fn new() -> Self {
        Self {
            streams: Streams::new(OnDamage::Skip),
            reduction: Reduction::new(Limits::default(), Written::default()),
            began: Instant::now(),
            series: BTreeMap::new(),
            start: f64::INFINITY,
            points: 0,
            run: None,
        }
    }

    fn read(
        &mut self,
        inputs: Vec<StreamInput>,
        name: &str,
        samples: &Samples,
        is_last: bool,
    ) -> bool {
        let before = self.points;
        let most = samples.of("scalars");
        self.streams.set(&mut self.reduction, inputs);
        loop {
            let now = self.began.elapsed();
            let mut new = Batch::default();
            let mut take = |point: &Point<'_>| new.push(point);
            // A single read, so that what is replaced comes before what replaces it.
            let has_more = self
                .streams
                .catch_up(&mut self.reduction, 1, now, &mut take);
            self.take(new, most);
            if !has_more {
                break;
            }
        }
        self.streams.poll(&mut self.reduction, self.began.elapsed());
        let mut new = Batch::default();
        let which = if is_last { Emit::All } else { Emit::Due };
        let now = self.began.elapsed();
        self.reduction
            .emit(which, now, &mut |point| new.push(point));
        self.take(new, most);
        let is_new = self.points > before;
        if is_new {
            self.run = Some(Arc::new(self.shown(name)));
        }
        is_new
    }

    fn take(&mut self, new: Batch, most: usize) {
        if let Some(step) = self.reduction.take_rewound() {
            for series in self.series.values_mut() {
                Arc::make_mut(&mut series.curve).cut(step);
            }
        }
        self.start = self.start.min(new.start);
        for (tag, new) in new.series {
            self.points += new.points.steps.len() as u64;
            let series = self.series.entry(tag).or_default();
            series.described = series.described.take().or(new.described);
            let curve = Arc::make_mut(&mut series.curve);
            if let Some(&first) = new.points.steps.first() {
                curve.cut(first);
            }
            curve.extend(&new.points, most);
        }
    }

    fn shown(&self, name: &str) -> Run {
        let usual = Described::of(Form::Number, None).map(Arc::new);
        let series = self.series.iter().filter_map(|(tag, series)| {
            let described = series.described.clone().map(Arc::new);
            Some(Shown {
                tag: tag.as_str().into(),
                described: described.or_else(|| usual.clone())?,
                max_step: series.curve.last_step()?,
                max_time: series.curve.max_time()?,
                points: Arc::new(series.curve.clone().into()),
            })
        });
        let scalars: Vec<_> = series.collect();
        let plugins = scalars.iter().map(|one| one.described.plugin().into());
        Run {
            name: format!("{name} [ranks]"),
            start: self.start,
            files: Vec::new(),
            plugins: plugins.collect(),
            scalars,
            others: Vec::new(),
            events: 0,
            damaged: self.streams.damage().count(),
        }
    }
}

/// New points of a job.
struct Batch {
    start: f64,
    series: BTreeMap<String, Series>,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            start: f64::INFINITY,
            series: BTreeMap::new(),
        }
    }
}

impl Batch {
    fn push(&mut self, point: &Point<'_>) {
        self.start = self.start.min(point.time);
        for (at, (prefix, value)) in curves(point).enumerate() {
            let series = self.series.entry([prefix, point.tag].concat()).or_default();
            series.points.steps.push(point.step);
            series.points.times.push(point.time);
            series.points.values.push(value as f32);
            if let Some(texts) = point.texts.filter(|_| at < OF_VALUES)
                && let Some(mut described) = Described::of(Form::Number, None)
            {
                let said = texts.metadata(prefix.is_empty());
                described.metadata.display_name = said.display_name;
                described.metadata.summary_description = said.summary_description;
                series.described = Some(described);
            }
        }
    }
}
