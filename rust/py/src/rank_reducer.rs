//! `RankReducer`: the thread of rank 0 that makes curves of what all ranks log.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tensorbolt::ranks::{self, Directory, Limits, Options, Place, Report, Slow};

use crate::error::IntoPy;
use crate::upload::Upload;
use crate::writer::{SIGNAL_CHECK_INTERVAL, Writer};

/// Reads the streams of all ranks of a job, and writes the curves into the event file of a writer.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct RankReducer {
    inner: ranks::Reducer,
}

#[pymethods]
impl RankReducer {
    /// The log is that of the upload, or else in the writer's directory.
    #[new]
    fn new(
        py: Python<'_>,
        writer: &Writer,
        upload: Option<&Upload>,
        window: f64,
        resume: Option<i64>,
    ) -> PyResult<Self> {
        let options = Options {
            limits: Limits {
                window: Duration::try_from_secs_f64(window).unwrap_or(Duration::MAX),
                ..Limits::default()
            },
            resumed: resume,
            ..Options::default()
        };
        let place: Box<dyn Place> = match upload {
            Some(upload) => Box::new(upload.job().into_py(py)?),
            None => Box::new(Directory::new(&writer.root())),
        };
        let writer = Arc::clone(&writer.inner);
        let inner = ranks::Reducer::start(place, writer, options).into_py(py)?;
        Ok(Self { inner })
    }

    /// Waits until the other ranks have stopped, at most for `timeout` seconds, and until all that is there was written; false if
    /// that takes longer than twice the time and ten seconds.
    fn finish(&self, py: Python<'_>, timeout: f64) -> PyResult<bool> {
        let timeout = Duration::try_from_secs_f64(timeout).unwrap_or(Duration::MAX);
        self.inner.finish(timeout);
        let most = timeout
            .saturating_mul(2)
            .saturating_add(Duration::from_secs(10));
        let begin = std::time::Instant::now();
        while !py.detach(|| self.inner.wait(SIGNAL_CHECK_INTERVAL)) {
            py.check_signals()?;
            if begin.elapsed() >= most {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Counts so far.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        counts(py, &self.inner.report())
    }
}

fn slow_rank<'py>(py: Python<'py>, slow: &Slow) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("rank", slow.rank)?;
    dict.set_item("host", &slow.host)?;
    dict.set_item("section", &slow.section)?;
    dict.set_item("percent", slow.percent)?;
    dict.set_item("than", if slow.than_before { "before" } else { "others" })?;
    dict.set_item("since", slow.since)?;
    dict.set_item("until", slow.until)?;
    Ok(dict)
}

/// Counts of a reduction.
pub fn counts<'py>(py: Python<'py>, report: &Report) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("streams", report.streams)?;
    dict.set_item("ranks", report.ranks)?;
    dict.set_item("world_size", report.world_size)?;
    dict.set_item("values", report.values)?;
    dict.set_item("points", report.points)?;
    dict.set_item("present", report.present)?;
    dict.set_item("replaced", report.replaced)?;
    dict.set_item("late", report.late)?;
    dict.set_item("incomplete", report.incomplete)?;
    dict.set_item("missing", &report.missing)?;
    dict.set_item("late_ranks", &report.late_ranks)?;
    dict.set_item("damage", report.damage)?;
    let slow = report.slow.iter().map(|slow| slow_rank(py, slow));
    dict.set_item("slow", slow.collect::<PyResult<Vec<_>>>()?)?;
    Ok(dict)
}
