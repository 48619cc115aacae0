//! Points as raw float32.
//!
//! The projector takes a file for that only if it is not UTF-8 text, and with TensorFlow installed it finds out line
//! by line. So the first line must not be text, whatever follows.

use crate::samples::{Element, Samples, with_elements};

pub(super) const FILE: &str = "tensors.bytes";

/// The points in the machine's own byte order; None if a reader would take them for text.
pub(super) fn bytes(points: &Samples<'_>) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = with_elements!(points, |values| {
        let floats = values.iter().map(|value| value.to_f64() as f32);
        floats.flat_map(f32::to_ne_bytes).collect()
    });
    let line = bytes.split(|&byte| byte == b'\n').next()?;
    std::str::from_utf8(line).is_err().then_some(bytes)
}
