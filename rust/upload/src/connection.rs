//! The client of a bucket or server, which all logs of a process that go there share.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tensorbolt::Result;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::credentials::{Credentials, Given};
use crate::failure::{Failure, Tried};
use crate::store::{Make, Store};

/// A new client is made at most so often.
const REBUILD_AFTER: Duration = Duration::from_secs(30);

/// How many requests a process has at a time, so that its memory has a bound.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub large: Arc<Semaphore>,
    pub small: Arc<Semaphore>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            large: Arc::new(Semaphore::new(2)),
            small: Arc::new(Semaphore::new(64)),
        }
    }
}

/// The client of a bucket or server.
pub(crate) struct Connection {
    make: Make,
    made: Mutex<Made>,
    /// Those of the program, if it has such.
    credentials: Option<Arc<Credentials>>,
    /// False once the store said that it cannot put on condition.
    pub conditional: AtomicBool,
    pub limits: Limits,
}

/// A client, and what it was made of.
struct Made {
    store: Store,
    at: Instant,
    /// Number of the credentials.
    number: u64,
}

impl Connection {
    pub fn new(make: Make, limits: Limits, credentials: Option<Arc<Credentials>>) -> Result<Self> {
        let first = Made {
            store: make(&[])?,
            at: Instant::now(),
            number: 0,
        };
        Ok(Self {
            make,
            made: Mutex::new(first),
            credentials,
            conditional: AtomicBool::new(true),
            limits,
        })
    }

    /// The client of the store, and the program's credentials in it.
    pub fn store(&self) -> Tried<(Store, Option<Arc<Given>>)> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(credentials) = &self.credentials else {
            return Ok((made.store.clone(), None));
        };
        let Some(given) = credentials.given() else {
            return Err(Failure::without_credentials(credentials.number() > 0));
        };
        if made.number != given.number {
            let store = (self.make)(&given.options).map_err(|error| Failure::local(&error))?;
            *made = Made {
                store,
                at: Instant::now(),
                number: given.number,
            };
        }
        Ok((made.store.clone(), Some(given)))
    }

    /// True if the store takes objects in parts.
    pub fn takes_parts(&self) -> bool {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.store.parts.is_some()
    }

    /// The store refuses a request that was made with these credentials.
    pub fn refused(&self, given: Option<&Given>) {
        if let (Some(credentials), Some(given)) = (&self.credentials, given) {
            credentials.refused(given);
        }
    }

    /// True if the program should be asked for credentials.
    pub fn is_due(&self) -> bool {
        self.credentials
            .as_ref()
            .is_some_and(|credentials| credentials.due())
    }

    /// Changes when the program hands over credentials.
    pub fn number(&self) -> u64 {
        self.credentials
            .as_ref()
            .map_or(0, |credentials| credentials.number())
    }

    /// True if the program's credentials are these.
    pub fn has(&self, credentials: Option<&Arc<Credentials>>) -> bool {
        self.credentials.as_ref().map(Arc::as_ptr) == credentials.map(Arc::as_ptr)
    }

    /// Makes the store's client again: credentials in files may have been renewed.
    pub fn rebuild(&self, root: &str) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if self.credentials.is_some() || made.at.elapsed() < REBUILD_AFTER {
            return;
        }
        match (self.make)(&[]) {
            Ok(store) => {
                *made = Made {
                    store,
                    at: Instant::now(),
                    number: 0,
                }
            }
            Err(error) => log::warn!("the client of {root} cannot be made again: {error}"),
        }
    }
}
