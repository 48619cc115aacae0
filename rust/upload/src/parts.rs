//! Files that are put in parts, one after another: one part of a file is in memory at a time, and what has been sent is not
//! sent again when a later part fails.

use std::fs::File;
use std::future::Future;
use std::io;

use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{MultipartId, PutPayload};
use tensorbolt::files::FileAt;
use tokio::sync::OwnedSemaphorePermit;

use crate::failure::{Failure, Kind, Tried};
use crate::spool::changed;
use crate::store::Store;

/// Length of a part. Stores want at least 5 MiB, and the same of all parts but the last.
pub(crate) const PART: u64 = 8 << 20;
/// Stores take no more parts of an object.
const MOST_PARTS: u64 = 10_000;

/// Makes the requests: an uploader, or a caller that waits for each.
pub(crate) trait Sender: Send + Sync {
    /// Waits until a body of this size may be read into memory.
    fn permit(&self, size: u64) -> impl Future<Output = Option<OwnedSemaphorePermit>> + Send;

    /// Makes a request; `sent` bytes are sent, and `size` are sent or put together.
    fn send<T: Send, F: Future<Output = object_store::Result<T>> + Send>(
        &self,
        size: u64,
        sent: u64,
        request: impl Fn(Store) -> F + Send + Sync,
    ) -> impl Future<Output = Tried<T>> + Send;

    /// A part has been tried; `is_there` if the store has it now.
    fn part_tried(&mut self, is_there: bool);

    /// Asked when all parts are in the store: whether they may become the object.
    fn may_complete(&self, key: &Path) -> impl Future<Output = Tried<()>> + Send;
}

/// An object of which some parts are in the store.
#[derive(Debug)]
pub(crate) struct Unfinished {
    id: MultipartId,
    /// Size and time of change of the file.
    seen: (u64, u64),
    parts: Vec<PartId>,
}

/// A file, its size and time of change, and its name for messages.
pub(crate) struct Source<'a> {
    pub file: &'a File,
    pub seen: (u64, u64),
    pub failed: &'a (dyn Fn(io::Error) -> Failure + Sync),
}

/// Puts a file, from where an earlier try stopped. False if it has changed since it was seen. `Kind::Missing` if the store has
/// forgotten the parts, or has put them together and the answer was lost; the next time it begins again.
pub(crate) async fn put(
    unfinished: &mut Option<Unfinished>,
    sender: &mut impl Sender,
    key: &Path,
    source: &Source<'_>,
) -> Tried<bool> {
    if let Some(old) = unfinished.take_if(|known| known.seen != source.seen) {
        give_up(old, sender, key).await;
    }
    if unfinished.is_none() {
        let create = |store: Store| {
            let key = key.clone();
            async move { store.parts()?.create_multipart(&key).await }
        };
        *unfinished = Some(Unfinished {
            id: sender.send(0, 0, create).await?,
            seen: source.seen,
            parts: Vec::new(),
        });
    }
    let Some(known) = unfinished.as_mut() else {
        return Ok(false);
    };
    match put_rest(known, sender, key, source).await {
        Ok(true) => {
            *unfinished = None;
            Ok(true)
        }
        Ok(false) => {
            if let Some(old) = unfinished.take() {
                give_up(old, sender, key).await;
            }
            Ok(false)
        }
        Err(failure) if failure.kind == Kind::Missing => {
            *unfinished = None;
            Err(failure)
        }
        Err(failure) => Err(failure),
    }
}

/// Puts the parts that are not in the store, then has it put all together.
async fn put_rest(
    known: &mut Unfinished,
    sender: &mut impl Sender,
    key: &Path,
    source: &Source<'_>,
) -> Tried<bool> {
    let (size, _) = source.seen;
    let length = part_length(size);
    loop {
        let start = known.parts.len() as u64 * length;
        if start >= size {
            break;
        }
        let part = length.min(size - start);
        // It is read only when it may be in memory.
        let _permit = sender.permit(part).await;
        let mut bytes = vec![0; usize::try_from(part).unwrap_or_default()];
        let read = source.file.read_exact_at(&mut bytes, start);
        // Asked after reading, so that no part of another time is sent.
        if !is_as_seen(source).map_err(source.failed)? {
            return Ok(false);
        }
        read.map_err(source.failed)?;
        let number = known.parts.len();
        let body = PutPayload::from(bytes);
        let request = |store: Store| {
            let (key, id, body) = (key.clone(), known.id.clone(), body.clone());
            async move { store.parts()?.put_part(&key, &id, number, body).await }
        };
        let sent = sender.send(part, part, request).await;
        sender.part_tried(sent.is_ok());
        known.parts.push(sent?);
    }
    sender.may_complete(key).await?;
    let complete = |store: Store| {
        let (key, id, parts) = (key.clone(), known.id.clone(), known.parts.clone());
        async move { store.parts()?.complete_multipart(&key, &id, parts).await }
    };
    sender.send(size, 0, complete).await?;
    Ok(true)
}

/// Has the store forget what it has. If it cannot now, the bucket's rules for unfinished uploads do.
pub(crate) async fn give_up(known: Unfinished, sender: &impl Sender, key: &Path) {
    let abort = |store: Store| {
        let (key, id) = (key.clone(), known.id.clone());
        async move { store.parts()?.abort_multipart(&key, &id).await }
    };
    if let Err(failure) = sender.send(0, 0, abort).await {
        log::debug!("parts of {key} stay in the store: {}", failure.text);
    }
}

fn part_length(size: u64) -> u64 {
    PART.max(size.div_ceil(MOST_PARTS))
}

fn is_as_seen(source: &Source<'_>) -> io::Result<bool> {
    let metadata = source.file.metadata()?;
    Ok((metadata.len(), changed(&metadata)) == source.seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_object_has_no_more_parts_than_stores_take() {
        assert_eq!(part_length(PART + 1), PART);
        for size in [PART * MOST_PARTS, PART * MOST_PARTS + 1, 5 << 40] {
            assert!(size.div_ceil(part_length(size)) <= MOST_PARTS, "{size}");
        }
    }
}
