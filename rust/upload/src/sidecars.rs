//! Files next to the event files, such as those of the embedding projector: put whole whenever they changed.

use std::time::Duration;

use tensorbolt::Error;
use tokio::time::Instant;

use crate::event_files::Tools;
use crate::failure::{Failure, Tried};
use crate::journal::Entry;

/// A file that is no event file.
#[derive(Debug)]
pub(crate) struct Sidecar {
    pub name: String,
    pub size: u64,
    pub changed: u64,
    /// Size and time of what is in the store.
    pub done: Option<(u64, u64)>,
    last_put: Option<Instant>,
    pub since: Option<Instant>,
}

impl Sidecar {
    pub fn new(name: String, done: Option<(u64, u64)>) -> Self {
        Self {
            name,
            size: 0,
            changed: 0,
            done,
            last_put: None,
            since: None,
        }
    }

    /// Takes note of the file's size and time.
    pub fn see(&mut self, size: u64, changed: u64, now: Instant) {
        (self.size, self.changed) = (size, changed);
        if self.waiting() == 0 && self.is_done() {
            self.since = None;
        } else if self.since.is_none() {
            self.since = Some(now);
        }
    }

    fn is_done(&self) -> bool {
        self.done == Some((self.size, self.changed))
    }

    pub fn waiting(&self) -> u64 {
        if self.is_done() { 0 } else { self.size }
    }

    pub fn due(&self, interval: Duration, urgent: bool) -> Option<Instant> {
        if self.is_done() {
            return None;
        }
        let wait = if urgent {
            Duration::from_secs(1)
        } else {
            interval
        };
        Some(self.last_put.map_or_else(Instant::now, |last| last + wait))
    }

    pub async fn upload(&mut self, tools: &mut Tools<'_>) -> Tried<()> {
        let _permit = tools.client.permit(self.size).await;
        let local = |error| Failure::local(&error);
        let key = tools.client.address.key(&self.name).map_err(local)?;
        let path = tools.spool.file(&self.name);
        // If it changes meanwhile, its new time has it uploaded again.
        let seen = (self.size, self.changed);
        let bytes = std::fs::read(&path)
            .map_err(|error| local(Error::store(format!("reading {}", path.display()), error)))?;
        tools
            .client
            .replace(&key, bytes.into(), tools.meter)
            .await?;
        let (size, changed) = seen;
        tools
            .journal
            .append(&Entry::Sidecar {
                file: self.name.clone(),
                size,
                changed,
            })
            .map_err(local)?;
        self.done = Some(seen);
        self.last_put = Some(Instant::now());
        self.since = None;
        Ok(())
    }
}
