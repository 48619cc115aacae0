//! The meaning of each axis of an array: the letters of `dataformats`.

use crate::{Error, Result};

/// Length of an axis, and how many elements apart its neighbours lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    pub(super) len: usize,
    pub(super) stride: usize,
}

impl Axis {
    /// An axis the array does not have.
    const ABSENT: Self = Self { len: 1, stride: 0 };
}

/// The axes of a C-order contiguous array, by meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axes {
    pub(super) batch: Axis,
    pub(super) channel: Axis,
    pub(super) row: Axis,
    pub(super) column: Axis,
    pub(super) time: Axis,
}

/// Letters that `dataformats` may hold.
pub(super) struct Letters {
    allowed: &'static str,
    described: &'static str,
    examples: &'static str,
    noun: &'static str,
}

/// Letters of an image.
pub(super) const IMAGE: Letters = Letters {
    allowed: "NCHW",
    described: "N (images), C (channels), H (rows) and W (columns), such as \"CHW\"",
    examples: "\"HW\", \"CHW\", \"HWC\" or \"NCHW\"",
    noun: "image",
};

/// Letters of a video.
pub(super) const VIDEO: Letters = Letters {
    allowed: "NCHWT",
    described: "N (videos), T (frames), C (channels), H (rows) and W (columns), such as \"NTCHW\"",
    examples: "\"THW\", \"TCHW\", \"THWC\" or \"NTCHW\"",
    noun: "video",
};

impl Axes {
    /// Reads `dataformats` for an array of this shape, in which every axis has a length and channels are 1 to 4.
    pub(super) fn parse(dataformats: &str, shape: &[usize], letters: &Letters) -> Result<Self> {
        let Letters {
            allowed,
            described,
            examples,
            noun,
        } = letters;
        let count = dataformats.chars().count();
        if count != shape.len() || !(2..=allowed.len()).contains(&count) {
            return Err(Error::shape(format!(
                "dataformats {dataformats:?} names {count} axes, but the array of shape {} has {}; pass one letter \
                 for each axis, such as {examples}",
                tuple(shape),
                shape.len(),
            )));
        }
        let mut axes = [None; VIDEO.allowed.len()];
        // C order: the last axis is dense. If the product is too large, the layout finds the image too large.
        let mut stride = 1_usize;
        for (letter, &len) in dataformats.chars().rev().zip(shape.iter().rev()) {
            let place = allowed.find(letter.to_ascii_uppercase());
            let Some(slot) = place.and_then(|place| axes.get_mut(place)) else {
                return Err(Error::shape(format!(
                    "dataformats {dataformats:?} has the letter {letter:?}, which is no axis; pass letters out of \
                     {described}"
                )));
            };
            if slot.replace(Axis { len, stride }).is_some() {
                return Err(Error::shape(format!(
                    "dataformats {dataformats:?} has the letter {letter:?} twice; pass each at most once, out of \
                     {described}"
                )));
            }
            if len == 0 {
                return Err(Error::shape(format!(
                    "the array of shape {} has nothing along its {} axis, so there is no {noun} to write; pass at \
                     least one {noun} of 1 × 1 pixels",
                    tuple(shape),
                    letter.to_ascii_uppercase(),
                )));
            }
            stride = stride.saturating_mul(len);
        }
        let [batch, channel, row, column, time] = axes;
        let (Some(row), Some(column)) = (row, column) else {
            return Err(Error::shape(format!(
                "dataformats {dataformats:?} lacks {}; pass letters with both H (rows) and W (columns), such as \
                 {examples}",
                if row.is_none() { "H" } else { "W" },
            )));
        };
        let channel = channel.unwrap_or(Axis::ABSENT);
        if channel.len > 4 {
            return Err(Error::shape(format!(
                "dataformats {dataformats:?} makes {} channels of the array of shape {}; pass 1 (grey), 2 (grey and \
                 alpha), 3 (RGB) or 4 (RGBA) channels, or another dataformats",
                channel.len,
                tuple(shape),
            )));
        }
        Ok(Self {
            batch: batch.unwrap_or(Axis::ABSENT),
            channel,
            row,
            column,
            time: time.unwrap_or(Axis::ABSENT),
        })
    }
}

/// A shape as Python prints it.
pub(crate) fn tuple(shape: &[usize]) -> String {
    let lengths: Vec<_> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    format!("({}{comma})", lengths.join(", "))
}
