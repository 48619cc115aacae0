//! Requests to a store: counted, bounded in time, each made once.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{
    GetOptions, ObjectStore as _, ObjectStoreExt as _, PutMode, PutOptions, PutPayload,
};
use tensorbolt::Result;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use crate::address::Address;
use crate::failure::{Failure, Kind, Tried};
use crate::store::Store;

/// Time for a request without a body.
const PATIENCE: Duration = Duration::from_secs(30);
/// The slowest network that a request waits for, in bytes a second.
const SLOWEST: u64 = 64 << 10;
/// Bodies from this size on count as large.
const LARGE: u64 = 256 << 10;
/// A new client is made at most so often.
const REBUILD_AFTER: Duration = Duration::from_secs(30);

/// How many requests a process has at a time, so that its memory has a bound.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    large: Arc<Semaphore>,
    small: Arc<Semaphore>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            large: Arc::new(Semaphore::new(2)),
            small: Arc::new(Semaphore::new(64)),
        }
    }
}

/// Counts what was sent.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub requests: AtomicU64,
    pub bytes: AtomicU64,
}

/// Makes the client of a store from what it was made of before.
pub(crate) type Make = Box<dyn Fn() -> Result<Store> + Send + Sync>;

/// A store, for all spools of a process that go there.
pub(crate) struct Client {
    pub address: Address,
    make: Make,
    store: Mutex<(Store, Instant)>,
    /// False once the store said that it cannot put on condition.
    conditional: AtomicBool,
    limits: Limits,
}

impl Client {
    pub fn new(address: Address, make: Make, limits: Limits) -> Result<Self> {
        let store = Mutex::new((make()?, Instant::now()));
        Ok(Self {
            address,
            make,
            store,
            conditional: AtomicBool::new(true),
            limits,
        })
    }

    fn store(&self) -> Store {
        self.store
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .clone()
    }

    /// Makes the store's client again: credentials in files may have been renewed.
    pub fn rebuild(&self) {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if store.1.elapsed() < REBUILD_AFTER {
            return;
        }
        match (self.make)() {
            Ok(made) => *store = (made, Instant::now()),
            Err(error) => log::warn!(
                "the client of {} cannot be made again: {error}",
                self.address.root
            ),
        }
    }

    /// Waits until a body of this size may be read into memory.
    pub async fn permit(&self, size: u64) -> Option<OwnedSemaphorePermit> {
        let which = if size >= LARGE {
            &self.limits.large
        } else {
            &self.limits.small
        };
        which.clone().acquire_owned().await.ok()
    }

    /// Puts an object that must not exist yet.
    pub async fn create(&self, key: &Path, body: Bytes, meter: &Meter) -> Tried<()> {
        if self.conditional.load(Relaxed) {
            match self.put(key, body.clone(), PutMode::Create, meter).await {
                Err(failure) if failure.kind == Kind::Unconditional => {
                    self.conditional.store(false, Relaxed);
                }
                result => return result,
            }
        }
        // Names are unique; this only guards against a put whose answer was lost.
        meter.requests.fetch_add(1, Relaxed);
        match within(PATIENCE, self.store().head(key)).await {
            Ok(_) => Err(Failure {
                kind: Kind::Exists,
                text: format!("{key} exists"),
            }),
            Err(failure) if failure.kind == Kind::Missing => {
                self.put(key, body, PutMode::Overwrite, meter).await
            }
            Err(failure) => Err(failure),
        }
    }

    /// Puts an object in place of what is there.
    pub async fn replace(&self, key: &Path, body: Bytes, meter: &Meter) -> Tried<()> {
        self.put(key, body, PutMode::Overwrite, meter).await
    }

    async fn put(&self, key: &Path, body: Bytes, mode: PutMode, meter: &Meter) -> Tried<()> {
        let size = body.len() as u64;
        meter.requests.fetch_add(1, Relaxed);
        meter.bytes.fetch_add(size, Relaxed);
        let patience = PATIENCE + Duration::from_secs(size / SLOWEST);
        let options = PutOptions::from(mode);
        let store = self.store();
        within(
            patience,
            store.put_opts(key, PutPayload::from_bytes(body), options),
        )
        .await?;
        Ok(())
    }

    /// The object's bytes; `None` if there are more than `most`.
    pub async fn get(&self, key: &Path, most: u64, meter: &Meter) -> Tried<Option<Bytes>> {
        meter.requests.fetch_add(1, Relaxed);
        let store = self.store();
        let patience = PATIENCE + Duration::from_secs(most / SLOWEST);
        within(patience, async {
            let found = store.get_opts(key, GetOptions::default()).await?;
            if found.meta.size > most {
                return Ok(None);
            }
            found.bytes().await.map(Some)
        })
        .await
    }
}

async fn within<T>(
    patience: Duration,
    request: impl Future<Output = object_store::Result<T>>,
) -> Tried<T> {
    match timeout(patience, request).await {
        Ok(result) => result.map_err(|error| Failure::of(&error)),
        Err(_) => Err(Failure::timeout(patience.as_secs())),
    }
}
