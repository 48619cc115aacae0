//! From encoded events to files: buffers, threads, memory limit, barriers.
//!
//! ```text
//! caller ── record ──────────────► buffer of the file ─┐
//! caller ── job ──► lane ─ record ─► buffer of the file ─┴─► I/O thread ─► store
//! caller ── work ──► thread of the sidecars
//! ```
//!
//! Only [`shared`] looks into events, for their steps. A [`Writer`] belongs to a [`Session`]; [`EventFile`] is what the two stand
//! for in one process, between two forks.

mod answer;
mod backoff;
mod beside;
mod budget;
mod buffer;
mod clock;
mod file;
mod flush;
mod health;
mod io;
mod lanes;
mod location;
mod memory;
mod opening;
mod options;
mod own;
mod problems;
mod runtime;
mod session;
mod shared;
mod slots;
mod state;
mod stats;
mod store;
mod write_out;

pub use beside::SidecarContext;
pub use budget::Admission;
pub use buffer::Flushed;
pub use clock::now;
pub use file::{Appended, EventFile};
pub use flush::Flush;
pub use location::FileLocation;
pub use memory::Drain;
pub use options::{OnFull, OnOpenError, Options};
pub use runtime::{Runtime, threads};
pub use session::{Session, Writer};
pub use shared::shared_descriptors;
pub use state::SessionState;
pub use stats::Stats;
