//! Columns as bytes.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::buffer::{Buffer, Room};

/// Seconds; beyond, microseconds do not fit into 64 bits.
const LAST_TIME: f64 = 9e12;

/// Numbers as the bytes of a column.
pub(super) fn column<T: bytemuck::NoUninit>(py: Python<'_>, column: Vec<T>) -> Bound<'_, PyBytes> {
    PyBytes::new(py, bytemuck::cast_slice(&column))
}

/// Each number as many times as it is said to be there.
pub(super) fn codes(
    py: Python<'_>,
    count: usize,
    runs: impl Iterator<Item = (u32, usize)> + Send,
) -> PyResult<Bound<'_, PyBytes>> {
    PyBytes::new_with(py, count * 4, |bytes| {
        py.detach(|| {
            let (all, _) = bytes.as_chunks_mut::<4>();
            let codes =
                runs.flat_map(|(code, count)| std::iter::repeat_n(code.to_le_bytes(), count));
            all.iter_mut()
                .zip(codes)
                .for_each(|(place, code)| *place = code);
        });
        Ok(())
    })
}

/// Times in seconds as microseconds, and a bit for each that says whether it is known, lowest first, if not all are.
#[pyfunction]
pub fn microseconds<'py>(
    py: Python<'py>,
    seconds: PyReadonlyArray1<'py, f64>,
) -> PyResult<(Buffer, Option<Bound<'py, PyBytes>>)> {
    let seconds = seconds.as_slice()?;
    let (times, bits) = py.detach(|| {
        let mut times = Room::new(size_of_val(seconds));
        let mut all_known = true;
        for (place, &time) in times.bytes().as_chunks_mut().0.iter_mut().zip(seconds) {
            let is_known = is_known(time);
            all_known &= is_known;
            let micros = (time * 1e6).round_ties_even() as i64;
            *place = if is_known { micros } else { i64::MIN }.to_ne_bytes();
        }
        let bits = (!all_known).then(|| {
            let bits = seconds.chunks(8).map(|eight| {
                let bits = eight.iter().enumerate();
                bits.fold(0, |all, (at, &time)| all | u8::from(is_known(time)) << at)
            });
            bits.collect::<Vec<_>>()
        });
        (times.into(), bits)
    });
    Ok((times, bits.map(|bits| PyBytes::new(py, &bits))))
}

/// True if a time fits 64 bits of microseconds; one that is not finite does not.
fn is_known(seconds: f64) -> bool {
    seconds.abs() < LAST_TIME
}
