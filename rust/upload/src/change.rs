//! Changes of a log in a store that `compact` makes: a new object next to another one, and objects that go.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path as LocalPath;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{MultipartUpload as _, ObjectStore, ObjectStoreExt as _, PutPayload};

use crate::address::Kind as Scheme;
use crate::failure::Kind;
use crate::object::Object;
use crate::requests::{GoOn, refused_for};

/// Larger files are put in parts, of which a store takes ten thousand.
const PART: u64 = 16 << 20;
const MOST_PARTS: u64 = 9_000;
/// Servers of plain HTTP take an object as a whole, which has to be in memory.
const MOST_HTTP: u64 = 256 << 20;

impl Object {
    /// Puts a local file next to this object, under another name. It is there as a whole, or not at all.
    ///
    /// # Errors
    ///
    /// Whatever keeps the file from being read or put.
    pub fn put_beside(&self, name: &str, file: &LocalPath, go_on: GoOn<'_>) -> io::Result<()> {
        let address = &self.requests.address;
        let (directory, _) = self.key.as_ref().rsplit_once('/').unwrap_or_default();
        let key = Path::parse(format!("{directory}/{name}")).map_err(io::Error::other)?;
        let size = File::open(file)?.metadata()?.len();
        if address.kind == Scheme::Http && size > MOST_HTTP {
            return Err(io::Error::other(format!(
                "{} takes an object as a whole, and {size} bytes are too many for that",
                address.root
            )));
        }
        let is_whole = size <= PART || address.kind == Scheme::Http;
        let part = size.div_ceil(MOST_PARTS).max(PART);
        let put = self.requests.make(size, go_on, |store| {
            let key = &key;
            async move {
                let local = |source: io::Error| object_store::Error::Generic {
                    store: "file",
                    source: Box::new(source),
                };
                let mut input = File::open(file).map_err(local)?;
                if is_whole {
                    let body = next(&mut input, size).map_err(local)?;
                    return store.put(key, body.into()).await.map(drop);
                }
                in_parts(&*store, key, part, || next(&mut input, part).map_err(local)).await
            }
        });
        put.map_err(|failure| refused_for(&failure, address, address.changing_permission()))
    }

    /// Removes the object. One that is gone is no error.
    ///
    /// # Errors
    ///
    /// Whatever keeps the store from removing it.
    pub fn remove(&self, go_on: GoOn<'_>) -> io::Result<()> {
        let removed = self.requests.make(0, go_on, |store| {
            let key = &self.key;
            async move { store.delete(key).await }
        });
        match removed {
            Err(failure) if failure.kind != Kind::Missing => {
                let address = &self.requests.address;
                Err(refused_for(
                    &failure,
                    address,
                    address.changing_permission(),
                ))
            }
            _ => Ok(()),
        }
    }
}

/// Puts an object in parts, until there is an empty one. Unless all are put, the store forgets them.
async fn in_parts(
    store: &dyn ObjectStore,
    key: &Path,
    part: u64,
    mut next: impl FnMut() -> object_store::Result<Bytes>,
) -> object_store::Result<()> {
    let mut upload = store.put_multipart(key).await?;
    let put = async {
        loop {
            let bytes = next()?;
            let is_last = (bytes.len() as u64) < part;
            if !bytes.is_empty() {
                upload.put_part(PutPayload::from_bytes(bytes)).await?;
            }
            if is_last {
                return upload.complete().await.map(drop);
            }
        }
    };
    let put = put.await;
    if put.is_err() {
        // The first failure is the one to report.
        let _ = upload.abort().await;
    }
    put
}

fn next(input: &mut File, most: u64) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    input.take(most).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}
