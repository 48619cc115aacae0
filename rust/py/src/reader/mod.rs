//! The reader: logs, and tables of what is in them.

mod columns;
mod graphs;
mod log;
mod parquet_file;
mod position;
mod rows;
mod source;
mod text_files;

pub use columns::{table_schema, table_stream};
pub use log::{Log, downsample, event_files};
pub use parquet_file::write_parquet;
pub use text_files::{write_csv, write_json};
