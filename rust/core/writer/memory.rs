//! Events that are kept in memory: taking them out.

use std::sync::Arc;
use std::time::Duration;

use super::account::lock;
use super::file::EventFile;
use super::lanes::Ticket;
use crate::sync::Instant;

impl EventFile {
    /// Begins to take what was logged in memory so far; see [`Writer::in_memory`](super::Writer::in_memory).
    pub fn take(self: &Arc<Self>) -> Taking {
        Taking {
            lanes: self.runtime().lanes().ticket(),
            file: Arc::clone(self),
        }
    }
}

/// Records that are asked for, some of which may still be on a lane.
#[derive(Debug)]
#[must_use]
pub struct Taking {
    file: Arc<EventFile>,
    lanes: Ticket,
}

impl Taking {
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
