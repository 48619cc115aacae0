//! From encoded events to files: buffers, threads, memory limit, barriers.
//!
//! ```text
//! caller ── record ──────────────► buffer of the file ─┐
//! caller ── job ──► lane ─ record ─► buffer of the file ─┴─► I/O thread ─► store
//! caller ── work ──► thread of the sidecars
//! ```
//!
//! | directory | contents |
//! |---|---|
//! | `event_file` | one event file: its buffer, opening, flushing, and the sidecars next to it |
//! | `store` | where its bytes go: a file of this process, one that processes share, a stream of ranks, memory |
//! | `threads` | the threads that write, and the lanes that encode; they know no event file |
//! | `limits` | the memory limit, counters, problems and health of a session |
//!
//! Only the files that processes share look into events, for their steps. A [`Writer`] belongs to a [`Session`];
//! [`EventFile`] is what the two stand for in one process, between two forks.

mod clock;
mod event_file;
mod limits;
mod location;
mod options;
mod resume;
mod runtime;
mod session;
mod store;
mod threads;

pub use clock::now;
pub use event_file::{Appended, Drain, EventFile, Flush, Flushed, SidecarContext};
pub use limits::{Admission, RoomWait, SessionState, Stats};
pub use location::{FileLocation, StreamLocation};
pub use options::{OnFull, OnOpenError, Options};
pub use resume::Resume;
pub(crate) use runtime::{FlushedAtExit, LastFlush};
pub use runtime::{Runtime, threads};
pub use session::{Session, Writer};
pub use store::shared_descriptors;
