//! `Resume`: what the files of one directory do to go on with the log that is there.

use std::sync::Arc;

use pyo3::prelude::*;
use tensorbolt::writer;

/// Goes on at `step`, or at the first step other than 0 that is logged; files sort behind the name `after` as well. Without
/// `replaces`, older points stay.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct Resume {
    pub inner: Arc<writer::Resume>,
}

#[pymethods]
impl Resume {
    #[new]
    fn new(step: Option<i64>, after: Option<String>, replaces: bool) -> Self {
        let resume = writer::Resume::new(step, after);
        let inner = if replaces { resume } else { resume.of_copy() };
        Self { inner }
    }
}
