//! The contents of a value.

use prost::Message;

use super::tensor::Tensor;
use super::wire::{Fault, Span, Wire, field};
use crate::proto::summary::{Audio, HistogramProto, Image};

/// Contents of a value, in whichever form it was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Data {
    /// Nothing but metadata.
    #[default]
    Nothing,
    /// A single number.
    Number(f32),
    /// An encoded image.
    Image(Image),
    /// Buckets.
    Histogram(HistogramProto),
    /// Encoded audio.
    Audio(Audio),
    /// An array.
    Tensor(Tensor),
}

impl Data {
    /// Of a message of `Summary.Value`, or nothing if it is no message.
    #[must_use]
    pub fn of(message: &[u8]) -> Option<Self> {
        Self::parse(message).ok()
    }

    /// Of a message of `Summary.Value`; of several forms the last counts.
    pub(super) fn parse(mut message: &[u8]) -> Result<Self, Fault> {
        let (all, mut data) = (message, Self::Nothing);
        let mut rest = Span::whole(all.len());
        while let Some((number, wire)) = field(&mut message, &mut rest)? {
            data = match (number, wire) {
                (2, Wire::Fixed32(bits)) => Self::Number(f32::from_bits(bits)),
                (4, Wire::Span(span)) => Self::Image(decode(span.of(all))?),
                (5, Wire::Span(span)) => Self::Histogram(decode(span.of(all))?),
                (6, Wire::Span(span)) => Self::Audio(decode(span.of(all))?),
                (8, Wire::Span(span)) => Self::Tensor(Tensor::parse(span.of(all))?),
                _ => continue,
            };
        }
        Ok(data)
    }
}

fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M, Fault> {
    M::decode(bytes).map_err(|_| Fault::Malformed)
}
