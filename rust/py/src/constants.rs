//! Defaults, limits and names that the core owns and the Python package uses as well.

use pyo3::prelude::*;
use tensorbolt::histogram::Edges;
use tensorbolt::projector::{self, Address};
use tensorbolt::writer::Options;
use tensorbolt::{encode, event_file};

use crate::error::IntoPy;
use crate::scalars::MAX_DEPTH;

/// Adds the constants to the extension.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let options = Options::default();
    module.add("DEFAULT_MAX_BUFFER", options.max_buffer)?;
    module.add("DEFAULT_STALL_TIMEOUT", options.stall_timeout.as_secs_f64())?;
    module.add("MAX_NESTING", MAX_DEPTH)?;
    module.add("MAX_NAME_BYTES", projector::MAX_COMPONENT)?;
    module.add("FILE_VERSION", event_file::FILE_VERSION)?;
    module.add("CUSTOM_SCALARS_TAG", encode::LAYOUT_TAG)?;
    module.add("PROJECTOR_CONFIG", projector::CONFIG)?;
    let files = (projector::POINTS, projector::METADATA, projector::SPRITE);
    module.add("EMBEDDING_FILES", files)
}

/// The edges of histograms that get none: 1549 numbers, ascending.
#[pyfunction]
pub fn default_edges() -> Vec<f64> {
    Edges::default_edges().as_slice().to_vec()
}

/// The name of an embedding in the projector's configuration, and its directory below the run's.
///
/// A tag whose directory name would be too long is a `ValueError`.
#[pyfunction]
pub fn embedding_address(py: Python<'_>, tag: &str, step: i64) -> PyResult<(String, String)> {
    let address = Address::new(tag, step).into_py(py)?;
    Ok((address.name().to_owned(), address.directory().to_owned()))
}
