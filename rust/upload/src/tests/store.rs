//! A store in memory that fails on request.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartId, MultipartUpload,
    ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutMultipartOptions, PutOptions,
    PutPayload, PutResult, Result,
};
use tokio::time::{Instant, sleep};

use crate::address::Address;
use crate::requests::Requests;
use crate::store::Store;

/// Requests of a store in memory that does not fail.
pub(super) fn requests_of(objects: Arc<InMemory>) -> Requests {
    let make = move || {
        Ok(Store {
            objects: objects.clone(),
            parts: Some(objects.clone()),
        })
    };
    Requests::new(Address::parse("s3://bucket/log").unwrap(), Box::new(make)).unwrap()
}

/// What the store does.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Faults {
    /// Every request fails.
    pub outage: bool,
    /// Every request waits without end.
    pub hole: bool,
    /// Requests out of a thousand that fail before they are carried out.
    pub busy: u64,
    /// Puts out of a thousand that are carried out and whose answer is lost.
    pub lost: u64,
    /// Requests of clients made before this one are refused as expired.
    pub generation: usize,
    /// Every request is refused.
    pub denied: bool,
    /// The next put panics.
    pub panic: bool,
    /// What another writer puts, at the key, just before the next put there.
    pub between_puts: Option<(Path, String)>,
    /// Longest body of a put, and of a part.
    pub longest: usize,
    pub parts: usize,
    /// It cannot put on condition.
    pub unconditional: bool,
    /// Milliseconds of a request.
    pub delay: u64,
    pub state: u64,
    /// Time and key of each put.
    pub puts: Vec<(Instant, String)>,
    pub requests: u64,
}

impl Faults {
    fn draw(&mut self) -> u64 {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % 1000
    }
}

#[derive(Debug)]
pub(super) struct Faulty {
    pub inner: Arc<InMemory>,
    pub faults: Arc<Mutex<Faults>>,
    pub generation: usize,
}

fn error(text: &str) -> Error {
    Error::Generic {
        store: "test",
        source: text.into(),
    }
}

impl std::fmt::Display for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("test")
    }
}

impl Faulty {
    async fn before(&self) -> Result<()> {
        let (delay, hole) = {
            let mut faults = self.faults.lock().unwrap();
            faults.requests += 1;
            (faults.delay, faults.hole)
        };
        if hole {
            std::future::pending::<()>().await;
        }
        sleep(Duration::from_millis(delay)).await;
        let mut faults = self.faults.lock().unwrap();
        if faults.outage {
            return Err(error("connection refused"));
        }
        if faults.denied {
            return Err(Error::PermissionDenied {
                path: "x".into(),
                source: "AccessDenied".into(),
            });
        }
        if self.generation < faults.generation {
            return Err(error("status code: 400: <Code>ExpiredToken</Code>"));
        }
        if faults.draw() < faults.busy {
            return Err(error("status code: 503: <Code>SlowDown</Code>"));
        }
        Ok(())
    }

    async fn after(&self) -> Result<()> {
        let delay = self.faults.lock().unwrap().delay;
        sleep(Duration::from_millis(delay)).await;
        let mut faults = self.faults.lock().unwrap();
        if faults.draw() < faults.lost {
            Err(error("connection reset"))
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        self.before().await?;
        let between = {
            let mut faults = self.faults.lock().unwrap();
            faults.between_puts.take_if(|(key, _)| key == location)
        };
        if let Some((key, text)) = between {
            self.inner.put(&key, text.into()).await?;
        }
        {
            let mut faults = self.faults.lock().unwrap();
            if std::mem::take(&mut faults.panic) {
                drop(faults);
                panic!("as asked");
            }
            if faults.unconditional && opts.mode != PutMode::Overwrite {
                return Err(Error::NotImplemented {
                    operation: "create".into(),
                    implementer: "test".into(),
                });
            }
            faults.puts.push((Instant::now(), location.to_string()));
            faults.longest = faults.longest.max(payload.content_length());
        }
        let result = self.inner.put_opts(location, payload, opts).await?;
        self.after().await?;
        Ok(result)
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.before().await?;
        self.inner.get_opts(location, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, opts).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

#[async_trait]
impl MultipartStore for Faulty {
    async fn create_multipart(&self, path: &Path) -> Result<MultipartId> {
        self.before().await?;
        self.inner.create_multipart(path).await
    }

    async fn put_part(
        &self,
        path: &Path,
        id: &MultipartId,
        number: usize,
        data: PutPayload,
    ) -> Result<PartId> {
        self.before().await?;
        {
            let mut faults = self.faults.lock().unwrap();
            faults.parts += 1;
            faults.longest = faults.longest.max(data.content_length());
        }
        let part = self.inner.put_part(path, id, number, data).await?;
        self.after().await?;
        Ok(part)
    }

    async fn complete_multipart(
        &self,
        path: &Path,
        id: &MultipartId,
        parts: Vec<PartId>,
    ) -> Result<PutResult> {
        self.before().await?;
        let put = self.inner.complete_multipart(path, id, parts).await?;
        self.after().await?;
        Ok(put)
    }

    async fn abort_multipart(&self, path: &Path, id: &MultipartId) -> Result<()> {
        self.before().await?;
        self.inner.abort_multipart(path, id).await
    }
}
