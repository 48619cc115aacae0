//! Streams of ranks in logs that are read.

use pyo3::prelude::*;
use tensorbolt::ranks::{RankRuns, StreamInput, read_curves, read_ranks};

use super::choices::on_damage_of;
use super::log::Log;
use super::source::origin_of;
use crate::error::reading_error;

/// Name of a file, without its directory, and its place.
pub type StreamFile = (String, Py<PyAny>);

/// Adds the streams of a job to a log: as curves in its run, or each rank as a run that `wants_run` wants. Every so many seconds
/// Ctrl-C is looked for. Returns how many values they have.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "each is needed")]
pub fn add_ranks(
    py: Python<'_>,
    log: &Log,
    run: String,
    name: String,
    streams: Vec<StreamFile>,
    reduce: bool,
    wants_run: Option<Py<PyAny>>,
    on_damage: &str,
    seconds: f64,
) -> PyResult<u64> {
    let ended = &log.ended;
    let streams = streams.into_iter().map(|(name, place)| StreamInput {
        name,
        origin: origin_of(py, place, ended),
    });
    let streams: Vec<_> = streams.collect();
    let on_damage = on_damage_of(on_damage)?;
    let runs = RankRuns { run, name };
    let wants = |run: &str| {
        let Some(wants) = &wants_run else { return true };
        let answer = Python::attach(|py| wants.call1(py, (run,))?.extract::<bool>(py));
        answer.unwrap_or_else(|error| {
            ended.raise(error);
            false
        })
    };
    let done = log.watched(py, None, seconds, |core, watch| {
        if reduce {
            let report = read_curves(core, &runs, streams, on_damage, watch)?;
            Ok(report.values)
        } else {
            read_ranks(core, &runs, streams, on_damage, &wants, watch)
        }
    })?;
    done.map_err(|error| reading_error(py, &error))
}
