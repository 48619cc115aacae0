//! `RankReduction`: curves of streams of ranks, as records that the caller writes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use tensorbolt::proto::event::At;
use tensorbolt::ranks::{
    Emit, Limits, Notice, Point, Precision, Reduction, StreamInput, Streams, Written, encode_point,
};
use tensorbolt::reader::{LocalFile, OnDamage, Origin, Source};
use tensorbolt::{Error, event_file, record};

use crate::error::IntoPy;
use crate::rank_reducer::counts;
use crate::reader::{Ended, StreamFile, origin_of};

/// Bytes that are read in one call.
const SLICE_BYTES: u64 = 4 << 20;

/// Whether there is more, records, and how many.
type Found<'py> = (bool, Bound<'py, PyBytes>, u64);

/// Reads the streams of the ranks of a job.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct RankReduction {
    work: Mutex<Work>,
    ended: Arc<Ended>,
}

struct Work {
    streams: Streams,
    reduction: Reduction,
    precision: Precision,
    began: Instant,
}

#[pymethods]
impl RankReduction {
    /// A reduction of a log with these event files, whose points are not made once more. Values wait for `window` seconds for those
    /// of other ranks.
    #[new]
    fn new(
        py: Python<'_>,
        event_files: Vec<StreamFile>,
        window: f64,
        double_precision: bool,
    ) -> PyResult<Self> {
        let ended = Arc::<Ended>::default();
        let files = event_files
            .into_iter()
            .map(|(name, place)| (name, origin_of(py, place, &ended)));
        let files: Vec<_> = files.collect();
        let written = py.detach(|| written(files));
        if let Some(error) = ended.take() {
            return Err(error);
        }
        let limits = Limits {
            window: Duration::try_from_secs_f64(window).unwrap_or(Duration::MAX),
            ..Limits::default()
        };
        let work = Mutex::new(Work {
            streams: Streams::new(OnDamage::Skip),
            reduction: Reduction::new(limits, written.into_py(py)?),
            precision: if double_precision {
                Precision::Double
            } else {
                Precision::Single
            },
            began: Instant::now(),
        });
        Ok(Self { work, ended })
    }

    /// Names the files of streams that there are now.
    fn set_streams(&self, py: Python<'_>, files: Vec<StreamFile>) -> PyResult<()> {
        let inputs = files.into_iter().map(|(name, place)| StreamInput {
            name,
            origin: origin_of(py, place, &self.ended),
        });
        let inputs = inputs.collect();
        self.with(py, |work| work.streams.set(&mut work.reduction, inputs))
    }

    /// Reads some megabytes of what was there at the beginning.
    fn catch_up<'py>(&self, py: Python<'py>) -> PyResult<Found<'py>> {
        self.records(py, Work::catch_up)
    }

    /// Reads what has come since; with `ends` also points of steps that wait for other ranks.
    fn look<'py>(&self, py: Python<'py>, ends: bool) -> PyResult<Found<'py>> {
        let which = if ends { Emit::All } else { Emit::Due };
        self.records(py, |work, out| work.look(which, out))
    }

    /// Bytes read so far.
    #[getter]
    fn bytes(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |work| work.streams.bytes())
    }

    /// True if all ranks have said that they will log no more.
    #[getter]
    fn is_over(&self, py: Python<'_>) -> PyResult<bool> {
        self.with(py, |work| work.reduction.is_over())
    }

    /// Counts so far.
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let report = self.with(py, |work| {
            let mut report = work.reduction.report();
            report.damage = work.streams.damage().count() as u64;
            report
        })?;
        counts(py, &report)
    }

    /// Sentences about ranks that take longer than the others, or no longer do, each once.
    fn remarks(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.with(py, |work| work.reduction.take_remarks())
    }

    /// What there is to say of ranks that are missing or late, each once: what happened, and what follows.
    fn notices(&self, py: Python<'_>) -> PyResult<Vec<Notice>> {
        self.with(py, |work| work.reduction.take_notices())
    }
}

impl RankReduction {
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Work) -> T + Send,
    ) -> PyResult<T> {
        py.detach(|| {
            // A handler of signals that runs while a store is read may come back here.
            let Ok(mut this) = self.work.try_lock().or_else(|error| match error {
                std::sync::TryLockError::Poisoned(poisoned) => {
                    Ok(PoisonError::into_inner(poisoned))
                }
                std::sync::TryLockError::WouldBlock => Err(()),
            }) else {
                return Err(PyRuntimeError::new_err(
                    "the reduction is used by another call",
                ));
            };
            let done = work(&mut this);
            drop(this);
            self.ended.take().map_or(Ok(done), Err)
        })
    }

    fn records<'py>(
        &self,
        py: Python<'py>,
        work: impl FnOnce(&mut Work, &mut Records) -> bool + Send,
    ) -> PyResult<Found<'py>> {
        let done = self.with(py, |this| {
            let mut out = Records::default();
            let has_more = work(this, &mut out);
            let failed = this.streams.take_errors().into_iter().next();
            failed.map_or(Ok((has_more, out)), Err)
        })?;
        let (has_more, out) = done.into_py(py)?;
        Ok((has_more, PyBytes::new(py, &out.bytes), out.count))
    }
}

impl Work {
    fn catch_up(&mut self, out: &mut Records) -> bool {
        let until = self.streams.bytes() + SLICE_BYTES;
        loop {
            let (now, precision) = (self.began.elapsed(), self.precision);
            let mut new = Records::default();
            let mut write = |point: &Point<'_>| new.push(point, precision);
            // A single read, so that what is replaced comes before what replaces it.
            let has_more = self
                .streams
                .catch_up(&mut self.reduction, 1, now, &mut write);
            out.replace(self.reduction.take_rewound());
            out.append(&new);
            if !has_more || self.streams.bytes() >= until {
                return has_more;
            }
        }
    }

    fn look(&mut self, which: Emit, out: &mut Records) -> bool {
        let (now, precision) = (self.began.elapsed(), self.precision);
        let any = self.streams.poll(&mut self.reduction, now);
        out.replace(self.reduction.take_rewound());
        self.reduction
            .emit(which, now, &mut |point| out.push(point, precision));
        any
    }
}

/// Records for an event file.
#[derive(Default)]
struct Records {
    bytes: Vec<u8>,
    count: u64,
}

impl Records {
    fn push(&mut self, point: &Point<'_>, precision: Precision) {
        record::encode_with(&mut self.bytes, |out| encode_point(out, point, precision));
        self.count += 1;
    }

    fn append(&mut self, other: &Self) {
        self.bytes.extend_from_slice(&other.bytes);
        self.count += other.count;
    }

    /// Has readers drop the points before from a step on.
    fn replace(&mut self, from: Option<i64>) {
        if let Some(step) = from {
            let wall_time = tensorbolt::writer::now();
            self.bytes.extend(event_file::purge(At { wall_time, step }));
        }
    }
}

fn written(files: Vec<(String, Origin)>) -> tensorbolt::Result<Written> {
    let mut sources: Vec<(String, Arc<dyn Source>)> = Vec::new();
    for (name, origin) in files {
        let source: Arc<dyn Source> = match origin {
            Origin::Path(path) => {
                let file = LocalFile::open(&path);
                Arc::new(file.map_err(|error| Error::store(format!("cannot read {name}"), error))?)
            }
            Origin::Other(source) => source,
        };
        sources.push((name, source));
    }
    Written::of(
        sources
            .iter()
            .map(|(name, source)| (name.clone(), &**source)),
    )
}
