//! The events of a file one by one, in its order: what a program wrote, not what counts of it.

use std::collections::HashSet;
use std::io;
use std::ops::Range;

use super::contents::OnDamage;
use super::event::{Data, Event, InFile, What};
use super::frames::{Cause, Frame, Frames, Gap};
use super::log::{Input, Origin};
use super::number::{MAX_NUMBER_TENSOR_BYTES, number};
use super::position::{self, Position};
use super::source::{LocalFile, Source};
use super::tags::Metadata;
use super::wire::{Bytes, Fault, Span};
use crate::error::{Error, Result};
use crate::files::identity;
use crate::record::{FOOTER_LEN, HEADER_LEN};

/// The next item of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// An event.
    Event(EventRecord),
    /// A damaged place.
    Gap(Gap),
}

/// An event, and where its parts are. Ranges count from the first byte of its payload.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRecord {
    /// First byte of its record in the file.
    pub offset: u64,
    /// Bytes of its payload.
    pub length: usize,
    /// The payload; nothing if it is long.
    pub payload: Option<Vec<u8>>,
    /// Seconds since the epoch.
    pub time: f64,
    /// Global step.
    pub step: i64,
    /// Number of the field that says what it is; 0 for nothing.
    pub field: u32,
    /// Contents of this field.
    pub content: Range<usize>,
    /// Values of a summary.
    pub values: Vec<ValueRecord>,
}

/// A value of a summary.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueRecord {
    /// Its tag, with U+FFFD in place of what is not UTF-8.
    pub tag: String,
    /// Its form: `number`, `image`, `histogram`, `audio`, `tensor` or `nothing`.
    pub form: &'static str,
    /// Its number, if it is a single one in either form.
    pub number: Option<f64>,
    /// All of its message.
    pub message: Range<usize>,
    /// The message of its form; empty for a number.
    pub data: Range<usize>,
    /// Metadata that it has itself.
    pub metadata: Option<Metadata>,
}

/// A part of a file.
#[derive(Debug, Default)]
pub struct Part {
    /// Events and damaged places, in the order of the file.
    pub items: Vec<Item>,
    /// True if the file has no more for now.
    pub is_last: bool,
    /// True if the file was replaced or is shorter than it was, so that this part is its first again.
    pub is_restart: bool,
}

/// Reads the events of a file, and remembers how far it came.
pub struct EventReader {
    input: Input,
    checksum: bool,
    on_damage: OnDamage,
    identity: Option<(u64, u64)>,
    at: u64,
    /// The bytes before `at`; a file that has others there was written again.
    tail: Vec<u8>,
    is_given_up: bool,
    /// Tags that are not UTF-8 and were reported.
    bad_names: HashSet<Vec<u8>>,
}

impl EventReader {
    /// Reads a file from an offset on.
    #[must_use]
    pub fn new(input: Input, at: u64, checksum: bool, on_damage: OnDamage) -> Self {
        Self {
            input,
            checksum,
            on_damage,
            identity: None,
            at,
            tail: Vec::new(),
            is_given_up: false,
            bad_names: HashSet::new(),
        }
    }

    /// Goes on at a position, unless the file was replaced or is shorter.
    #[must_use]
    pub fn resumed(self, position: Position) -> Self {
        Self {
            identity: position.identity,
            at: position.offset,
            tail: position.tail,
            is_given_up: position.is_given_up,
            ..self
        }
    }

    /// Reads on: so many events, or more bytes than `most_bytes`, whichever comes first.
    ///
    /// # Errors
    ///
    /// `is_store` if the file cannot be read, `is_corrupt` for damage, if that is to be an error.
    pub fn read(&mut self, most_events: usize, most_bytes: u64) -> Result<Part> {
        let origin = self.input.origin.clone();
        let name = self.input.name.clone();
        let failed = |error| Error::store(format!("cannot read {name}"), error);
        let source = origin.open().map_err(failed)?;
        let is_restart = self.look(&*source).map_err(failed)?;
        let mut part = Part {
            is_restart,
            ..Part::default()
        };
        if self.is_given_up {
            part.is_last = true;
            return Ok(part);
        }
        self.fill(&mut part, &*source, most_events, most_bytes)
            .map_err(failed)?;
        self.tail = position::tail(&*source, self.at).map_err(failed)?;
        let damage = part.items.iter().find_map(|item| match item {
            Item::Gap(gap) if gap.cause.is_damage() => Some(gap),
            _ => None,
        });
        match (self.on_damage, damage) {
            (OnDamage::Raise, Some(gap)) => Err(Error::corrupt(format!(
                "{name}, byte {}: {}; pass on_damage=\"skip\" to read what is whole",
                gap.offset, gap.cause
            ))),
            _ => Ok(part),
        }
    }

    /// Bytes of the file.
    ///
    /// # Errors
    ///
    /// `is_store` if the file cannot be read.
    pub fn bytes(&self, offset: u64, length: usize) -> Result<Vec<u8>> {
        let read = || super::source::exactly(&*self.input.origin.open()?, offset, length);
        read().map_err(|error| Error::store(format!("cannot read {}", self.input.name), error))
    }

    /// Goes back to the start of a file that is another one; true if it was read before.
    fn look(&mut self, source: &dyn Source) -> io::Result<bool> {
        let now = match &self.input.origin {
            Origin::Path(path) => identity(&std::fs::metadata(path)?),
            Origin::Other(_) => None,
        };
        let is_same = (self.identity.is_none() || self.identity == now)
            && source.length()? >= self.at
            && (self.tail.is_empty() || position::tail(source, self.at)? == self.tail);
        self.identity = now;
        if is_same {
            return Ok(false);
        }
        (self.at, self.is_given_up) = (0, false);
        self.tail.clear();
        self.bad_names.clear();
        Ok(true)
    }

    fn fill(
        &mut self,
        part: &mut Part,
        source: &dyn Source,
        most_events: usize,
        most_bytes: u64,
    ) -> io::Result<()> {
        let length = source.length()?;
        let mut frames = Frames::new(source, length, self.at, length, self.checksum);
        let mut event = Event::default();
        while part.items.len() < most_events && frames.at() - self.at < most_bytes {
            let record = frames.at();
            let Some(frame) = frames.next()? else {
                part.is_last = true;
                break;
            };
            let (payload, length, taken) = match frame {
                Frame::Gap(gap) => {
                    let is_damage = gap.cause.is_damage();
                    part.items.push(Item::Gap(gap));
                    if is_damage && self.on_damage != OnDamage::Skip {
                        (self.is_given_up, part.is_last) = (true, true);
                        break;
                    }
                    continue;
                }
                Frame::Short { payload, mut bytes } => {
                    let all = bytes;
                    let taken = take(&mut event, &mut bytes, Some(all), record, all.len());
                    (payload, all.len(), taken)
                }
                Frame::Long { payload, length } => {
                    let mut bytes = InFile {
                        window: frames.window(),
                        offset: payload,
                    };
                    let taken = take(&mut event, &mut bytes, None, record, length);
                    (payload, length, taken)
                }
            };
            let gaps = match taken {
                Ok((one, names)) => {
                    let gaps = self.bad(names, payload);
                    part.items.push(Item::Event(one));
                    gaps
                }
                Err(Fault::Io(error)) => return Err(error),
                Err(Fault::Malformed) => vec![Gap {
                    offset: record,
                    length: (HEADER_LEN + length + FOOTER_LEN) as u64,
                    cause: Cause::Message,
                }],
            };
            let is_damaged = !gaps.is_empty();
            part.items.extend(gaps.into_iter().map(Item::Gap));
            if is_damaged && self.on_damage != OnDamage::Skip {
                (self.is_given_up, part.is_last) = (true, true);
                break;
            }
        }
        self.at = frames.at();
        Ok(())
    }

    /// The tags that are not UTF-8 and were not reported yet.
    fn bad(&mut self, names: Vec<(Vec<u8>, Span)>, payload: u64) -> Vec<Gap> {
        let new = names
            .into_iter()
            .filter(|(name, _)| self.bad_names.insert(name.clone()));
        new.map(|(_, message)| Gap {
            offset: payload + message.start as u64,
            length: message.len() as u64,
            cause: Cause::Name,
        })
        .collect()
    }
}

/// An event, and its tags that are not UTF-8 with the messages of their values.
type Taken = (EventRecord, Vec<(Vec<u8>, Span)>);

/// The event of a payload, and its tags that are not UTF-8 with the values that have them.
fn take<B: Bytes>(
    event: &mut Event,
    bytes: &mut B,
    payload: Option<&[u8]>,
    offset: u64,
    length: usize,
) -> std::result::Result<Taken, Fault> {
    event.look(bytes, length)?;
    let (field, content) = match event.what {
        What::Nothing => (0, Span::default()),
        What::Version(span) => (3, span),
        What::Graph(span) => (4, span),
        What::Summary => (5, Span::default()),
        What::Message(span) => (6, span),
        What::Session(span) => (7, span),
        What::RunMetadata(span) => (8, span),
        What::MetaGraph(span) => (9, span),
    };
    let (mut values, mut bad) = (Vec::new(), Vec::new());
    let in_summary: &[_] = match event.what {
        What::Summary => &event.values,
        _ => &[],
    };
    for value in in_summary {
        let raw = value.tag.of(event.names(payload));
        if std::str::from_utf8(raw).is_err() {
            bad.push((raw.to_vec(), value.message));
        }
        let metadata = match value.metadata {
            Some(span) => Some(Metadata::parse(bytes.from(span.start, span.len())?)?),
            None => None,
        };
        let (form, data, one) = match value.data {
            Data::Nothing => ("nothing", Span::default(), None),
            Data::Number(one) => ("number", Span::default(), Some(one.into())),
            Data::Image(span) => ("image", span, None),
            Data::Histogram(span) => ("histogram", span, None),
            Data::Audio(span) => ("audio", span, None),
            Data::Tensor(span) if span.len() <= MAX_NUMBER_TENSOR_BYTES => {
                ("tensor", span, number(bytes.from(span.start, span.len())?))
            }
            Data::Tensor(span) => ("tensor", span, None),
        };
        values.push(ValueRecord {
            tag: String::from_utf8_lossy(raw).into_owned(),
            form,
            number: one,
            message: value.message.start..value.message.end,
            data: data.start..data.end,
            metadata,
        });
    }
    let record = EventRecord {
        offset,
        length,
        payload: payload.map(<[u8]>::to_vec),
        time: event.time,
        step: event.step,
        field,
        content: content.start..content.end,
        values,
    };
    Ok((record, bad))
}

impl Origin {
    /// Opens it for reading.
    ///
    /// # Errors
    ///
    /// Errors of the operating system.
    pub fn open(&self) -> io::Result<Box<dyn Source + '_>> {
        Ok(match self {
            Self::Path(path) => Box::new(LocalFile::open(path)?),
            Self::Other(source) => Box::new(&**source),
        })
    }
}
