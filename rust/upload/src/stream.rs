//! The life of one spool: it waits until no other process uploads it, then looks into it again and again and uploads what
//! is due, until nothing more is written and everything is in the store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tensorbolt::{Error, Result};
use tokio::time::{Instant, timeout};

use crate::backoff::Backoff;
use crate::event_files::{EventFile, Outcome, Tools};
use crate::failure::{Failure, Kind, Tried};
use crate::follow::follow;
use crate::interval;
use crate::journal::{Entry, Journal, Reader};
use crate::lock::Lock;
use crate::setup::{LOOK, Setup};
use crate::sidecars::Sidecar;
use crate::tracked::Tracked;
use crate::writers::{other, others};

/// A store that refuses is asked again so often.
const REFUSED: Duration = Duration::from_mins(1);
/// A failure of this length, with so many tries, is reported; a store that is merely busy is no news.
const REPORT_AFTER: Duration = Duration::from_secs(20);
const REPORT_TRIES: u32 = 4;
/// Credentials that have expired are about to be renewed; after that time they are not.
const RENEWAL: Duration = Duration::from_mins(1);

/// Uploads a spool from now on. It ends when the spool is closed and empty, or gone.
pub(crate) async fn run(setup: Arc<Setup>, lock: Option<Lock>) -> Result<()> {
    let lock = match lock {
        Some(lock) => lock,
        None => match follow(&setup).await? {
            Some(lock) => lock,
            None => return Ok(()),
        },
    };
    Stream::new(setup, lock)?.live().await
}

struct Stream {
    setup: Arc<Setup>,
    journal: Journal,
    events: BTreeMap<String, EventFile>,
    sidecars: BTreeMap<String, Sidecar>,
    past: BTreeMap<String, Tracked>,
    past_sidecars: BTreeMap<String, (u64, u64)>,
    backoff: Backoff,
    retry_at: Option<Instant>,
    /// The program's credentials at the last try; after a failure it is tried with others at once.
    tried: u64,
    /// When the failure began, and whether it has been reported.
    trouble: Option<(Instant, bool)>,
    full: bool,
    _lock: Lock,
}

impl Stream {
    fn new(setup: Arc<Setup>, lock: Lock) -> Result<Self> {
        let mut past: BTreeMap<String, Tracked> = BTreeMap::new();
        let mut past_sidecars = BTreeMap::new();
        for entry in Reader::default().read(&setup.spool.path)? {
            if let Entry::Sidecar {
                file,
                size,
                changed,
            } = entry
            {
                past_sidecars.insert(file, (size, changed));
            } else {
                past.entry(entry.file().to_owned())
                    .or_default()
                    .apply(&entry);
            }
        }
        Ok(Self {
            journal: Journal::open(&setup.spool.path)?,
            events: BTreeMap::new(),
            sidecars: BTreeMap::new(),
            past,
            past_sidecars,
            backoff: Backoff::new(setup.seed),
            retry_at: None,
            tried: 0,
            trouble: None,
            full: false,
            setup,
            _lock: lock,
        })
    }

    async fn live(mut self) -> Result<()> {
        loop {
            let closing = self.setup.shared.lock().closing;
            if !self.setup.spool.path.exists() {
                return Err(broken(
                    &self.setup,
                    "the spool was removed while it was in use",
                ));
            }
            if let Err(error) = self.look() {
                self.failed(&Failure::local(&error));
            } else if self.may_try() {
                self.tried = self.setup.client.credentials();
                match self.upload(closing).await {
                    Ok(()) => self.succeeded(),
                    Err(failure) => self.failed(&failure),
                }
            }
            if self.setup.client.wants_credentials() {
                self.setup.report.wants_credentials();
            }
            self.publish();
            if closing && self.is_empty() {
                return self.end();
            }
            let pause = self.pause(closing);
            let _ = timeout(pause, self.setup.shared.wake.notified()).await;
        }
    }

    fn may_try(&self) -> bool {
        self.retry_at.is_none_or(|at| at <= Instant::now())
            || self.tried != self.setup.client.credentials()
    }

    /// Takes note of what is in the spool.
    fn look(&mut self) -> Result<()> {
        let now = Instant::now();
        let files = self.setup.spool.files()?;
        let (mut events, mut sidecars) = (BTreeMap::new(), BTreeMap::new());
        for file in files {
            let name = file.name.clone();
            if file.is_log() {
                let mut event = self.events.remove(&name).unwrap_or_else(|| {
                    EventFile::new(name.clone(), self.past.remove(&name).unwrap_or_default())
                });
                event.see(file.size, now);
                events.insert(name, event);
            } else {
                let mut sidecar = self.sidecars.remove(&name).unwrap_or_else(|| {
                    Sidecar::new(name.clone(), self.past_sidecars.remove(&name))
                });
                sidecar.see(file.size, file.changed, now);
                sidecars.insert(name, sidecar);
            }
        }
        (self.events, self.sidecars) = (events, sidecars);
        self.publish();
        Ok(())
    }

    /// Uploads what is due.
    async fn upload(&mut self, closing: bool) -> Tried<()> {
        let setup = self.setup.clone();
        let wanted = setup.shared.lock().wanted.clone();
        let mut damage = Vec::new();
        let mut tools = Tools {
            spool: &setup.spool,
            client: &setup.client,
            journal: &mut self.journal,
            meter: &setup.meter,
            shared: &setup.shared,
            suffix: &setup.description.suffix,
            interval: interval::of(setup.began.elapsed(), setup.max_interval),
            advanced: false,
            damage: &mut damage,
        };
        let result = upload_all(
            &mut tools,
            &mut self.events,
            &mut self.sidecars,
            &|name, at| {
                let wanted = wanted.events.get(name).or(wanted.sidecars.get(name));
                closing || wanted.is_some_and(|&wanted| wanted > at)
            },
        )
        .await;
        if closing && result.is_ok() {
            // Another process may be in the middle of a record of its file.
            for file in self.events.values_mut() {
                if file.waiting() > 0
                    && file.due(tools.interval, true).is_none()
                    && !others(&setup.spool, &file.name, &setup.description.suffix)
                {
                    file.skip_torn(&mut tools)
                        .map_err(|error| Failure::local(&error))?;
                }
            }
        }
        if tools.advanced {
            // A long file goes on in spite of failures.
            self.backoff.succeed();
            self.trouble = None;
        }
        for error in damage {
            setup.report.problem(error);
        }
        result
    }

    fn is_empty(&self) -> bool {
        self.events
            .values()
            .all(|file| file.waiting() == 0 || (file.is_barren() && self.is_others(&file.name)))
            && self
                .sidecars
                .values()
                .all(|file| file.waiting() == 0 && file.done.is_some())
    }

    fn is_others(&self, name: &str) -> bool {
        others(&self.setup.spool, name, &self.setup.description.suffix)
    }

    /// Everything is in the store: the spool goes, unless a forked child still writes to it.
    fn end(self) -> Result<()> {
        let setup = self.setup.clone();
        // Noted first: who leaves later, and does not get the lock, relies on this process to look again.
        setup.spool.leave()?;
        if !self.events.keys().any(|name| self.is_others(name)) {
            return setup.spool.remove();
        }
        let others: Vec<u32> = self
            .events
            .keys()
            .filter_map(|name| other(name, &setup.description.suffix))
            .collect();
        // Gives the lock back.
        drop(self);
        if others.iter().all(|&pid| setup.spool.has_left(pid))
            && let Some(_lock) = setup.held.lock(&setup.spool.path)
        {
            return setup.spool.remove();
        }
        Ok(())
    }

    /// Until the next look.
    fn pause(&self, closing: bool) -> Duration {
        let now = Instant::now();
        let until = |at: Instant| at.saturating_duration_since(now);
        if let Some(at) = self.retry_at {
            return until(at).clamp(Duration::from_millis(1), LOOK);
        }
        let state = self.setup.shared.lock();
        let urgent = closing || !state.has(&state.wanted, |_| false);
        drop(state);
        if !urgent {
            return LOOK;
        }
        let events = self.events.values().filter_map(|file| file.due(LOOK, true));
        let sidecars = self
            .sidecars
            .values()
            .filter_map(|file| file.due(LOOK, true));
        let next = events.chain(sidecars).min();
        next.map_or(LOOK, |at| until(at).clamp(Duration::from_millis(1), LOOK))
    }

    fn succeeded(&mut self) {
        if self.trouble.take().is_some() {
            log::info!(
                "uploads to {} succeed again",
                self.setup.client.address.url()
            );
        }
        self.retry_at = None;
        self.backoff.succeed();
        self.setup.shared.lock().trouble = None;
    }

    fn failed(&mut self, failure: &Failure) {
        let now = Instant::now();
        let (since, reported) = *self.trouble.get_or_insert((now, false));
        let error = failure.error(&self.setup.client.address);
        log::warn!("{error}");
        let pause = self.backoff.next();
        let lasting = now - since >= REPORT_AFTER && self.backoff.failures() >= REPORT_TRIES;
        let (pause, worth) = match failure.kind {
            Kind::Denied | Kind::NoBucket => (REFUSED, true),
            Kind::Expired if self.backoff.failures() == 1 => (LOOK, false),
            Kind::Expired | Kind::NoCredentials => (REFUSED, now - since >= RENEWAL),
            Kind::Local => (pause, true),
            _ => (pause, lasting),
        };
        if matches!(failure.kind, Kind::Denied | Kind::NoBucket | Kind::Expired) {
            self.setup.client.rebuild();
        }
        self.retry_at = Some(now + pause);
        self.setup.shared.lock().trouble = Some(error.to_string());
        if worth && !reported {
            self.trouble = Some((since, true));
            self.setup.report.problem(error);
        }
    }

    /// Tells the handles how far it is.
    fn publish(&mut self) {
        let events = self
            .events
            .values()
            .map(|file| (file.waiting(), file.since));
        let sidecars = self
            .sidecars
            .values()
            .map(|file| (file.waiting(), file.since));
        let (mut waiting, mut oldest) = (0, None);
        for (bytes, since) in events.chain(sidecars) {
            waiting += bytes;
            oldest = oldest.into_iter().chain(since).min();
        }
        let setup = &self.setup;
        setup.shared.update(|state| {
            for file in self.events.values() {
                state
                    .reached
                    .events
                    .insert(file.name.clone(), file.tracked.end);
            }
            for file in self.sidecars.values() {
                if let Some((_, changed)) = file.done {
                    state.reached.sidecars.insert(file.name.clone(), changed);
                }
            }
            state.stats.spooled_bytes = waiting;
            setup.meter.copy_to(&mut state.stats);
            state.since = oldest;
        });
        // Not at once again, or a writer would stop and go with every record.
        let full = if self.full {
            waiting > setup.max_spool / 10 * 9
        } else {
            waiting > setup.max_spool
        };
        if full != self.full {
            self.full = full;
            setup.report.full(full);
        }
    }
}

/// Everything that is due, other files before the events that may name them.
async fn upload_all(
    tools: &mut Tools<'_>,
    events: &mut BTreeMap<String, EventFile>,
    sidecars: &mut BTreeMap<String, Sidecar>,
    urgent: &(dyn Fn(&str, u64) -> bool + Sync),
) -> Tried<()> {
    let is_now = |due: Option<Instant>| due.is_some_and(|at| at <= Instant::now());
    for file in sidecars.values_mut() {
        let done = file.done.map_or(0, |(_, changed)| changed);
        if is_now(file.due(tools.interval, urgent(&file.name, done))) {
            file.upload(tools).await?;
        }
    }
    for file in events.values_mut() {
        while let urgent = urgent(&file.name, file.tracked.end)
            && is_now(file.due(tools.interval, urgent))
        {
            if file.upload(tools, urgent).await? == Outcome::Nothing {
                break;
            }
        }
    }
    Ok(())
}

/// The failure of a task that should never fail so, as the caller sees it.
pub(crate) fn broken(setup: &Setup, why: &str) -> Error {
    let source = std::io::Error::other(format!("{why}; it is tried again"));
    Error::store(format!("uploading {}", setup.spool.path.display()), source)
}
