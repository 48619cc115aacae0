//! Requests of another thread, which the uploader's thread makes.

use std::future::Future;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use tensorbolt::ranks::StillWanted;

use crate::client::Client;
use crate::failure::{Failure, Tried};
use crate::process::Process;
use crate::requests::ended;

/// Between two looks whether an answer is still wanted.
const LOOK: Duration = Duration::from_millis(100);

/// What requests need.
pub(crate) struct Asking {
    pub client: Arc<Client>,
    pub process: Arc<Process>,
    pub wanted: StillWanted,
}

impl Asking {
    /// Has the uploader's thread make requests, and waits for them while they are wanted.
    pub fn ask<T, F>(&self, request: impl FnOnce(Arc<Client>) -> F) -> Tried<T>
    where
        T: Send + 'static,
        F: Future<Output = Tried<T>> + Send + 'static,
    {
        let (answer, answered) = sync_channel(1);
        let request = request(Arc::clone(&self.client));
        let spawned = self.process.spawn(async move {
            // The caller may be gone.
            let _ = answer.send(request.await);
        });
        spawned.map_err(|error| Failure::local(&error))?;
        loop {
            match answered.recv_timeout(LOOK) {
                Ok(done) => return done,
                Err(RecvTimeoutError::Timeout) if (self.wanted)() => {}
                Err(_) => return Err(ended()),
            }
        }
    }
}
