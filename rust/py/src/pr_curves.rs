//! Precision-recall curves: counted in the call, with the interpreter released.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use tensorbolt::encode;
use tensorbolt::pr_curve::{Predictions, pr_curve};

use crate::arguments::at;
use crate::error::IntoPy;
use crate::outcome::Outcome;
use crate::writer::Writer;

/// Probabilities in the precision in which they are compared with thresholds.
#[derive(FromPyObject)]
enum Scores<'py> {
    Single(PyReadonlyArray1<'py, f32>),
    Double(PyReadonlyArray1<'py, f64>),
}

impl Scores<'_> {
    fn predictions(&self) -> PyResult<Predictions<'_>> {
        Ok(match self {
            Self::Single(values) => Predictions::Single(values.as_slice()?),
            Self::Double(values) => Predictions::Double(values.as_slice()?),
        })
    }
}

#[pymethods]
impl Writer {
    /// Counts and writes a curve.
    #[expect(clippy::too_many_arguments, reason = "they are the call's arguments")]
    fn add_pr_curve(
        &self,
        py: Python<'_>,
        tag: &str,
        labels: PyReadonlyArray1<'_, f64>,
        predictions: Scores<'_>,
        weights: Option<PyReadonlyArray1<'_, f64>>,
        thresholds: usize,
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        let (labels, predictions) = (labels.as_slice()?, predictions.predictions()?);
        let weights = weights.as_ref().map(|weights| weights.as_slice());
        let weights = weights.transpose()?;
        let at = at(step, wall_time);
        let count = || -> tensorbolt::Result<_> {
            let curve = pr_curve(labels, predictions, weights, thresholds)?;
            Ok(encode::pr_curve(at, tag, &curve))
        };
        let payload = py.detach(count).into_py(py)?;
        self.append_payload(py, &payload)
    }

    /// Writes a curve from its six rows, each with its name.
    fn add_pr_curve_raw(
        &self,
        py: Python<'_>,
        tag: &str,
        rows: [(String, PyReadonlyArray1<'_, f64>); tensorbolt::pr_curve::ROWS],
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        let mut slices = [("", [].as_slice()); tensorbolt::pr_curve::ROWS];
        for (slice, (name, row)) in slices.iter_mut().zip(&rows) {
            *slice = (name, row.as_slice()?);
        }
        let payload = encode::raw_pr_curve(at(step, wall_time), tag, slices).into_py(py)?;
        self.append_payload(py, &payload)
    }
}
