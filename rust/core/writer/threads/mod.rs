//! The threads of the writer, which know nothing of what they write: those that write files, and the lanes that encode.

mod io;
mod lanes;
mod oneshot;

pub(crate) use io::{Io, Next, WRITE_DELAY, Writable};
pub(crate) use lanes::{LaneTicket, Lanes};
pub(crate) use oneshot::Oneshot;
