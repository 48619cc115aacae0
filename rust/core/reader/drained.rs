//! A file whose points are handed over as they are read, and kept by the caller in a form of its own.

use std::borrow::Cow;
use std::io;

use rayon::ThreadPool;

use super::contents::{Contents, Extra, Wanted};
use super::frames::{Cause, Unchecked};
use super::kind::Kind;
use super::log::{Input, LogFile, State};
use super::policy::{Chosen, Duplicates, Restarts, choose};
use super::position::Position;
use super::series::{Place, Series};
use super::source::Source;
use super::starts::Starts;
use super::tags::{FORMS, Form, Metadata, Tag};
use super::watch::Watch;

/// A file, and how far it was read. Nothing of it is kept but what later values need.
pub struct DrainedFile(LogFile);

/// What a file had at a look.
pub enum Look {
    /// There is no such file any more.
    Gone,
    /// Nothing new.
    Same,
    /// Something new.
    New(Box<Fresh>),
    /// It cannot be read now. The next look tries again.
    Failed(String),
}

/// What was read of a file at one look.
pub struct Fresh {
    contents: Contents,
    /// True if the file was replaced or became shorter: what it had before does not count any more.
    pub is_restart: bool,
}

/// New points of one tag in one form.
pub struct FreshTag<'f> {
    /// Name of the tag.
    pub tag: &'f str,
    /// Metadata from its first value.
    pub metadata: Option<&'f Metadata>,
    /// Form of the points.
    pub form: Form,
    /// Points that the tag had before do not count from this step on.
    pub floor: i64,
    series: &'f Series,
    chosen: Chosen,
}

/// Points of one tag, column by column, in the order of their steps.
pub struct Drawn<'f> {
    /// Global step of each.
    pub steps: Cow<'f, [i64]>,
    /// Seconds since the epoch.
    pub times: Cow<'f, [f64]>,
    /// Numbers; empty if the points are none.
    pub values: Cow<'f, [f64]>,
    /// Where their messages are; empty if all are numbers that were kept.
    pub places: Cow<'f, [Place]>,
}

impl DrainedFile {
    /// A file of which nothing was read.
    #[must_use]
    pub fn new(input: Input) -> Self {
        Self(LogFile::new(input, 0))
    }

    /// A file that is read from a position on, unless it was replaced or is shorter.
    #[must_use]
    pub fn resumed(input: Input, position: Position) -> Self {
        Self(LogFile::resumed(input, position))
    }

    /// Its run, its name and its bytes.
    #[must_use]
    pub fn input(&self) -> &Input {
        &self.0.input
    }

    /// How far it was read.
    #[must_use]
    pub fn position(&self) -> Position {
        self.0.position()
    }

    /// Offset at which reading goes on.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.0.at()
    }

    /// Reads what begins in the next `most` bytes, a long part with the threads of `pool`.
    pub fn read(&mut self, wanted: &Wanted, most: u64, pool: Option<&ThreadPool>) -> Look {
        let Self(file) = self;
        let read = file.read(wanted, &|_| true, pool, most, &Watch::none());
        let is_restart = match &read.0 {
            State::Gone => return Look::Gone,
            State::Same => return Look::Same,
            State::Grown { .. } => false,
            State::Other { .. } => true,
        };
        if let Err(error) = file.accept(read, wanted.on_damage) {
            return Look::Failed(error.to_string());
        }
        let mut gaps = file.contents.gaps.iter();
        let failure = gaps.find_map(|gap| match &gap.cause {
            Cause::Unreadable(text) => Some(text.clone()),
            _ => None,
        });
        if let Some(text) = failure {
            return Look::Failed(format!("cannot read {}: {text}", file.input.name));
        }
        let kept = file.position().contents();
        let contents = std::mem::replace(&mut file.contents, kept);
        Look::New(Box::new(Fresh {
            contents,
            is_restart,
        }))
    }

    /// True if the bytes before the place at which reading goes on are those that were read.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        let source = self.0.input.origin.open();
        source.is_ok_and(|source| self.0.goes_on(&*source))
    }

    /// Opens it, for values that were not read.
    ///
    /// # Errors
    ///
    /// Errors of the operating system.
    pub fn open(&self) -> io::Result<Box<dyn Source + '_>> {
        self.0.input.origin.open()
    }
}

impl Fresh {
    /// The new points, tag by tag in the order in which tags came.
    pub fn tags(&self) -> impl Iterator<Item = FreshTag<'_>> {
        let starts = &self.contents.starts;
        let tags = self.contents.tags.iter();
        tags.flat_map(move |tag| {
            let forms = FORMS.into_iter();
            forms.filter_map(move |form| FreshTag::new(tag, form, tag.series(form)?, starts))
        })
    }

    /// The lowest step of the starts among it: points that any tag had before do not count from this step on.
    #[must_use]
    pub fn floor(&self) -> Option<i64> {
        self.contents.starts.lowest_since(0)
    }

    /// Events without a tag.
    #[must_use]
    pub fn extras(&self) -> &[Extra] {
        &self.contents.extras
    }

    /// Payloads that were not compared with their checksums, if such a read was wanted.
    #[must_use]
    pub fn unchecked(&self) -> &[Unchecked] {
        &self.contents.unchecked
    }

    /// Whole events that could be taken apart.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.contents.events
    }

    /// The lowest and the highest time.
    #[must_use]
    pub fn times(&self) -> Option<(f64, f64)> {
        self.contents.times
    }

    /// Damaged places.
    #[must_use]
    pub fn damaged(&self) -> usize {
        let gaps = self.contents.gaps.iter();
        gaps.filter(|gap| gap.cause.is_damage()).count()
    }
}

impl<'f> FreshTag<'f> {
    fn new(tag: &'f Tag, form: Form, series: &'f Series, starts: &Starts) -> Option<Self> {
        let purged = series.purged_after(starts);
        let kind = tag.tensor_kind().filter(|_| form != Form::Number);
        // What describes the whole run is never purged.
        let (restarts, duplicates) = match kind {
            Some(Kind::HParams) => (Restarts::Keep, Duplicates::All),
            _ => (Restarts::Purge, Duplicates::Last),
        };
        let chosen = choose(&series.steps, &series.marks, purged, restarts, duplicates).ok()?;
        let marks = series.marks.iter().map(|mark| mark.step);
        let steps = series.steps.iter().copied();
        let floor = steps.chain(marks).chain(purged).min()?;
        Some(Self {
            tag: &tag.name,
            metadata: tag.metadata.as_ref(),
            form,
            floor: if restarts == Restarts::Keep {
                i64::MAX
            } else {
                floor
            },
            series,
            chosen,
        })
    }

    /// The points that count.
    #[must_use]
    pub fn points(&self) -> Drawn<'f> {
        Drawn {
            steps: drawn(&self.series.steps, &self.chosen),
            times: drawn(&self.series.times, &self.chosen),
            values: drawn(&self.series.values, &self.chosen),
            places: drawn(&self.series.places, &self.chosen),
        }
    }
}

fn drawn<'f, T: Copy>(all: &'f [T], chosen: &Chosen) -> Cow<'f, [T]> {
    match chosen {
        Chosen::All(range) => Cow::Borrowed(all.get(range.clone()).unwrap_or_default()),
        Chosen::These(_) => {
            let mut these = Vec::with_capacity(chosen.len());
            chosen.extend(all, &mut these);
            Cow::Owned(these)
        }
    }
}
