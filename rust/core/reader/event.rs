//! The first bytes of an event and of its values: time, step, tags, and the places of everything else.

use super::number::MAX_NUMBER_TENSOR_BYTES;
use super::source::Window;
use super::wire::{Bytes, Fault, Span, Wire, field, varint};
use crate::proto::rank::{RANK, RESUMED, RULES, WORLD_SIZE};

/// An event whose values have not been decoded. It is used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Event {
    pub time: f64,
    pub step: i64,
    pub what: What,
    pub values: Vec<Value>,
    /// Fields of the event in a stream of ranks.
    pub rank: RankFields,
    /// Summaries of the event, of which there is one; more are one in parts.
    summaries: Vec<Span>,
    /// Tags, if the payload is not in memory.
    names: Vec<u8>,
}

/// Fields that the events of a stream of ranks have, and no others.
#[derive(Debug, Default)]
pub(super) struct RankFields {
    pub rank: Option<u64>,
    pub world_size: Option<u64>,
    /// Messages of the rules of reduction.
    pub rules: Vec<Span>,
    /// True at a start that replaces what the rank had logged from its step on.
    pub is_resumed: bool,
}

impl RankFields {
    fn clear(&mut self) {
        (self.rank, self.world_size, self.is_resumed) = (None, None, false);
        self.rules.clear();
    }

    fn take(&mut self, number: u32, wire: Wire) {
        match (number, wire) {
            (RANK, Wire::Varint(rank)) => self.rank = Some(rank),
            (WORLD_SIZE, Wire::Varint(size)) => self.world_size = Some(size),
            (RULES, Wire::Span(rule)) => self.rules.push(rule),
            (RESUMED, Wire::Varint(flag)) => self.is_resumed = flag != 0,
            _ => {}
        }
    }
}

/// Contents of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum What {
    #[default]
    Nothing,
    Version(Span),
    Graph(Span),
    Summary,
    Message(Span),
    Session(Span),
    RunMetadata(Span),
    MetaGraph(Span),
}

/// One value of a summary.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Value {
    /// All of its message.
    pub message: Span,
    /// Its tag among the event's names.
    pub tag: Span,
    pub data: Data,
    pub metadata: Option<Span>,
    node: Span,
}

/// The form that a value has.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Data {
    #[default]
    Nothing,
    Number(f32),
    Image(Span),
    Histogram(Span),
    Audio(Span),
    Tensor(Span),
}

/// A payload that is in a file.
pub(super) struct InFile<'w, 'a> {
    pub window: &'w mut Window<'a>,
    /// Its first byte.
    pub offset: u64,
}

impl Bytes for InFile<'_, '_> {
    const IN_MEMORY: bool = false;

    fn from(&mut self, at: usize, most: usize) -> Result<&[u8], Fault> {
        let bytes = self.window.from(self.offset + at as u64, most);
        let bytes = bytes.map_err(Fault::Io)?;
        Ok(bytes.get(..most).unwrap_or(bytes))
    }
}

/// The bytes after a key of one byte, and the rest.
#[inline]
fn tagged<const KEY: u8, const N: usize>(bytes: &[u8]) -> Option<(&[u8; N], &[u8])> {
    match bytes.split_first() {
        Some((&key, rest)) if key == KEY => rest.split_first_chunk(),
        _ => None,
    }
}

/// End of the text or message with a key of one byte that begins at `at`, which moves to its content.
#[inline]
fn opens<const KEY: u8>(bytes: &[u8], at: &mut usize) -> Option<usize> {
    if bytes.get(*at) != Some(&KEY) {
        return None;
    }
    *at += 1;
    let length = match bytes.get(*at) {
        Some(&length) if length < 0x80 => {
            *at += 1;
            length.into()
        }
        _ => varint(bytes, at).ok()?,
    };
    let length = usize::try_from(length).ok()?;
    let end = at.checked_add(length)?;
    (end <= bytes.len()).then_some(end)
}

impl Event {
    /// Looks at a payload.
    #[inline]
    pub(super) fn look<B: Bytes>(&mut self, bytes: &mut B, length: usize) -> Result<(), Fault> {
        (self.time, self.step, self.what) = (0.0, 0, What::Nothing);
        self.values.clear();
        self.summaries.clear();
        self.names.clear();
        self.rank.clear();
        let mut rest = Span::whole(length);
        while let Some((number, wire)) = field(bytes, &mut rest)? {
            let what = match (number, wire) {
                (1, Wire::Fixed64(bits)) => {
                    self.time = f64::from_bits(bits);
                    continue;
                }
                (2, Wire::Varint(step)) => {
                    self.step = step.cast_signed();
                    continue;
                }
                (5, Wire::Span(summary)) => {
                    if self.what != What::Summary {
                        self.summaries.clear();
                    }
                    self.summaries.push(summary);
                    What::Summary
                }
                (3, Wire::Span(span)) => What::Version(span),
                (4, Wire::Span(span)) => What::Graph(span),
                (6, Wire::Span(span)) => What::Message(span),
                (7, Wire::Span(span)) => What::Session(span),
                (8, Wire::Span(span)) => What::RunMetadata(span),
                (9, Wire::Span(span)) => What::MetaGraph(span),
                _ => {
                    self.rank.take(number, wire);
                    continue;
                }
            };
            // Of several, the last counts.
            self.what = what;
        }
        if self.what == What::Summary {
            for at in 0..self.summaries.len() {
                self.summary(bytes, self.summaries.get(at).copied().unwrap_or_default())?;
            }
        }
        Ok(())
    }

    /// Looks at a payload that is nothing but a time, a step, and one scalar in the old form, its fields in their order.
    /// Nearly all events are such. False if it is anything else; then nothing is known of it.
    #[inline]
    pub(super) fn look_for_scalar(&mut self, payload: &[u8]) -> bool {
        let Some((time, rest)) = tagged::<0x09, 8>(payload) else {
            return false;
        };
        let (mut at, mut step) = (payload.len() - rest.len(), 0);
        if rest.first() == Some(&0x10) {
            at += 1;
            match varint(payload, &mut at) {
                Ok(number) => step = number.cast_signed(),
                Err(_) => return false,
            }
        }
        // The summary and its value reach to the end of the payload, the tag up to the number.
        let end = payload.len();
        let is_rest = opens::<0x2a>(payload, &mut at) == Some(end);
        if !is_rest || opens::<0x0a>(payload, &mut at) != Some(end) {
            return false;
        }
        let start = at;
        let Some(tag_end) = opens::<0x0a>(payload, &mut at) else {
            return false;
        };
        let tag = Span {
            start: at,
            end: tag_end,
        };
        let number = payload.get(tag_end..).unwrap_or_default();
        let Some((number, [])) = tagged::<0x15, 4>(number) else {
            return false;
        };
        (self.time, self.step, self.what) = (f64::from_le_bytes(*time), step, What::Summary);
        self.values.clear();
        self.values.push(Value {
            message: Span { start, end },
            tag,
            data: Data::Number(f32::from_le_bytes(*number)),
            ..Value::default()
        });
        true
    }

    #[inline]
    fn summary<B: Bytes>(&mut self, bytes: &mut B, mut rest: Span) -> Result<(), Fault> {
        while let Some((number, wire)) = field(bytes, &mut rest)? {
            if let (1, Wire::Span(message)) = (number, wire) {
                let value = self.value(bytes, message)?;
                self.values.push(value);
            }
        }
        Ok(())
    }

    #[inline]
    fn value<B: Bytes>(&mut self, bytes: &mut B, message: Span) -> Result<Value, Fault> {
        let (mut rest, mut value) = (
            message,
            Value {
                message,
                ..Value::default()
            },
        );
        while let Some((number, wire)) = field(bytes, &mut rest)? {
            match (number, wire) {
                (1, Wire::Span(span)) => value.tag = self.name(bytes, span)?,
                (2, Wire::Fixed32(bits)) => value.data = Data::Number(f32::from_bits(bits)),
                (4, Wire::Span(span)) => value.data = Data::Image(span),
                (5, Wire::Span(span)) => value.data = Data::Histogram(span),
                (6, Wire::Span(span)) => value.data = Data::Audio(span),
                (7, Wire::Span(span)) => value.node = self.name(bytes, span)?,
                (8, Wire::Span(span)) => value.data = Data::Tensor(span),
                (9, Wire::Span(span)) => value.metadata = Some(span),
                _ => {}
            }
        }
        if value.tag.len() == 0 && value.node.len() > 0 {
            value.tag = value.node;
        }
        Ok(value)
    }

    #[inline]
    fn name<B: Bytes>(&mut self, bytes: &mut B, span: Span) -> Result<Span, Fault> {
        if B::IN_MEMORY {
            return Ok(span);
        }
        let start = self.names.len();
        self.names
            .extend_from_slice(bytes.from(span.start, span.len())?);
        let end = self.names.len();
        Ok(Span { start, end })
    }

    /// Places of its tags.
    #[inline]
    /// True if nothing of a long payload but the places of its parts is kept.
    pub(super) fn is_long(&self) -> bool {
        let is_place = |value: &Value| match value.data {
            Data::Nothing | Data::Number(_) => false,
            Data::Image(_) | Data::Histogram(_) | Data::Audio(_) => true,
            Data::Tensor(span) => span.len() > MAX_NUMBER_TENSOR_BYTES,
        };
        match self.what {
            What::Summary => self.values.iter().all(is_place),
            What::Graph(_) | What::RunMetadata(_) | What::MetaGraph(_) => true,
            What::Nothing | What::Version(_) | What::Message(_) | What::Session(_) => false,
        }
    }

    pub(super) fn names<'n>(&'n self, payload: Option<&'n [u8]>) -> &'n [u8] {
        payload.unwrap_or(&self.names)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Event;

    /// A scalar's event as writers make it; a step of 0 is not written.
    fn scalar(time: f64, step: i64, tag: &[u8], number: f32) -> Vec<u8> {
        let mut out = vec![0x09];
        out.extend(time.to_le_bytes());
        if step != 0 {
            out.push(0x10);
            prost::encoding::encode_varint(step.cast_unsigned(), &mut out);
        }
        let value = [framed(tag), [&[0x15][..], &number.to_le_bytes()].concat()].concat();
        out.push(0x2a);
        let summary = framed(&value);
        prost::encoding::encode_varint(summary.len() as u64, &mut out);
        out.extend(summary);
        out
    }

    fn framed(content: &[u8]) -> Vec<u8> {
        let mut out = vec![0x0a];
        prost::encoding::encode_varint(content.len() as u64, &mut out);
        out.extend(content);
        out
    }

    /// All that is known of a payload, if it is an event.
    fn all(event: &Event) -> String {
        let Event {
            time,
            step,
            what,
            values,
            ..
        } = event;
        format!("{} {step} {what:?} {values:?}", time.to_bits())
    }

    proptest! {
        #[test]
        fn a_quick_look_sees_what_a_thorough_one_does(
            time: f64,
            step in prop_oneof![any::<i64>(), 0_i64..300],
            tag in prop_oneof![Just(Vec::new()), prop::collection::vec(any::<u8>(), 0..200)],
            number: f32,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
            cut in 0_usize..3,
        ) {
            let mut payload = scalar(time, step, &tag, number);
            let is_changed = !changes.is_empty() || cut > 0;
            for (at, byte) in changes {
                let at = at.index(payload.len());
                payload[at] = byte;
            }
            payload.truncate(payload.len() - cut);
            let (mut quick, mut thorough) = (Event::default(), Event::default());
            let is_scalar = quick.look_for_scalar(&payload);
            prop_assert!(is_scalar || is_changed);
            if is_scalar {
                prop_assert!(thorough.look(&mut &payload[..], payload.len()).is_ok());
                prop_assert_eq!(all(&quick), all(&thorough));
            }
        }
    }
}
