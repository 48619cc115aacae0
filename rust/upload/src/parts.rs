//! Files that are put in parts, one after another: one part of a file is in memory at a time, and what has been sent is not
//! sent again when a later part fails.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{MultipartId, PutPayload};

use crate::event_files::Tools;
use crate::failure::{Failure, Kind, Tried};
use crate::spool::changed;
use crate::store::Store;

/// Length of a part. Stores want at least 5 MiB, and the same of all parts but the last.
pub(crate) const PART: u64 = 8 << 20;
/// Stores take no more parts of an object.
const MOST_PARTS: u64 = 10_000;

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

/// Puts a file, from where an earlier try stopped. False if it has changed since it was seen.
pub(crate) async fn put(
    unfinished: &mut Option<Unfinished>,
    tools: &mut Tools<'_>,
    key: &Path,
    source: &Source<'_>,
) -> Tried<bool> {
    if let Some(old) = unfinished.take_if(|known| known.seen != source.seen) {
        give_up(old, tools, key).await;
    }
    if unfinished.is_none() {
        let create = |store: Store| async move { store.parts()?.create_multipart(key).await };
        *unfinished = Some(Unfinished {
            id: tools.client.part(0, 0, tools.meter, create).await?,
            seen: source.seen,
            parts: Vec::new(),
        });
    }
    let Some(known) = unfinished.as_mut() else {
        return Ok(false);
    };
    match put_rest(known, tools, key, source).await {
        Ok(true) => {
            *unfinished = None;
            Ok(true)
        }
        Ok(false) => {
            if let Some(old) = unfinished.take() {
                give_up(old, tools, key).await;
            }
            Ok(false)
        }
        // The store has forgotten it, or has put it together and the answer was lost: next time from the beginning.
        Err(failure) if failure.kind == Kind::Missing => {
            *unfinished = None;
            Err(Failure {
                kind: Kind::Transient,
                ..failure
            })
        }
        Err(failure) => Err(failure),
    }
}

/// Puts the parts that are not in the store, then has it put all together.
async fn put_rest(
    known: &mut Unfinished,
    tools: &mut Tools<'_>,
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
        let _permit = tools.client.permit(part).await;
        let mut bytes = vec![0; usize::try_from(part).unwrap_or_default()];
        let read = source.file.read_exact_at(&mut bytes, start);
        // Asked after reading, so that no part of another time is sent.
        if !is_as_seen(source).map_err(source.failed)? {
            return Ok(false);
        }
        read.map_err(source.failed)?;
        let (id, number) = (&known.id, known.parts.len());
        let request = |store: Store| async move {
            let body = PutPayload::from(bytes);
            store.parts()?.put_part(key, id, number, body).await
        };
        let sent = tools.client.part(part, part, tools.meter, request).await;
        // Those who wait see that it goes on.
        let meter = tools.meter;
        tools.shared.update(|state| meter.copy_to(&mut state.stats));
        known.parts.push(sent?);
        tools.advanced = true;
    }
    let (id, parts) = (&known.id, known.parts.clone());
    let complete =
        |store: Store| async move { store.parts()?.complete_multipart(key, id, parts).await };
    tools.client.part(size, 0, tools.meter, complete).await?;
    Ok(true)
}

/// Has the store forget what it has. If it cannot now, the bucket's rules for unfinished uploads do.
async fn give_up(known: Unfinished, tools: &mut Tools<'_>, key: &Path) {
    let id = &known.id;
    let abort = |store: Store| async move { store.parts()?.abort_multipart(key, id).await };
    if let Err(failure) = tools.client.part(0, 0, tools.meter, abort).await {
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
