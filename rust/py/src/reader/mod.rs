//! The reader: logs, and tables of what is in them.

mod buffer;
mod choices;
mod columns;
mod discover;
mod ended;
mod event_reader;
mod graphs;
mod lines;
mod log;
mod parquet_file;
mod position;
mod ranks;
mod remote;
mod room;
mod rows;
mod source;
mod text_files;

pub use buffer::Buffer;
pub use columns::{table_schema, table_stream};
pub use discover::{event_files, rank_streams};
pub use ended::Ended;
pub use event_reader::{EventReader, kind_of_plugin, value_of};
pub use lines::point_lines;
pub use log::{Log, downsample};
pub use parquet_file::write_parquet;
pub use ranks::{StreamFile, add_ranks};
pub use remote::{RemoteFile, RemoteLog, merged_name, segment_of};
pub use room::microseconds;
pub use source::origin_of;
pub use text_files::{write_csv, write_json};
