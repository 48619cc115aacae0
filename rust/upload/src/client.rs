//! Requests to a store: counted, bounded in time, each made once.

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{
    GetOptions, ObjectMeta, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, UpdateVersion,
};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::address::Address;
use crate::connection::Connection;
use crate::failure::{Failure, Kind, Tried};
use crate::shared::Stats;
use crate::store::Store;

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

impl Meter {
    pub fn copy_to(&self, stats: &mut Stats) {
        stats.upload_requests = self.requests.load(Relaxed);
        stats.uploaded_bytes = self.bytes.load(Relaxed);
    }
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

    /// True if the program should be asked for credentials.
    pub fn wants_credentials(&self) -> bool {
        self.connection.is_due()
    }

    /// Changes when the program hands over credentials.
    pub fn credentials(&self) -> u64 {
        self.connection.number()
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
        match self
            .request(
                PATIENCE,
                |store| async move { store.objects.head(key).await },
            )
            .await
        {
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
        let body = PutPayload::from_bytes(body);
        self.request(patience, async move |store| {
            store
                .objects
                .put_opts(key, body, PutOptions::from(mode))
                .await
        })
        .await?;
        Ok(())
    }

    /// The object's bytes; `None` if there are more than `most`.
    pub async fn get(&self, key: &Path, most: u64, meter: &Meter) -> Tried<Option<Bytes>> {
        Ok(self.fetch(key, most, meter).await?.map(|(bytes, _)| bytes))
    }

    /// The object's bytes, and what distinguishes them from those of another time; `None` if there are more than `most`.
    pub async fn fetch(
        &self,
        key: &Path,
        most: u64,
        meter: &Meter,
    ) -> Tried<Option<(Bytes, UpdateVersion)>> {
        meter.requests.fetch_add(1, Relaxed);
        let patience = PATIENCE + Duration::from_secs(most / SLOWEST);
        self.request(patience, |store| async move {
            let found = store.objects.get_opts(key, GetOptions::default()).await?;
            if found.meta.size > most {
                return Ok(None);
            }
            let version = UpdateVersion {
                e_tag: found.meta.e_tag.clone(),
                version: found.meta.version.clone(),
            };
            Ok(Some((found.bytes().await?, version)))
        })
        .await
    }

    /// The objects right below a key.
    pub async fn list(&self, prefix: Option<&Path>) -> Tried<Vec<ObjectMeta>> {
        let listed = self.request(PATIENCE, |store| async move {
            store.objects.list_with_delimiter(prefix).await
        });
        Ok(listed.await?.objects)
    }

    /// Some of an object's bytes.
    pub async fn range(&self, key: &Path, part: Range<u64>) -> Tried<Bytes> {
        let size = part.end.saturating_sub(part.start);
        let patience = PATIENCE + Duration::from_secs(size / SLOWEST);
        let got = self.request(patience, |store| async move {
            store.objects.get_range(key, part).await
        });
        got.await
    }

    /// Puts an object in place of the one that was fetched. `Kind::Exists` if it is another by now, where the store can tell.
    pub async fn update(
        &self,
        key: &Path,
        body: Bytes,
        version: UpdateVersion,
        meter: &Meter,
    ) -> Tried<()> {
        if self.connection.conditional.load(Relaxed) {
            match self
                .put(key, body.clone(), PutMode::Update(version), meter)
                .await
            {
                Err(failure) if failure.kind == Kind::Unconditional => {}
                result => return result,
            }
        }
        self.replace(key, body, meter).await
    }

    /// True if the store takes objects in parts.
    pub fn takes_parts(&self) -> bool {
        self.connection.takes_parts()
    }

    /// Makes a request about an object in parts; `size` bytes are sent, or put together.
    pub async fn part<T, F: Future<Output = object_store::Result<T>>>(
        &self,
        size: u64,
        sent: u64,
        meter: &Meter,
        request: impl FnOnce(Store) -> F,
    ) -> Tried<T> {
        meter.requests.fetch_add(1, Relaxed);
        meter.bytes.fetch_add(sent, Relaxed);
        let patience = PATIENCE + Duration::from_secs(size / SLOWEST);
        self.request(patience, request).await
    }

    /// Makes a request, and takes note of what it says about the program's credentials.
    async fn request<T, F: Future<Output = object_store::Result<T>>>(
        &self,
        patience: Duration,
        request: impl FnOnce(Store) -> F,
    ) -> Tried<T> {
        let (store, given) = self.connection.store()?;
        let result = match timeout(patience, request(store)).await {
            Ok(result) => result.map_err(|error| Failure::of(&error)),
            Err(_) => Err(Failure::timeout(patience.as_secs())),
        };
        match result.as_ref().err().map(|failure| failure.kind) {
            None | Some(Kind::Exists | Kind::Missing) => {
                if let Some(given) = &given {
                    given.succeeded();
                }
            }
            Some(Kind::Expired | Kind::Denied) => self.connection.refused(given.as_deref()),
            Some(_) => {}
        }
        result
    }
}
