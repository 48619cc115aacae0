//! Which axis of an array is which: the letters of `dataformats`.

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

/// What `dataformats` may hold.
pub(super) struct Letters {
    allowed: &'static str,
    described: &'static str,
    examples: &'static str,
    what: &'static str,
}

/// Those of a picture.
pub(super) const PICTURE: Letters = Letters {
    allowed: "NCHW",
    described: "N (pictures), C (channels), H (rows) and W (columns), such as \"CHW\"",
    examples: "\"HW\", \"CHW\", \"HWC\" or \"NCHW\"",
    what: "picture",
};

/// Those of a clip.
pub(super) const CLIP: Letters = Letters {
    allowed: "NCHWT",
    described: "N (clips), T (frames), C (channels), H (rows) and W (columns), such as \"NTCHW\"",
    examples: "\"THW\", \"TCHW\", \"THWC\" or \"NTCHW\"",
    what: "clip",
};

impl Axes {
    /// Reads `dataformats` for an array of this shape, in which every axis has a length and channels are 1 to 4.
    pub(super) fn parse(dataformats: &str, shape: &[usize], letters: &Letters) -> Result<Self> {
        let Letters {
            allowed,
            described,
            examples,
            what,
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
        let mut axes = [None; CLIP.allowed.len()];
        // C order: the last axis is dense. A product too large shows up again as a picture too large.
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
                    "the array of shape {} has nothing along its {} axis, so there is no {what} to write; pass at \
                     least one {what} of 1 × 1 pixels",
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
