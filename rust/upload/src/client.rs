//! Requests to a store: counted, bounded in time, each made once.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{
    GetOptions, ObjectStore as _, ObjectStoreExt as _, PutMode, PutOptions, PutPayload,
};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::address::Address;
use crate::connection::Connection;
use crate::failure::{Failure, Kind, Tried};

/// Time for a request without a body.
const PATIENCE: Duration = Duration::from_secs(30);
/// The slowest network that a request waits for, in bytes a second.
const SLOWEST: u64 = 64 << 10;
/// Bodies from this size on count as large.
const LARGE: u64 = 256 << 10;

/// Counts what was sent.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub requests: AtomicU64,
    pub bytes: AtomicU64,
}

/// A place in a store, for all spools of a process that go there.
pub(crate) struct Client {
    pub address: Address,
    connection: Arc<Connection>,
}

impl Client {
    pub fn new(address: Address, connection: Arc<Connection>) -> Self {
        Self {
            address,
            connection,
        }
    }

    /// True if both use the same connections.
    #[cfg(test)]
    pub fn shares(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.connection, &other.connection)
    }

    /// Makes the store's client again: credentials in files may have been renewed.
    pub fn rebuild(&self) {
        self.connection.rebuild(&self.address.root);
    }

    /// Waits until a body of this size may be read into memory.
    pub async fn permit(&self, size: u64) -> Option<OwnedSemaphorePermit> {
        let which = if size >= LARGE {
            &self.connection.limits.large
        } else {
            &self.connection.limits.small
        };
        which.clone().acquire_owned().await.ok()
    }

    /// Puts an object that must not exist yet.
    pub async fn create(&self, key: &Path, body: Bytes, meter: &Meter) -> Tried<()> {
        if self.connection.conditional.load(Relaxed) {
            match self.put(key, body.clone(), PutMode::Create, meter).await {
                Err(failure) if failure.kind == Kind::Unconditional => {
                    self.connection.conditional.store(false, Relaxed);
                }
                result => return result,
            }
        }
        // Names are unique; this only guards against a put whose answer was lost.
        meter.requests.fetch_add(1, Relaxed);
        match within(PATIENCE, self.connection.store().head(key)).await {
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
        let store = self.connection.store();
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
        let store = self.connection.store();
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
