//! The client of a bucket or server, which all logs of a process that go there share.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tensorbolt::Result;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::store::Store;

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

/// Makes the client of a store from what it was made of before.
pub(crate) type Make = Box<dyn Fn() -> Result<Store> + Send + Sync>;

/// The client of a bucket or server.
pub(crate) struct Connection {
    make: Make,
    store: Mutex<(Store, Instant)>,
    /// False once the store said that it cannot put on condition.
    pub conditional: AtomicBool,
    pub limits: Limits,
}

impl Connection {
    pub fn new(make: Make, limits: Limits) -> Result<Self> {
        let store = Mutex::new((make()?, Instant::now()));
        Ok(Self {
            make,
            store,
            conditional: AtomicBool::new(true),
            limits,
        })
    }

    pub fn store(&self) -> Store {
        self.store
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .clone()
    }

    /// Makes the store's client again: credentials in files may have been renewed.
    pub fn rebuild(&self, root: &str) {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if store.1.elapsed() < REBUILD_AFTER {
            return;
        }
        match (self.make)() {
            Ok(made) => *store = (made, Instant::now()),
            Err(error) => log::warn!("the client of {root} cannot be made again: {error}"),
        }
    }
}
