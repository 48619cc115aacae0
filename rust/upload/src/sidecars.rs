//! Files next to the event files, such as those of the embedding projector: put whole whenever they changed, large ones in
//! parts.

use std::fs::File;
use std::future::Future;
use std::io::Read as _;
use std::time::Duration;

use object_store::path::Path;
use tensorbolt::Error;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::event_files::Tools;
use crate::failure::{Failure, Kind, Tried};
use crate::journal::Entry;
use crate::parts::{PART, Sender, Source, Unfinished, put};
use crate::projector::{enter, is_config};
use crate::spool::changed;
use crate::store::Store;

impl Sender for Tools<'_> {
    async fn permit(&self, size: u64) -> Option<OwnedSemaphorePermit> {
        self.client.permit(size).await
    }

    async fn send<T: Send, F: Future<Output = object_store::Result<T>> + Send>(
        &self,
        size: u64,
        sent: u64,
        request: impl Fn(Store) -> F + Send + Sync,
    ) -> Tried<T> {
        self.client.part(size, sent, self.meter, request).await
    }

    fn part_tried(&mut self, is_there: bool) {
        // Those who wait see that it goes on.
        let meter = self.meter;
        self.shared.update(|state| meter.copy_to(&mut state.stats));
        self.advanced |= is_there;
    }

    async fn may_complete(&self, _: &Path) -> Tried<()> {
        Ok(())
    }
}

/// A file that is no event file.
#[derive(Debug)]
pub(crate) struct Sidecar {
    pub name: String,
    pub size: u64,
    pub changed: u64,
    /// Size and time of what is in the store.
    pub done: Option<(u64, u64)>,
    last_put: Option<Instant>,
    /// Of a file that is put in parts.
    unfinished: Option<Unfinished>,
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
            unfinished: None,
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
        let local = |error| Failure::local(&error);
        let key = tools.client.address.key(&self.name).map_err(local)?;
        let path = tools.spool.file(&self.name);
        let failed = |error| local(Error::store(format!("reading {}", path.display()), error));
        let file = File::open(&path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        // It may have grown since it was looked at. If it changes from now on, its new time has it uploaded again.
        let seen = (metadata.len(), changed(&metadata));
        (self.size, self.changed) = seen;
        if self.size > PART && tools.client.takes_parts() {
            let source = Source {
                file: &file,
                seen,
                failed: &failed,
            };
            let put = put(&mut self.unfinished, tools, &key, &source).await;
            let again = |failure: Failure| match failure.kind {
                Kind::Missing => Failure {
                    kind: Kind::Transient,
                    ..failure
                },
                _ => failure,
            };
            if !put.map_err(again)? {
                return Ok(());
            }
        } else {
            // It is read only when it may be in memory.
            let _permit = tools.client.permit(self.size).await;
            let mut bytes = Vec::new();
            let read = file.take(self.size).read_to_end(&mut bytes);
            read.map_err(failed)?;
            if is_config(&self.name) {
                enter(tools, &key, bytes).await?;
            } else {
                let body = bytes.into();
                tools.client.replace(&key, body, tools.meter).await?;
            }
        }
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
