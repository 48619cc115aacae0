//! Reading out events that are kept in memory.

use std::sync::Arc;
use std::time::Duration;

use super::EventFile;
use crate::sync::{Instant, lock};
use crate::writer::threads::LaneTicket;

impl EventFile {
    /// Begins to read out what was logged in memory so far; see [`Writer::in_memory`](crate::writer::Writer::in_memory).
    pub fn drain(self: &Arc<Self>) -> Drain {
        Drain {
            lanes: self.runtime().lanes().ticket(),
            file: Arc::clone(self),
        }
    }
}

/// Records that are being read out, some of which may still be on a lane.
#[derive(Debug)]
#[must_use]
pub struct Drain {
    file: Arc<EventFile>,
    lanes: LaneTicket,
}

impl Drain {
    /// Waits at most for `slice`; whole records, or `None` if a lane is not done with them.
    #[must_use]
    pub fn wait(&self, slice: Duration) -> Option<Vec<u8>> {
        let lanes = self.file.runtime().lanes();
        if !lanes.wait(&self.lanes, Instant::now() + slice) {
            return None;
        }
        let mut store = lock(&self.file.store);
        lock(&self.file.buffer).urgent = true;
        // Here and not on an I/O thread, for which this thread would have to wait.
        let _ = self.file.write_into(&mut store);
        Some(store.take_written())
    }
}
