//! What is kept of one event file: the points of its tags.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::ThreadPool;
use tensorbolt::proto::summary::DataClass;
use tensorbolt::reader::{
    DrainedFile, Drawn, Extra, Form, Fresh, FreshTag, Input, Look, Place, Source, Wanted, pieces,
    profile,
};

use crate::curve::whole::{Sieve, Whole};
use crate::curve::{Curve, Points};
use crate::metadata::{Described, GRAPHS, PROFILES, RUN_GRAPH_TAG};
use crate::places::{Datum, NOT_COUNTED, Places};
use crate::samples::Samples;

/// Field of an event with a graph.
const GRAPH_FIELD: u32 = 4;
/// Field of an event with a profile.
const PROFILE_FIELD: u32 = 8;

/// A file.
pub struct File {
    reader: DrainedFile,
    /// Scalars by tag.
    pub scalars: HashMap<Box<str>, Series<Curve>>,
    /// Tensors and blobs by tag.
    pub others: HashMap<Box<str>, Series<Places>>,
    /// The lowest step of the starts in it: points of earlier files do not count from there on.
    pub floor: Option<i64>,
    /// The lowest time of its events.
    pub start: Option<f64>,
    /// Events of it.
    pub events: u64,
    /// Damaged places.
    pub damaged: usize,
    /// Why it could not be read at the last look.
    pub failure: Option<String>,
    /// Which steps are kept of a run whose curves others are computed of; nothing for other runs.
    sieve: Option<Sieve>,
}

/// Points of a tag.
pub struct Series<P> {
    /// Nothing if the file does not say what they are; an earlier file of the run may.
    pub described: Option<Arc<Described>>,
    /// Points of earlier files do not count from this step on.
    pub floor: i64,
    /// The points.
    pub points: Arc<P>,
}

impl<P: Default> Default for Series<P> {
    fn default() -> Self {
        Self {
            described: None,
            floor: i64::MAX,
            points: Arc::default(),
        }
    }
}

/// What a look brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brought {
    /// There may be more.
    Something,
    /// There is nothing new.
    Nothing,
    /// The file is gone.
    Gone,
    /// It cannot be read now.
    Failure,
}

impl File {
    /// A file of which nothing was read.
    pub fn new(input: Input, sieve: Option<Sieve>) -> Self {
        Self {
            reader: DrainedFile::new(input),
            scalars: HashMap::new(),
            others: HashMap::new(),
            floor: None,
            start: None,
            events: 0,
            damaged: 0,
            failure: None,
            sieve,
        }
    }

    /// Its run, its name and its bytes.
    pub fn input(&self) -> &Input {
        self.reader.input()
    }

    /// Offset at which reading goes on.
    pub fn offset(&self) -> u64 {
        self.reader.offset()
    }

    /// Reads what begins in the next `most` bytes.
    pub fn read(
        &mut self,
        wanted: &Wanted,
        samples: &Samples,
        most: u64,
        pool: Option<&ThreadPool>,
    ) -> Brought {
        self.failure = None;
        let fresh = match self.reader.read(wanted, most, pool) {
            Look::Gone => return Brought::Gone,
            Look::Same => return Brought::Nothing,
            Look::Failed(text) => {
                self.failure = Some(text);
                return Brought::Failure;
            }
            Look::New(fresh) => fresh,
        };
        if fresh.is_restart {
            self.forget();
        }
        self.take(&fresh, samples);
        Brought::Something
    }

    /// Bytes of memory of its points, and the points of its longest curve.
    pub fn weight(&self) -> (usize, usize) {
        let curves = || self.scalars.values().map(|one| &one.points);
        let places = self.others.values().map(|one| one.points.bytes());
        let bytes = curves().map(|one| one.bytes()).sum::<usize>() + places.sum::<usize>();
        (bytes, curves().map(|one| one.longest()).max().unwrap_or(0))
    }

    /// True if others are computed of its curves.
    pub fn is_member(&self) -> bool {
        self.sieve.is_some()
    }

    /// Thins out curves of more points than this; true if there was one.
    pub fn thin(&mut self, longest: usize, sieve: Sieve) -> bool {
        let mut any = false;
        self.sieve = self.sieve.map(|_| sieve);
        for series in self.scalars.values_mut() {
            if series.points.longest() > longest {
                Arc::make_mut(&mut series.points).thin(longest, sieve);
                any = true;
            }
        }
        any
    }

    fn forget(&mut self) {
        self.scalars.clear();
        self.others.clear();
        (self.floor, self.start) = (None, None);
        (self.events, self.damaged) = (0, 0);
    }

    fn take(&mut self, fresh: &Fresh, samples: &Samples) {
        self.events += fresh.events();
        self.damaged += fresh.damaged();
        self.start = lowest(self.start, fresh.times().map(|times| times.0));
        if let Some(floor) = fresh.floor() {
            self.floor = Some(self.floor.map_or(floor, |known| known.min(floor)));
            self.cut(floor, fresh);
        }
        for tag in fresh.tags() {
            self.take_tag(&tag, samples);
        }
        for extra in fresh.extras() {
            self.take_extra(extra, samples);
        }
    }

    /// A start drops the points of all tags, also of those that have no new ones.
    fn cut(&mut self, floor: i64, fresh: &Fresh) {
        let new: std::collections::HashSet<&str> = fresh.tags().map(|one| one.tag).collect();
        let is_old = |tag: &str, own: i64| own != i64::MAX && !new.contains(tag);
        for (tag, series) in &mut self.scalars {
            if is_old(tag, series.floor) {
                Arc::make_mut(&mut series.points).cut(floor);
            }
        }
        for (tag, series) in &mut self.others {
            if is_old(tag, series.floor) {
                Arc::make_mut(&mut series.points).cut(floor);
            }
        }
    }

    fn take_tag(&mut self, fresh: &FreshTag<'_>, samples: &Samples) {
        let described = Described::of(fresh.form, fresh.metadata);
        let is_unknown = fresh.form == Form::Tensor && fresh.metadata.is_none();
        let class = described.as_ref().map(|described| described.class);
        let plugin = described.as_ref().map_or("", Described::plugin);
        let most = samples.of(plugin);
        let drawn = fresh.points();
        if class == Some(DataClass::Scalar) || is_unknown {
            let points = numbers(&drawn);
            if class.is_some() || !points.values.is_empty() {
                let series = self.scalars.entry(fresh.tag.into()).or_default();
                series.describe(described.as_ref());
                series.floor = series.floor.min(fresh.floor);
                let curve = Arc::make_mut(&mut series.points);
                curve.cut(fresh.floor);
                if let Some(sieve) = self.sieve {
                    curve.keep_all(&doubles(&drawn), most, sieve);
                }
                curve.extend(&points, most);
                curve.shrink();
            }
        }
        let is_blob = class == Some(DataClass::BlobSequence);
        if is_blob || class == Some(DataClass::Tensor) || is_unknown {
            let series = self.others.entry(fresh.tag.into()).or_default();
            series.describe(described.as_ref());
            series.floor = series.floor.min(fresh.floor);
            let places = Arc::make_mut(&mut series.points);
            places.cut(fresh.floor);
            for datum in data(&drawn, fresh.form) {
                places.push(datum, most);
            }
            if (is_blob || is_unknown)
                && let Ok(source) = self.reader.open()
            {
                count_blobs(&*source, places, plugin);
            }
        }
    }

    fn take_extra(&mut self, extra: &Extra, samples: &Samples) {
        let part = extra.offset..extra.offset.saturating_add(extra.length);
        let (tag, plugin, part) = match extra.field {
            GRAPH_FIELD => (RUN_GRAPH_TAG.to_owned(), GRAPHS, part),
            PROFILE_FIELD => {
                let found = self
                    .reader
                    .open()
                    .and_then(|source| profile(&*source, part));
                let Ok((tag, part)) = found else { return };
                (tag, PROFILES, part)
            }
            _ => return,
        };
        let series = self.others.entry(tag.into()).or_default();
        series.describe(Some(&Described::blob(plugin)));
        let places = Arc::make_mut(&mut series.points);
        series.floor = series.floor.min(extra.step);
        places.cut(extra.step);
        let datum = Datum {
            step: extra.step,
            time: extra.time,
            offset: part.start,
            length: u32::try_from(part.end - part.start).unwrap_or(u32::MAX),
            blobs: 1,
            file: 0,
            form: None,
        };
        places.push(datum, samples.of(plugin));
    }
}

impl<P> Series<P> {
    /// The first description counts.
    fn describe(&mut self, described: Option<&Described>) {
        if self.described.is_none() {
            self.described = described.cloned().map(Arc::new);
        }
    }
}

fn lowest(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The points that are single numbers.
fn numbers(drawn: &Drawn<'_>) -> Points {
    if drawn.places.is_empty() {
        return Points {
            steps: drawn.steps.to_vec(),
            times: drawn.times.to_vec(),
            values: drawn.values.iter().map(|&value| value as f32).collect(),
        };
    }
    let these = number_places(drawn);
    let values = picked(&drawn.values, &these);
    Points {
        steps: picked(&drawn.steps, &these).collect(),
        times: picked(&drawn.times, &these).collect(),
        values: values.map(|value| value as f32).collect(),
    }
}

/// The same in double precision.
fn doubles(drawn: &Drawn<'_>) -> Whole {
    if drawn.places.is_empty() {
        return Whole::new(&drawn.steps, &drawn.times, &drawn.values);
    }
    let these = number_places(drawn);
    let pick = |all: &[f64]| -> Vec<f64> { picked(all, &these).collect() };
    let steps: Vec<i64> = picked(&drawn.steps, &these).collect();
    Whole::new(&steps, &pick(&drawn.times), &pick(&drawn.values))
}

fn number_places(drawn: &Drawn<'_>) -> Vec<usize> {
    let is_number = |at: &usize| drawn.places.get(*at).is_none_or(|place| place.is_number);
    let count = drawn.values.len().min(drawn.steps.len());
    (0..count).filter(is_number).collect()
}

fn picked<T: Copy>(all: &[T], these: &[usize]) -> impl Iterator<Item = T> {
    these.iter().filter_map(|&at| all.get(at).copied())
}

/// The points that have a place.
fn data(drawn: &Drawn<'_>, form: Form) -> impl Iterator<Item = Datum> {
    let points = drawn
        .steps
        .iter()
        .zip(drawn.times.iter())
        .zip(drawn.places.iter());
    points.filter_map(move |((&step, &time), place)| {
        (place.length > 0).then_some(Datum {
            step,
            time,
            offset: place.offset,
            length: place.length,
            blobs: match form {
                Form::Image => 3,
                Form::Audio => 1,
                _ => NOT_COUNTED,
            },
            file: 0,
            form: Some(form),
        })
    })
}

/// Counts the blobs of the points that are new; heads of fields alone are read.
fn count_blobs(source: &dyn Source, places: &mut Places, plugin: &str) {
    for datum in places.kept_mut() {
        if datum.blobs != NOT_COUNTED {
            continue;
        }
        let form = datum.form.unwrap_or(Form::Bare);
        let found = pieces(source, datum.place(), form);
        datum.blobs = found.map_or(0, |found| {
            crate::blob::strings(&found, plugin).count() as u32
        });
    }
}

impl Datum {
    /// Its place, as the reader takes it.
    pub fn place(&self) -> Place {
        Place {
            offset: self.offset,
            length: self.length,
            is_number: false,
        }
    }
}
