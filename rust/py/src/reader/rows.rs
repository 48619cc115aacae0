//! Values of a log as Python objects.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use tensorbolt::reader::{Elements, ValueData};

/// The name of its form and its parts, or `None` if it is malformed.
pub fn value(py: Python<'_>, value: Option<ValueData>) -> PyResult<Option<Bound<'_, PyTuple>>> {
    let bytes = |bytes: &[u8]| PyBytes::new(py, bytes);
    let floats = |floats: &[f64]| PyBytes::new(py, bytemuck::cast_slice(floats));
    let Some(value) = value else { return Ok(None) };
    let parts = match value {
        ValueData::Nothing => ("nothing",).into_pyobject(py)?,
        ValueData::Number(number) => ("number", number).into_pyobject(py)?,
        ValueData::Image(image) => (
            "image",
            image.width,
            image.height,
            bytes(&image.encoded_image_string),
        )
            .into_pyobject(py)?,
        ValueData::Histogram(histogram) => (
            "histogram",
            (histogram.min, histogram.max),
            (histogram.num, histogram.sum, histogram.sum_squares),
            floats(&histogram.bucket_limit),
            floats(&histogram.bucket),
        )
            .into_pyobject(py)?,
        ValueData::Audio(audio) => (
            "audio",
            audio.sample_rate,
            audio.num_channels,
            audio.length_frames,
            audio.content_type,
            bytes(&audio.encoded_audio_string),
        )
            .into_pyobject(py)?,
        ValueData::Tensor(tensor) => {
            let elements = match tensor.elements {
                Elements::Numbers(numbers) => bytes(&numbers).into_any(),
                Elements::Strings(strings) => strings
                    .iter()
                    .map(|string| bytes(string))
                    .collect::<Vec<_>>()
                    .into_pyobject(py)?
                    .into_any(),
            };
            ("tensor", tensor.dtype, tensor.shape, elements).into_pyobject(py)?
        }
    };
    Ok(Some(parts))
}
