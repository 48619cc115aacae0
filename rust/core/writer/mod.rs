//! From encoded events to files: buffers, threads, memory limit, barriers.
//!
//! ```text
//! caller ── record ──────────────► buffer of the file ─┐
//! caller ── job ──► lane ─ record ─► buffer of the file ─┴─► I/O thread ─► store
//! caller ── work ──► thread of the files beside the file
//! ```
//!
//! Nothing here knows what is in an event. A [`Writer`] belongs to a [`Session`]; [`EventFile`] is what the two stand
//! for in one process, between two forks.

mod account;
mod answer;
mod beside;
mod file;
mod flush;
mod io;
mod lanes;
mod memory;
mod opening;
mod options;
mod own;
mod runtime;
mod session;
mod shared;
mod slots;
mod store;
mod write_out;

pub use account::{Account, Room, Stats};
pub use beside::Desk;
pub use file::{Appended, EventFile};
pub use flush::{Flush, Flushed};
pub use memory::Taking;
pub use options::{OnFull, Options};
pub use runtime::{Runtime, threads};
pub use session::{Session, Writer, now};
pub use shared::shared_descriptors;
pub use store::Place;
