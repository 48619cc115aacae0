//! The first bytes of an event and of its values: time, step, tags, and the places of everything else.

use super::source::Window;
use super::wire::{Bytes, Fault, Span, Wire, field};

/// An event whose values have not been decoded. It is used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Event {
    pub time: f64,
    pub step: i64,
    pub what: What,
    pub values: Vec<Value>,
    /// Summaries of the event, of which there is one; more are one in parts.
    summaries: Vec<Span>,
    /// Tags, if the payload is not in memory.
    names: Vec<u8>,
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

impl Event {
    /// Looks at a payload.
    #[inline]
    pub(super) fn look<B: Bytes>(&mut self, bytes: &mut B, length: usize) -> Result<(), Fault> {
        (self.time, self.step, self.what) = (0.0, 0, What::Nothing);
        self.values.clear();
        self.summaries.clear();
        self.names.clear();
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
                _ => continue,
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
        if value.tag.len() == 0 {
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
    pub(super) fn names<'n>(&'n self, payload: Option<&'n [u8]>) -> &'n [u8] {
        payload.unwrap_or(&self.names)
    }
}
