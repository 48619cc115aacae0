//! Histograms: one array, a mapping of arrays, or counts that the caller has made.

use std::borrow::Cow;

use numpy::{PyReadonlyArray1, PyUntypedArray};
use pyo3::prelude::*;
use tensorbolt::histogram::{Edges, Histogram, Skipped, Values, histogram, histograms};
use tensorbolt::proto::event::At;
use tensorbolt::proto::summary::HistogramProto;
use tensorbolt::samples::Samples;
use tensorbolt::writer::Runtime;
use tensorbolt::{encode, proto, record};

use crate::arguments::{Plain, at, plain_step, plain_text, plain_wall_time};
use crate::array::{Borrowed, Order, View};
use crate::error::IntoPy;
use crate::fast_path::plain_elements;
use crate::outcome::{self, Outcome, adapt_if_closed};
use crate::writer::Writer;

/// Values that take less time than to wait for the interpreter, once it has been let go.
const AT_ONCE: usize = 4096;
/// Bytes of a histogram's event without its tag and its buckets.
const EVENT_OVERHEAD_BYTES: usize = 128;

/// Edges of the buckets; those of the reference writers for `None`.
fn edges(
    py: Python<'_>,
    edges: Option<PyReadonlyArray1<'_, f64>>,
) -> PyResult<Cow<'static, Edges>> {
    Ok(match edges {
        Some(edges) => Cow::Owned(Edges::new(edges.as_slice()?.to_vec()).into_py(py)?),
        None => Cow::Borrowed(Edges::default_edges()),
    })
}

#[pymethods]
impl Writer {
    /// Bins an array and writes its histogram.
    #[expect(clippy::too_many_arguments, reason = "they are the call's arguments")]
    fn add_histogram(
        &self,
        py: Python<'_>,
        tag: &str,
        values: &Bound<'_, PyUntypedArray>,
        bfloat16: bool,
        edges: Option<PyReadonlyArray1<'_, f64>>,
        max_bins: Option<usize>,
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        let edges = self::edges(py, edges)?;
        let array = Borrowed::new(values, bfloat16)?;
        self.bin_one(py, at(step, wall_time), tag, &array, &edges, max_bins)
    }

    /// Bins an array over the default edges and writes its histogram, if every argument is of a plain type: `str`, see
    /// `plain_elements`, `int` or `None`, `float` or `None`.
    fn try_histogram(
        &self,
        py: Python<'_>,
        tag: &Bound<'_, PyAny>,
        values: &Bound<'_, PyAny>,
        step: &Bound<'_, PyAny>,
        wall_time: &Bound<'_, PyAny>,
    ) -> PyResult<Py<Outcome>> {
        let (Plain::Value(step), Plain::Value(wall_time)) =
            (plain_step(step), plain_wall_time(wall_time))
        else {
            return Outcome::adapt(py);
        };
        let Some(tag) = plain_text(tag) else {
            return Outcome::adapt(py);
        };
        let Some(array) = plain_elements(values)? else {
            return Outcome::adapt(py);
        };
        let (at, edges) = (at(step, wall_time), Edges::default_edges());
        adapt_if_closed(py, self.bin_one(py, at, tag, &array, edges, None))
    }

    /// Bins several arrays, given as `(tag, array, bfloat16)`, over the default edges; all or none are written.
    fn add_histograms(
        &self,
        py: Python<'_>,
        arrays: Vec<(String, Bound<'_, PyUntypedArray>, bool)>,
        edges: Option<PyReadonlyArray1<'_, f64>>,
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        let edges = self::edges(py, edges)?;
        let at = at(step, wall_time);
        let guards: Vec<(String, Borrowed<'_>)> = arrays
            .into_iter()
            .map(|(tag, values, bfloat16)| Ok((tag, Borrowed::new(&values, bfloat16)?)))
            .collect::<PyResult<_>>()?;
        let views: Vec<_> = guards.iter().map(|(_, array)| array.view()).collect();
        let runtime = Runtime::current();
        let made = py
            .detach(|| histograms(&views, &edges, runtime.pool()))
            .into_py(py)?;
        let mut alert = false;
        for ((tag, _), made) in guards.iter().zip(&made) {
            alert |= self.append_histogram(py, at, tag, made)?;
        }
        let skipped = made.iter().map(|made| left_out(&made.skipped));
        Outcome::histograms(py, alert, skipped.collect())
    }

    /// Writes a histogram from its parts.
    #[expect(clippy::too_many_arguments, reason = "they are the message's fields")]
    fn add_histogram_raw(
        &self,
        py: Python<'_>,
        tag: &str,
        statistics: (f64, f64, f64, f64, f64),
        limits: PyReadonlyArray1<'_, f64>,
        counts: PyReadonlyArray1<'_, f64>,
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        let (min, max, num, sum, sum_squares) = statistics;
        let histogram = HistogramProto {
            min,
            max,
            num,
            sum,
            sum_squares,
            bucket_limit: limits.as_slice()?.to_vec(),
            bucket: counts.as_slice()?.to_vec(),
        };
        let payload = encode::raw_histogram(at(step, wall_time), tag, histogram).into_py(py)?;
        self.append_payload(py, &payload)
    }
}

impl Writer {
    /// Bins an array and writes its histogram.
    fn bin_one(
        &self,
        py: Python<'_>,
        at: At,
        tag: &str,
        array: &Borrowed<'_>,
        edges: &Edges,
        max_bins: Option<usize>,
    ) -> PyResult<Py<Outcome>> {
        let view = array.view();
        let made = if view.len() <= AT_ONCE {
            histogram(&view.samples(Order::Any), edges, max_bins, None)
        } else {
            let runtime = Runtime::current();
            py.detach(|| histogram(&view.samples(Order::Any), edges, max_bins, runtime.pool()))
        };
        let made = made.into_py(py)?;
        let alert = self.append_histogram(py, at, tag, &made)?;
        Outcome::histograms(py, alert, vec![left_out(&made.skipped)])
    }

    /// Writes a histogram; whether there are problems to report.
    fn append_histogram(
        &self,
        py: Python<'_>,
        at: At,
        tag: &str,
        made: &Histogram,
    ) -> PyResult<bool> {
        let size = (made.limits.len() + made.counts.len()) * size_of::<f64>() + tag.len();
        // Into the file's buffer: a copy of the event would cost a tenth of a small histogram.
        self.append(py, 1, size + EVENT_OVERHEAD_BYTES, |out| {
            record::encode_with(out, |out| proto::histogram::encode(out, at, tag, made));
        })
    }
}

impl Values for View<'_> {
    fn in_place(&self) -> Option<Samples<'_>> {
        View::in_place(self)
    }

    fn samples(&self) -> Samples<'_> {
        View::samples(self, Order::Any)
    }

    fn len(&self) -> usize {
        View::len(self)
    }
}

fn left_out(skipped: &Skipped) -> outcome::Skipped {
    (skipped.nan, skipped.infinite, skipped.out_of_range)
}
