//! The extension module `tensorbolt._core`: glue between Python and the core crate, one file per area.
//!
//! Each argument has exactly one type here; guessing is the Python package's part. No view of a Python buffer outlives
//! the call that received it.

#![allow(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands extracted arguments over by value"
)]

use pyo3::prelude::*;

mod arguments;
mod array;
mod audio;
mod constants;
mod credentials;
mod custom_scalars;
mod edit;
mod embeddings;
mod error;
mod events;
mod fast_path;
mod follow;
mod graphs;
mod histograms;
mod hparams;
mod images;
mod inspect;
mod log;
mod meshes;
mod outcome;
mod pr_curves;
mod process;
mod rank_reducer;
mod rank_reduction;
mod rank_stream;
mod reader;
mod record;
mod resume;
mod scalar_group;
mod scalars;
mod serve;
mod session;
mod system_metrics;
mod tensors;
mod upload;
mod videos;
mod writer;

#[pymodule]
mod _core {
    #[pymodule_export]
    use super::constants::{default_edges, embedding_address};
    #[pymodule_export]
    use super::credentials::Credentials;
    #[pymodule_export]
    use super::edit::{Restarts, RunEditor, wall_time};
    #[pymodule_export]
    use super::fast_path::{leave_device_tensors, load_numpy, plain_array};
    #[pymodule_export]
    use super::follow::Follower;
    #[pymodule_export]
    use super::graphs::{graph_def, run_metadata};
    #[pymodule_export]
    use super::inspect::{Examination, StepOrderCheck};
    #[pymodule_export]
    use super::outcome::Outcome;
    #[pymodule_export]
    use super::process::{end, now, shared_descriptors};
    #[pymodule_export]
    use super::rank_reducer::RankReducer;
    #[pymodule_export]
    use super::rank_reduction::RankReduction;
    #[pymodule_export]
    use super::reader::{
        Buffer, EventReader, Log, RemoteFile, RemoteLog, add_ranks, downsample, event_files,
        kind_of_plugin, merged_name, microseconds, point_lines, rank_streams, segment_of,
        table_schema, table_stream, value_of, write_csv, write_json, write_parquet,
    };
    #[pymodule_export]
    use super::record::{encode_record, masked_crc32c, purge_records};
    #[pymodule_export]
    use super::resume::Resume;
    #[pymodule_export]
    use super::scalar_group::{ScalarGroups, routes_changed};
    #[pymodule_export]
    use super::serve::{DataProvider, data_server, usual_index};
    #[pymodule_export]
    use super::session::Session;
    #[pymodule_export]
    use super::system_metrics::SystemMetrics;
    #[pymodule_export]
    use super::upload::{LeftOver, Upload, left_over, push, wait_adopted};
    #[pymodule_export]
    use super::writer::Writer;

    use super::{Bound, PyModule, PyModuleMethods, PyResult, constants, log, outcome};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        outcome::export(module)?;
        log::install(module.py())?;
        constants::add_to(module)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
