//! Streams of ranks: files in which several ranks append what they log.
//!
//! A stream is read on without asking for its length: bytes are read until there are none. A record that is not whole
//! stays unread, for its rest may come, or another process may cut it off.

use std::io;

use super::contents::{OnDamage, session_status};
use super::event::{Data, Event, What};
use super::frames::{Cause, Frame, Frames, Gap};
use super::number::{MAX_NUMBER_TENSOR_BYTES, number};
use super::source::Source;
use super::wire::{Fault, Span, Wire, field};
use crate::proto::rank::{RULE_KIND, RULE_PATTERN};
use crate::record::{FOOTER_LEN, HEADER_LEN};

/// Bytes at the end of a damaged place in which a record may begin whose end has not been read.
const OVERLAP_BYTES: usize = 64 << 10;
/// Room above this size is freed after use.
const KEEP_BYTES: usize = 4 << 20;
/// Damaged places of a stream that are remembered.
const MAX_GAPS: usize = 1000;

/// A record of a rank.
#[derive(Clone, Debug, PartialEq)]
pub enum RankRecord<'b> {
    /// The rank begins to log.
    Start {
        /// Number of ranks of the job, if it is known.
        world_size: Option<u32>,
        /// Step from which on it replaces what it had logged before.
        resumed: Option<i64>,
    },
    /// The rank will log no more.
    Stop,
    /// Rules of reduction, in their order.
    Rules(Vec<Rule>),
    /// A number.
    Value {
        /// Its tag, which may be no UTF-8.
        tag: &'b [u8],
        /// Global step.
        step: i64,
        /// The number.
        value: f64,
        /// Message with the title and the description of its curve; empty if it has none.
        metadata: &'b [u8],
    },
}

/// A rule of reduction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Name of a tag, or a pattern of names.
    pub pattern: String,
    /// Name of a kind of reduction.
    pub kind: String,
}

/// How far a part of a stream was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// Bytes of whole records, and of damaged places.
    pub bytes: u64,
    /// True if there may be more to read at once.
    pub has_more: bool,
}

/// One file of a stream, and how far it was read.
#[derive(Debug, Default)]
pub struct RankStream {
    at: u64,
    /// Bytes to read at a time, where a record is longer than usual.
    least: usize,
    gaps: Vec<Gap>,
    on_damage: OnDamage,
    /// Because of damage the rest is not read.
    is_given_up: bool,
    event: Event,
}

impl RankStream {
    /// The start of a file. With [`OnDamage::Skip`] reading goes on behind damage, else it ends there.
    #[must_use]
    pub fn new(on_damage: OnDamage) -> Self {
        Self {
            on_damage,
            ..Self::default()
        }
    }

    /// A file of which what is before an offset is not wanted. It begins with the first whole record from there on.
    #[must_use]
    pub fn starting_at(at: u64) -> Self {
        Self {
            at,
            ..Self::new(OnDamage::Skip)
        }
    }

    /// Offset after the last whole record.
    #[must_use]
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Damaged places so far; the end of the file, inside a record, is none.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Reads on, about `most` bytes. `take` gets the offset of each record, its rank and its wall time. `buffer` is room that
    /// several streams may share.
    ///
    /// # Errors
    ///
    /// If the source cannot be read; then nothing was read.
    pub fn read(
        &mut self,
        source: &dyn Source,
        buffer: &mut Vec<u8>,
        most: usize,
        take: &mut dyn FnMut(u64, u32, f64, RankRecord<'_>),
    ) -> io::Result<Pace> {
        if self.is_given_up {
            return Ok(Pace::default());
        }
        let room = most.max(self.least);
        if buffer.len() < room {
            buffer.resize(room, 0);
        }
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..room).filter(|rest| !rest.is_empty()) {
            match source.read_at(self.at + filled as u64, rest)? {
                0 => break,
                count => filled += count,
            }
        }
        let end = self.records(buffer.get(..filled).unwrap_or_default(), take)?;
        if room > KEEP_BYTES {
            *buffer = Vec::new();
        }
        self.at += end as u64;
        self.least = if end == 0 && filled == room {
            room * 2
        } else {
            0
        };
        Ok(Pace {
            bytes: end as u64,
            has_more: filled == room && !self.is_given_up,
        })
    }

    /// Takes the records of some bytes; returns where to go on.
    fn records(
        &mut self,
        bytes: &[u8],
        take: &mut dyn FnMut(u64, u32, f64, RankRecord<'_>),
    ) -> io::Result<usize> {
        let length = bytes.len() as u64;
        let mut frames = Frames::new(&bytes, length, 0, length, true);
        loop {
            let record = frames.at();
            let (payload, length) = match frames.next()? {
                None => break,
                Some(Frame::Short { payload, bytes }) => (payload as usize, bytes.len()),
                Some(Frame::Long { payload, length }) => (payload as usize, length),
                Some(Frame::Gap(gap)) if gap.cause == Cause::Torn => {
                    return Ok(gap.offset as usize);
                }
                Some(Frame::Gap(gap)) => {
                    let end = (gap.offset + gap.length) as usize;
                    let start = gap.offset as usize;
                    self.note(gap);
                    if self.is_given_up {
                        return Ok(start);
                    }
                    if end == bytes.len() {
                        return Ok(start.max(end.saturating_sub(OVERLAP_BYTES)));
                    }
                    continue;
                }
            };
            let offset = self.at + record;
            self.end_gap(offset);
            let payload = bytes.get(payload..payload + length).unwrap_or_default();
            if take_event(&mut self.event, payload, offset, take).is_err() {
                self.note(Gap {
                    offset: record,
                    length: (HEADER_LEN + length + FOOTER_LEN) as u64,
                    cause: Cause::Message,
                });
                if self.is_given_up {
                    return Ok(record as usize);
                }
            }
        }
        Ok(frames.at() as usize)
    }

    /// Notes a damaged place, whose offset counts from where reading went on. One that was noted may turn out to be longer.
    fn note(&mut self, mut gap: Gap) {
        gap.offset += self.at;
        self.is_given_up = self.on_damage != OnDamage::Skip;
        if let Some(last) = self.gaps.last_mut()
            && gap.cause != Cause::Message
            && gap.offset <= last.offset + last.length
        {
            last.length = last.length.max(gap.offset + gap.length - last.offset);
        } else if self.gaps.len() < MAX_GAPS {
            self.gaps.push(gap);
        }
    }

    /// A whole record begins here, so that the damaged place before it ends.
    fn end_gap(&mut self, offset: u64) {
        if let Some(last) = self.gaps.last_mut()
            && offset < last.offset + last.length
            && offset > last.offset
        {
            last.length = offset - last.offset;
        }
    }
}

fn take_event(
    event: &mut Event,
    mut payload: &[u8],
    offset: u64,
    take: &mut dyn FnMut(u64, u32, f64, RankRecord<'_>),
) -> Result<(), Fault> {
    let bytes = payload;
    event.look(&mut payload, bytes.len())?;
    let known = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
    // The version of the format, or what another program wrote.
    let Some(rank) = known(event.rank.rank) else {
        return Ok(());
    };
    let time = event.time;
    if !event.rank.rules.is_empty() {
        let rules = event.rank.rules.iter().map(|&span| rule(bytes, span));
        let rules = rules.collect::<Result<_, _>>()?;
        take(offset, rank, time, RankRecord::Rules(rules));
    }
    match event.what {
        What::Session(span) => match session_status(span.of(bytes))? {
            1 => {
                let start = RankRecord::Start {
                    world_size: known(event.rank.world_size),
                    resumed: event.rank.is_resumed.then_some(event.step),
                };
                take(offset, rank, time, start);
            }
            2 => take(offset, rank, time, RankRecord::Stop),
            _ => {}
        },
        What::Summary => {
            for value in &event.values {
                let one = match value.data {
                    Data::Number(one) => Some(one.into()),
                    Data::Tensor(span) if span.len() <= MAX_NUMBER_TENSOR_BYTES => {
                        number(span.of(bytes))
                    }
                    _ => None,
                };
                if let Some(one) = one {
                    let value = RankRecord::Value {
                        tag: value.tag.of(bytes),
                        step: event.step,
                        value: one,
                        metadata: value.metadata.map_or(&[], |span| span.of(bytes)),
                    };
                    take(offset, rank, time, value);
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn rule(mut bytes: &[u8], mut rest: Span) -> Result<Rule, Fault> {
    let all = bytes;
    let text = |span: Span| String::from_utf8_lossy(span.of(all)).into_owned();
    let (mut pattern, mut kind) = (String::new(), String::new());
    while let Some((number, wire)) = field(&mut bytes, &mut rest)? {
        match (number, wire) {
            (RULE_PATTERN, Wire::Span(span)) => pattern = text(span),
            (RULE_KIND, Wire::Span(span)) => kind = text(span),
            _ => {}
        }
    }
    Ok(Rule { pattern, kind })
}
