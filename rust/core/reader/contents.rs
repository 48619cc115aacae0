//! The contents of a file or of a stretch of one: the points of every tag, and the places of all long values.

use std::io;

use super::event::{Data, Event, InFile, Value, What};
use super::frames::{Cause, Frame, Frames, Gap, Unchecked};
use super::kind::{Kind, Kinds};
use super::number::{MAX_NUMBER_TENSOR_BYTES, number};
use super::series::{Place, Point};
use super::source::Source;
use super::starts::Starts;
use super::tags::{Form, Metadata, Tags};
use super::watch::Watch;
use super::wire::{Bytes, Fault, Span, Wire, field};
use crate::record::{FOOTER_LEN, HEADER_LEN};

/// Treatment of damage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDamage {
    /// Go on behind it.
    #[default]
    Skip,
    /// Leave the rest of the file, as TensorBoard does.
    Stop,
    /// Damage is an error.
    Raise,
}

/// Selection of a file's contents.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// True if payloads are compared with their checksums; lengths always are.
    pub checksum: bool,
    /// True if long payloads that hold nothing but long values are not read: `Fresh::unchecked` names them, and the caller
    /// compares them with their checksums later.
    pub defers: bool,
    /// Treatment of damage.
    pub on_damage: OnDamage,
    /// Kinds of data.
    pub kinds: Kinds,
    /// The lowest and the highest step.
    pub steps: (i64, i64),
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            checksum: true,
            defers: false,
            on_damage: OnDamage::default(),
            kinds: Kinds::ALL,
            steps: (i64::MIN, i64::MAX),
        }
    }
}

/// Says which tags are wanted.
pub type WantsTag<'f> = &'f (dyn Fn(&str) -> bool + Sync);

/// A stretch of a file.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'s> {
    pub source: &'s dyn Source,
    /// Bytes of the file.
    pub length: u64,
    pub from: u64,
    /// Records that begin here or later do not belong to it.
    pub stop: u64,
    /// True if `from` is any place, and the first record has to be searched for.
    pub is_loose: bool,
    pub watch: &'s Watch<'s>,
}

/// An event that has no tag: a graph, the metadata of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Extra {
    /// Number of its field in an event.
    pub field: u32,
    /// Global step.
    pub step: i64,
    /// Seconds since the epoch.
    pub time: f64,
    /// First byte of the field's value.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

/// Contents of a file or of a stretch of one.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub tags: Tags,
    pub starts: Starts,
    pub extras: Vec<Extra>,
    pub gaps: Vec<Gap>,
    /// Long payloads that were not compared with their checksums.
    pub unchecked: Vec<Unchecked>,
    pub events: u64,
    /// The lowest and the highest time.
    pub times: Option<(f64, f64)>,
    pub version: Option<String>,
    /// Offsets of the first record, and of the first record after the stretch.
    pub begin: Option<u64>,
    pub end: u64,
    /// True if the rest of the file must not be read.
    pub is_given_up: bool,
}

impl Contents {
    /// Reads a stretch.
    pub(super) fn read(
        stretch: Stretch<'_>,
        wanted: &Wanted,
        wants_tag: WantsTag<'_>,
    ) -> io::Result<Self> {
        let Stretch {
            source,
            length,
            from,
            stop,
            is_loose,
            watch,
        } = stretch;
        let mut contents = Self::default();
        let mut frames = Frames::new(source, length, from, stop, wanted.checksum);
        let defers = wanted.defers && wanted.checksum;
        frames.set_deferring(defers);
        frames.window().watched(watch, from..stop);
        contents.begin = if is_loose {
            frames.synchronise()?
        } else {
            Some(from)
        };
        let mut event = Event::default();
        loop {
            let record = frames.at();
            let Some(frame) = frames.next()? else { break };
            match frame {
                Frame::Short { payload, mut bytes } => {
                    let all = bytes;
                    let looked = if event.look_for_scalar(all) {
                        Ok(())
                    } else {
                        event.look(&mut bytes, all.len())
                    };
                    match looked {
                        Ok(()) => {
                            contents.take(&event, &mut bytes, Some(all), payload, wanted, wants_tag)
                        }
                        Err(fault) => Err(fault),
                    }
                    .or_else(|fault| contents.malformed(fault, record, all.len()))?;
                }
                Frame::Long { payload, length } => {
                    let mut bytes = InFile {
                        window: frames.window(),
                        offset: payload,
                    };
                    let looked = event.look(&mut bytes, length);
                    let is_later = defers && looked.is_ok() && event.is_long();
                    if is_later {
                        contents.unchecked.push(Unchecked {
                            offset: payload,
                            length: length as u32,
                        });
                    }
                    if defers && !is_later && !frames.fits(payload, length)? {
                        contents.spoilt(Cause::Payload, record, length);
                    } else {
                        let mut bytes = InFile {
                            window: frames.window(),
                            offset: payload,
                        };
                        let mut take =
                            || contents.take(&event, &mut bytes, None, payload, wanted, wants_tag);
                        let taken = looked.and_then(|()| take());
                        taken.or_else(|fault| contents.malformed(fault, record, length))?;
                    }
                }
                Frame::Gap(gap) => contents.gaps.push(gap),
            }
            if wanted.on_damage != OnDamage::Skip
                && contents.gaps.iter().any(|gap| gap.cause.is_damage())
            {
                contents.is_given_up = true;
                break;
            }
        }
        contents.end = frames.at();
        frames.window().report(stop)?;
        Ok(contents)
    }

    fn malformed(&mut self, fault: Fault, record: u64, length: usize) -> io::Result<()> {
        match fault {
            Fault::Io(error) => Err(error),
            Fault::Malformed => {
                self.spoilt(Cause::Message, record, length);
                Ok(())
            }
        }
    }

    fn spoilt(&mut self, cause: Cause, record: u64, length: usize) {
        self.gaps.push(Gap {
            offset: record,
            length: (HEADER_LEN + length + FOOTER_LEN) as u64,
            cause,
        });
    }

    #[inline]
    fn take<B: Bytes>(
        &mut self,
        event: &Event,
        bytes: &mut B,
        payload: Option<&[u8]>,
        offset: u64,
        wanted: &Wanted,
        wants_tag: WantsTag<'_>,
    ) -> Result<(), Fault> {
        self.events += 1;
        if event.time.is_finite() && event.what != What::Nothing {
            let (first, last) = self.times.unwrap_or((event.time, event.time));
            self.times = Some((first.min(event.time), last.max(event.time)));
        }
        if event.what != What::Summary {
            return self.take_other(event, bytes, offset, wanted);
        }
        let names = event.names(payload);
        for value in &event.values {
            self.take_value(event, value, names, bytes, offset, wanted, wants_tag)?;
        }
        Ok(())
    }

    #[inline]
    #[expect(clippy::too_many_arguments, reason = "the hot path; each is needed")]
    fn take_value<B: Bytes>(
        &mut self,
        event: &Event,
        value: &Value,
        names: &[u8],
        bytes: &mut B,
        offset: u64,
        wanted: &Wanted,
        wants_tag: WantsTag<'_>,
    ) -> Result<(), Fault> {
        let raw = value.tag.of(names);
        let (tag, is_new) = self.tags.intern(raw, wants_tag);
        if is_new && std::str::from_utf8(raw).is_err() {
            self.gaps.push(Gap {
                offset: offset + value.message.start as u64,
                length: value.message.len() as u64,
                cause: Cause::Name,
            });
        }
        if let (Some(span), None) = (value.metadata, &tag.metadata) {
            match Metadata::parse(bytes.from(span.start, span.len())?) {
                Err(Fault::Malformed) if !tag.is_wanted => {}
                // Kept for tags that are not wanted too: a later read from this position may want them.
                metadata => tag.metadata = Some(metadata?),
            }
        }
        if !tag.is_wanted {
            return Ok(());
        }
        let place = Place {
            offset: offset + value.message.start as u64,
            length: value.message.len() as u32,
            is_number: false,
        };
        let mut point = Point {
            step: event.step,
            time: event.time,
            value: None,
            place: Some(place),
            bytes: value.message.len() as u64,
        };
        let (form, kind) = match value.data {
            Data::Number(number) => {
                (point.value, point.place) = (Some(number.into()), None);
                (Form::Number, Some(Kind::Scalars))
            }
            Data::Image(_) => (Form::Image, Some(Kind::Images)),
            Data::Histogram(_) => (Form::Histogram, Some(Kind::Histograms)),
            Data::Audio(_) => (Form::Audio, Some(Kind::Audio)),
            Data::Tensor(span) => {
                let kind = tag.tensor_kind();
                let may_be_number =
                    matches!(kind, None | Some(Kind::Scalars)) || tag.is_scalar_class();
                if may_be_number && span.len() <= MAX_NUMBER_TENSOR_BYTES {
                    point.value = number(bytes.from(span.start, span.len())?);
                    if kind == Some(Kind::Scalars) && point.value.is_some() {
                        point.place = None;
                    }
                }
                (
                    Form::Tensor,
                    kind.filter(|&kind| kind != Kind::Scalars || point.value.is_some()),
                )
            }
            Data::Nothing => (Form::Bare, tag.tensor_kind()),
        };
        if kind.map_or(wanted.kinds.has_some(), |kind| wanted.kinds.has(kind)) {
            let steps = match kind {
                // They describe the whole run.
                Some(Kind::HParams | Kind::Graphs) => (i64::MIN, i64::MAX),
                _ => wanted.steps,
            };
            tag.series_mut(form).push(point, &self.starts, steps);
        }
        Ok(())
    }

    #[cold]
    fn take_other<B: Bytes>(
        &mut self,
        event: &Event,
        bytes: &mut B,
        offset: u64,
        wanted: &Wanted,
    ) -> Result<(), Fault> {
        let (number, span) = match event.what {
            What::Nothing | What::Summary => return Ok(()),
            What::Version(span) => {
                let version = bytes.from(span.start, span.len())?;
                self.version
                    .get_or_insert(String::from_utf8_lossy(version).into_owned());
                return Ok(());
            }
            What::Session(span) => {
                if session_status(bytes.from(span.start, span.len())?)? == 1 {
                    self.starts.push(event.step);
                }
                (7, span)
            }
            What::Graph(span) => (4, span),
            What::Message(span) => (6, span),
            What::RunMetadata(span) => (8, span),
            What::MetaGraph(span) => (9, span),
        };
        if wanted.kinds.has(Kind::Graphs) {
            self.extras.push(Extra {
                field: number,
                step: event.step,
                time: event.time,
                offset: offset + span.start as u64,
                length: span.len() as u64,
            });
        }
        Ok(())
    }

    /// True if the file ends inside a record.
    pub(super) fn is_torn(&self) -> bool {
        self.gaps.last().is_some_and(|gap| gap.cause == Cause::Torn)
    }

    /// Appends the contents of the next stretch.
    pub(super) fn append(&mut self, other: Self) {
        self.tags.append(other.tags, &self.starts);
        self.starts.append(&other.starts);
        self.extras.extend(other.extras);
        self.gaps.retain(|gap| gap.cause != Cause::Torn);
        self.gaps.extend(other.gaps);
        self.unchecked.extend(other.unchecked);
        self.events += other.events;
        self.times = match (self.times, other.times) {
            (Some(mine), Some(theirs)) => Some((mine.0.min(theirs.0), mine.1.max(theirs.1))),
            (mine, theirs) => mine.or(theirs),
        };
        self.version = self.version.take().or(other.version);
        self.begin = self.begin.or(other.begin);
        self.end = other.end;
        self.is_given_up |= other.is_given_up;
    }
}

/// Status of a message of `SessionLog`: 1 for a start, 2 for a stop.
pub(super) fn session_status(mut bytes: &[u8]) -> Result<u64, Fault> {
    let (mut rest, mut status) = (Span::whole(bytes.len()), 0);
    while let Some((number, wire)) = field(&mut bytes, &mut rest)? {
        if let (1, Wire::Varint(value)) = (number, wire) {
            status = value;
        }
    }
    Ok(status)
}
