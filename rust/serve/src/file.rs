//! What is kept of one event file: the points of its tags.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use rayon::ThreadPool;
use tensorbolt::proto::summary::DataClass;
use tensorbolt::reader::{
    DrainedFile, Extra, Form, Fresh, FreshTag, Input, Look, Origin, Unchecked, Wanted, profile,
};

use crate::curve::whole::Sieve;
use crate::kept::Kept;
use crate::metadata::{Described, GRAPHS, PROFILES, RUN_GRAPH_TAG};
use crate::places::{Datum, Places};
use crate::samples::Samples;
use points::{count_blobs, data, doubles, numbers};

/// Field of an event with a graph.
const GRAPH_FIELD: u32 = 4;
/// Field of an event with a profile.
const PROFILE_FIELD: u32 = 8;

/// So many times as many bytes are read at a time where most are skipped.
const SKIPPED_FACTOR: u64 = 16;

/// A file.
pub struct File {
    reader: DrainedFile,
    /// Scalars by tag.
    pub scalars: HashMap<Box<str>, Series<Kept>>,
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
    /// Payloads that were not compared with their checksums yet, in the order of the file.
    pub unchecked: Vec<Unchecked>,
    /// True if all of it is compared at once, because something was damaged.
    is_strict: bool,
    /// True until the file itself was asked whether it is what the index remembers.
    is_restored: bool,
    /// True if the index has all that was read.
    pub is_stored: bool,
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

mod points;
mod record;

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
            unchecked: Vec::new(),
            is_strict: false,
            is_restored: false,
            is_stored: false,
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
        if std::mem::take(&mut self.is_restored) && !self.reader.goes_on() || self.is_lost() {
            self.restart();
        }
        let is_local = matches!(self.input().origin, Origin::Path(_));
        let wanted = Wanted {
            // Long ranges of objects are cheaper than many short ones.
            defers: is_local && !self.is_strict,
            ..*wanted
        };
        // Where most bytes are skipped, threads that look for their first record would read them.
        let is_long = self.is_mostly_long();
        let (most, pool) = if is_long && wanted.defers {
            (most.saturating_mul(SKIPPED_FACTOR), None)
        } else {
            (most, pool)
        };
        let fresh = match self.reader.read(&wanted, most, pool) {
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
        self.is_stored = false;
        if let Err(error) = self.take(&fresh, samples) {
            // The next look reads all of it.
            self.failure = Some(format!("cannot read the index: {error}"));
            return Brought::Failure;
        }
        Brought::Something
    }

    /// Takes note of why it cannot be read now.
    pub fn failed(&mut self, error: &io::Error) -> Brought {
        self.failure = Some(format!("cannot read {}: {error}", self.input().name));
        Brought::Failure
    }

    fn is_mostly_long(&self) -> bool {
        let bytes = |one: &Unchecked| u64::from(one.length);
        self.offset() / 2 < self.unchecked.iter().map(bytes).sum()
    }

    /// Takes the result of comparing the first `count` of the payloads that were not compared before. If one is damaged,
    /// the file is to be read again, and all of it compared.
    pub fn compared(&mut self, count: usize, is_whole: bool) {
        if is_whole {
            self.unchecked.drain(..count.min(self.unchecked.len()));
            self.is_stored &= count == 0;
            return;
        }
        self.restart();
        self.is_strict = true;
    }

    /// Forgets all that was read; the next look begins at the start.
    pub fn restart(&mut self) {
        self.forget();
        self.reader = DrainedFile::new(self.input().clone());
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
                any |= Kept::change(&mut series.points, |curve| curve.thin(longest, sieve)).is_ok();
            }
        }
        any
    }

    /// True if points of it were in the index, and cannot be read any more.
    pub fn is_lost(&self) -> bool {
        self.scalars.values().any(|one| one.points.is_lost())
    }

    fn forget(&mut self) {
        self.is_stored = false;
        self.scalars.clear();
        self.others.clear();
        (self.floor, self.start) = (None, None);
        (self.events, self.damaged) = (0, 0);
        self.unchecked.clear();
    }

    fn take(&mut self, fresh: &Fresh, samples: &Samples) -> io::Result<()> {
        self.events += fresh.events();
        self.damaged += fresh.damaged();
        self.unchecked.extend_from_slice(fresh.unchecked());
        self.start = lowest(self.start, fresh.times().map(|times| times.0));
        if let Some(floor) = fresh.floor() {
            self.floor = Some(self.floor.map_or(floor, |known| known.min(floor)));
            self.cut(floor, fresh)?;
        }
        for tag in fresh.tags() {
            self.take_tag(&tag, samples)?;
        }
        for extra in fresh.extras() {
            self.take_extra(extra, samples);
        }
        Ok(())
    }

    /// A start drops the points of all tags, also of those that have no new ones.
    fn cut(&mut self, floor: i64, fresh: &Fresh) -> io::Result<()> {
        let new: std::collections::HashSet<&str> = fresh.tags().map(|one| one.tag).collect();
        let is_old = |tag: &str, own: i64| own != i64::MAX && !new.contains(tag);
        for (tag, series) in &mut self.scalars {
            if is_old(tag, series.floor) {
                Kept::change(&mut series.points, |curve| curve.cut(floor))?;
            }
        }
        for (tag, series) in &mut self.others {
            if is_old(tag, series.floor) {
                Arc::make_mut(&mut series.points).cut(floor);
            }
        }
        Ok(())
    }

    fn take_tag(&mut self, fresh: &FreshTag<'_>, samples: &Samples) -> io::Result<()> {
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
                let sieve = self.sieve;
                Kept::change(&mut series.points, |curve| {
                    curve.cut(fresh.floor);
                    if let Some(sieve) = sieve {
                        curve.keep_all(&doubles(&drawn), most, sieve);
                    }
                    curve.extend(&points, most);
                    curve.shrink();
                })?;
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
        Ok(())
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
