//! `SystemMetrics`: the thread that logs what the machine does.

use std::time::Duration;

use pyo3::prelude::*;
use tensorbolt::sampler::{Sampler, Values};
use tensorbolt_system::Machine;

use crate::writer::Writer;

/// Time that the first call gives to drivers, so that it can say what is missing.
const PATIENCE: Duration = Duration::from_secs(1);

/// A thread that logs what the machine does. It ends with this object.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct SystemMetrics {
    inner: Sampler,
}

#[pymethods]
impl SystemMetrics {
    /// Begins the thread. `before` is how many seconds the steps have come to already; `node` has it log what all processes of
    /// the node share.
    #[new]
    fn new(writer: &Writer, seconds: f64, before: f64, node: bool) -> Self {
        let directory = node.then(|| writer.root());
        let open = move || {
            let (mut machine, notices) = Machine::open(directory);
            let sample = move |values: &mut Values| {
                if let Some(machine) = &mut machine {
                    machine.sample(values);
                }
            };
            (sample, notices)
        };
        let inner = Sampler::start(writer.sink(), duration(seconds), duration(before), open);
        Self { inner }
    }

    /// False in a process that was forked from the one that it was made in.
    #[getter]
    fn runs(&self) -> bool {
        self.inner.is_ours()
    }

    /// Changes the interval.
    fn set_interval(&self, seconds: f64) {
        self.inner.set_interval(duration(seconds));
    }

    /// What the user should know and was not given yet; waits a moment for the drivers.
    fn take_notices(&self, py: Python<'_>) -> Vec<String> {
        py.detach(|| self.inner.take_notices(PATIENCE))
    }

    /// Ends the thread; returns what the user should know and was not given yet.
    fn stop(&self, py: Python<'_>) -> Vec<String> {
        py.detach(|| self.inner.stop())
    }
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
