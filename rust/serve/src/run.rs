//! One run as replies see it: the series of all of its files, which no longer change.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, ErrorKind};
use std::sync::Arc;

use tensorbolt::proto::summary::DataClass;
use tensorbolt::reader::{Origin, Source, Unchecked, is_whole};

use crate::file::{File, Series};
use crate::kept::Kept;
use crate::metadata::Described;
use crate::places::Places;
use crate::samples::Samples;

/// A run.
pub struct Run {
    /// Its name.
    pub name: String,
    /// The lowest time of its events.
    pub start: f64,
    /// Its files.
    pub files: Vec<RunFile>,
    /// By tag.
    pub scalars: Vec<Shown<Kept>>,
    /// Tensors and blobs, by tag.
    pub others: Vec<Shown<Places>>,
    /// Names of the plugins.
    pub plugins: BTreeSet<String>,
    /// Events of its files.
    pub events: u64,
    /// Damaged places of its files.
    pub damaged: usize,
}

/// A file of a run.
#[derive(Clone)]
pub struct RunFile {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub origin: Origin,
    /// Payloads that were not compared with their checksums yet, in the order of the file.
    unchecked: Arc<[Unchecked]>,
}

impl RunFile {
    /// An error if the record of a value is damaged, unless that was looked for before.
    pub fn check(&self, source: &dyn Source, offset: u64) -> io::Result<()> {
        let after = self.unchecked.partition_point(|one| one.offset <= offset);
        let before = after.checked_sub(1).and_then(|at| self.unchecked.get(at));
        let Some(record) = before.filter(|one| offset - one.offset < u64::from(one.length)) else {
            return Ok(());
        };
        if is_whole(source, record.offset, record.length as usize)? {
            return Ok(());
        }
        Err(io::Error::new(
            ErrorKind::InvalidData,
            "its record is damaged",
        ))
    }
}

/// A series.
pub struct Shown<P> {
    /// Its tag.
    pub tag: Box<str>,
    /// What it is.
    pub described: Arc<Described>,
    /// Its points.
    pub points: Arc<P>,
    /// Step of the last one.
    pub max_step: i64,
    /// The latest time.
    pub max_time: f64,
}

impl<P> Clone for Shown<P> {
    fn clone(&self) -> Self {
        Self {
            tag: self.tag.clone(),
            described: self.described.clone(),
            points: self.points.clone(),
            ..*self
        }
    }
}

/// Points that several files have a part of.
trait Joined: Default {
    fn cut(&mut self, floor: i64);
    fn add(&mut self, other: &Self, file: u32, most: usize);
    fn last(&self) -> Option<(i64, f64)>;
}

impl Joined for Kept {
    fn cut(&mut self, floor: i64) {
        self.change_own(|curve| curve.cut(floor));
    }

    fn add(&mut self, other: &Self, _file: u32, most: usize) {
        // What cannot be read any more is noticed by the next look, which reads the file again.
        if let Ok(other) = other.curve() {
            self.change_own(|curve| curve.add(&other, most));
        }
    }

    fn last(&self) -> Option<(i64, f64)> {
        let end = self.end()?;
        Some((end.step, end.max_time))
    }
}

impl Joined for Places {
    fn cut(&mut self, floor: i64) {
        Places::cut(self, floor);
    }

    fn add(&mut self, other: &Self, file: u32, most: usize) {
        for &datum in other.all() {
            self.push(crate::places::Datum { file, ..datum }, most);
        }
    }

    fn last(&self) -> Option<(i64, f64)> {
        Some((self.last_step()?, self.max_time()?))
    }
}

impl Run {
    /// Of its files, in the order of their names; nothing if no event was read.
    pub fn new(name: &str, files: &[&File], samples: &Samples) -> Option<Self> {
        let events = files.iter().map(|file| file.events).sum();
        if events == 0 {
            return None;
        }
        let starts = files.iter().filter_map(|file| file.start);
        let mut scalars = joined(files, |file| &file.scalars, samples);
        scalars.retain(|one| one.described.class == DataClass::Scalar);
        let mut others = joined(files, |file| &file.others, samples);
        others.retain(|one| one.described.class != DataClass::Scalar);
        let plugins = scalars.iter().map(|one| one.described.plugin());
        let plugins = plugins.chain(others.iter().map(|one| one.described.plugin()));
        let plugins = plugins.map(Into::into).collect();
        let named = |file: &&File| RunFile {
            name: file.input().name.clone(),
            origin: file.input().origin.clone(),
            unchecked: file.unchecked.as_slice().into(),
        };
        Some(Self {
            name: name.into(),
            start: starts.reduce(f64::min).unwrap_or(0.0),
            files: files.iter().map(named).collect(),
            scalars,
            others,
            plugins,
            events,
            damaged: files.iter().map(|file| file.damaged).sum(),
        })
    }
}

/// The series of a run, by tag.
fn joined<'f, P: Joined + 'f>(
    files: &[&'f File],
    of: impl Fn(&'f File) -> &'f HashMap<Box<str>, Series<P>>,
    samples: &Samples,
) -> Vec<Shown<P>> {
    let mut tags: BTreeMap<&str, Vec<(usize, &Series<P>)>> = BTreeMap::new();
    for (at, &file) in files.iter().enumerate() {
        for (tag, series) in of(file) {
            tags.entry(tag).or_default().push((at, series));
        }
    }
    let shown = tags.into_iter().filter_map(|(tag, parts)| {
        // The first description counts.
        let described = described(tag, &parts, files)?;
        let points = match parts.as_slice() {
            [(0, only)] if files.len() == 1 => only.points.clone(),
            parts => Arc::new(join(parts, files, samples.of(described.plugin()))),
        };
        let (max_step, max_time) = points.last()?;
        Some(Shown {
            tag: tag.into(),
            described,
            points,
            max_step,
            max_time,
        })
    });
    shown.collect()
}

/// The first description of a tag, which a file may have under another form.
fn described<P>(
    tag: &str,
    parts: &[(usize, &Series<P>)],
    files: &[&File],
) -> Option<Arc<Described>> {
    let own = parts.iter().find_map(|(_, part)| part.described.clone());
    own.or_else(|| {
        files.iter().find_map(|file| {
            let scalars = file.scalars.get(tag).and_then(|one| one.described.clone());
            scalars.or_else(|| file.others.get(tag).and_then(|one| one.described.clone()))
        })
    })
}

/// The parts of a series in several files. A file that goes back drops what earlier ones had from there on.
fn join<P: Joined>(parts: &[(usize, &Series<P>)], files: &[&File], most: usize) -> P {
    let mut all = P::default();
    // What describes the whole run has no floor.
    let is_lasting = parts.iter().any(|(_, part)| part.floor == i64::MAX);
    let mut parts = parts.iter().peekable();
    for (at, file) in files.iter().enumerate() {
        let part = parts
            .next_if(|(number, _)| *number == at)
            .map(|(_, part)| part);
        let own = part.map_or(i64::MAX, |part| part.floor);
        if !is_lasting {
            all.cut(own.min(file.floor.unwrap_or(i64::MAX)));
        }
        if let Some(part) = part {
            all.add(&part.points, at as u32, most);
        }
    }
    all
}
