//! Puts a local file as an object, whole or in parts, on a condition. The object is there as a whole, or not at all.

use std::fs::File;
use std::future::Future;
use std::io;
use std::path::Path as LocalPath;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{
    ObjectMeta, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, UpdateVersion,
};
use tensorbolt::files::FileAt;
use tokio::sync::OwnedSemaphorePermit;

use crate::address::Kind as Scheme;
use crate::failure::{Failure, Kind, Tried};
use crate::parts::{PART, Sender, Source, give_up, put};
use crate::requests::Caller;
use crate::spool::changed;
use crate::store::Store;

/// Servers of plain HTTP take an object as a whole, which has to be in memory.
const MOST_HTTP: u64 = 256 << 20;

/// What must be true of the object before.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    /// Nothing.
    None,
    /// There is none.
    Absent,
    /// It is this one.
    Unchanged(UpdateVersion),
}

/// What distinguishes an object from those of its name at other times.
pub(crate) fn version(meta: ObjectMeta) -> UpdateVersion {
    UpdateVersion {
        e_tag: meta.e_tag,
        version: meta.version,
    }
}

/// Puts the file. `Kind::Exists` or `Kind::Missing` if the condition does not hold, unless the object has the file's bytes.
pub(crate) async fn put_file(
    caller: Caller<'_>,
    key: &Path,
    file: &LocalPath,
    condition: &Condition,
) -> Tried<()> {
    let failed = |error: io::Error| Failure {
        kind: Kind::Local,
        text: format!("reading {}: {error}", file.display()),
    };
    let input = File::open(file).map_err(failed)?;
    let metadata = input.metadata().map_err(failed)?;
    let seen = (metadata.len(), changed(&metadata));
    let source = Source {
        file: &input,
        seen,
        failed: &failed,
    };
    let mut putting = Putting { caller, condition };
    let done = if seen.0 <= PART || caller.address.kind == Scheme::Http {
        putting.whole(key, &source).await
    } else {
        putting.in_parts(key, &source).await
    };
    match done {
        // It may be an earlier try, whose answer was lost.
        Err(failure) if matches!(failure.kind, Kind::Exists | Kind::Missing) => {
            match holds(caller, key, &source).await {
                Ok(true) => Ok(()),
                _ => Err(failure),
            }
        }
        done => done,
    }
}

/// A file that is being put.
struct Putting<'a> {
    caller: Caller<'a>,
    condition: &'a Condition,
}

impl Putting<'_> {
    async fn whole(&self, key: &Path, source: &Source<'_>) -> Tried<()> {
        let (size, _) = source.seen;
        let address = self.caller.address;
        if address.kind == Scheme::Http && size > MOST_HTTP {
            return Err(Failure {
                kind: Kind::Local,
                text: format!(
                    "{} takes an object as a whole, and {size} bytes are too many for that",
                    address.root
                ),
            });
        }
        let bytes = read(source, 0, size)?;
        let put = async |mode: PutMode| {
            let request = |store: Store| {
                let body = PutPayload::from(bytes.clone());
                let options = PutOptions::from(mode.clone());
                async move { store.objects.put_opts(key, body, options).await }
            };
            self.caller.make(size, request).await.map(drop)
        };
        match self.condition {
            Condition::None => put(PutMode::Overwrite).await,
            Condition::Unchanged(version) => put(PutMode::Update(version.clone())).await,
            Condition::Absent => match put(PutMode::Create).await {
                Err(failure) if failure.kind == Kind::Unconditional => {
                    self.may_complete(key).await?;
                    put(PutMode::Overwrite).await
                }
                done => done,
            },
        }
    }

    async fn in_parts(&mut self, key: &Path, source: &Source<'_>) -> Tried<()> {
        let mut unfinished = None;
        let done = put(&mut unfinished, self, key, source).await;
        if let Some(old) = unfinished {
            give_up(old, self, key).await;
        }
        if done? {
            return Ok(());
        }
        Err(Failure {
            kind: Kind::Local,
            text: "the local copy was written to meanwhile".to_owned(),
        })
    }
}

impl Sender for Putting<'_> {
    async fn permit(&self, _: u64) -> Option<OwnedSemaphorePermit> {
        None
    }

    async fn send<T: Send, F: Future<Output = object_store::Result<T>> + Send>(
        &self,
        size: u64,
        _: u64,
        request: impl Fn(Store) -> F + Send + Sync,
    ) -> Tried<T> {
        self.caller.make(size, request).await
    }

    fn part_tried(&mut self, _: bool) {}

    async fn may_complete(&self, key: &Path) -> Tried<()> {
        if matches!(self.condition, Condition::None) {
            return Ok(());
        }
        let found = head(self.caller, key).await;
        match (self.condition, found) {
            (Condition::Absent, Err(failure)) if failure.kind == Kind::Missing => Ok(()),
            (_, Err(failure)) => Err(failure),
            (Condition::Unchanged(seen), Ok(found)) if version(found.clone()) == *seen => Ok(()),
            (_, Ok(found)) => Err(Failure {
                kind: Kind::Exists,
                text: format!("{} exists", found.location),
            }),
        }
    }
}

/// Asks for what the store knows about an object.
pub(crate) async fn head(caller: Caller<'_>, key: &Path) -> Tried<ObjectMeta> {
    let request = |store: Store| async move { store.objects.head(key).await };
    caller.make(0, request).await
}

/// True if the object has the same bytes as the file.
async fn holds(caller: Caller<'_>, key: &Path, source: &Source<'_>) -> Tried<bool> {
    let (size, _) = source.seen;
    if head(caller, key).await?.size != size {
        return Ok(false);
    }
    let mut start = 0;
    while start < size {
        let end = size.min(start + PART);
        let range = start..end;
        let request = |store: Store| {
            let range = range.clone();
            async move { store.objects.get_range(key, range).await }
        };
        if caller.make(end - start, request).await? != read(source, start, end - start)? {
            return Ok(false);
        }
        start = end;
    }
    Ok(true)
}

fn read(source: &Source<'_>, start: u64, length: u64) -> Tried<Bytes> {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    let read = source.file.read_exact_at(&mut bytes, start);
    read.map(|()| bytes.into()).map_err(source.failed)
}
