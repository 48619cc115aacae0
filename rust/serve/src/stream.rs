//! The bytes of a blob, a piece at a time.

use std::io::{self, ErrorKind};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;
use futures_util::stream::{self, StreamExt as _};
use tensorbolt::reader::{Origin, piece};
use tonic::Status;

use crate::blob::{Blob, Key};
use crate::catalog::Catalog;
use crate::proto::ReadBlobResponse;

/// Bytes of a piece.
const PIECE_BYTES: u64 = 8 << 20;

/// The pieces of a blob.
pub type Pieces = Pin<Box<dyn Stream<Item = Result<ReadBlobResponse, Status>> + Send>>;

/// Finds the blob of a key.
pub async fn open(catalog: Arc<Catalog>, text: String) -> Result<Pieces, Status> {
    let key = Key::decode(&text).ok_or_else(|| {
        Status::invalid_argument(format!(
            "{text:?} is no key of a blob; pass one of ReadBlobSequences"
        ))
    })?;
    let run = catalog.run(&key.run);
    let run = run.ok_or_else(|| Status::not_found(format!("there is no run {:?}", key.run)))?;
    let file = run.files.iter().find(|file| file.name == key.file);
    let Some(file) = file.cloned() else {
        let text = format!("run {:?} has no file {:?} any more", key.run, key.file);
        return Err(Status::not_found(text));
    };
    let origin = file.origin.clone();
    let found = blocking(move || {
        let source = file.origin.open()?;
        file.check(&*source, key.offset)?;
        key.find(&*source)
    });
    Ok(match found.await? {
        Blob::Text(data) => stream::iter([Ok(ReadBlobResponse { data })]).boxed(),
        Blob::Part(part) => parts(origin, part).boxed(),
    })
}

fn parts(
    origin: Origin,
    part: Range<u64>,
) -> impl Stream<Item = Result<ReadBlobResponse, Status>> + Send {
    stream::unfold(part, move |rest| {
        let origin = origin.clone();
        async move {
            if rest.is_empty() {
                return None;
            }
            let end = rest.end.min(rest.start + PIECE_BYTES);
            let read = blocking(move || piece(&*origin.open()?, rest.start..end)).await;
            // After an error there is nothing more.
            let next = if read.is_ok() { end..rest.end } else { 0..0 };
            Some((read.map(|data| ReadBlobResponse { data }), next))
        }
    })
}

/// Runs what reads files on a thread that may wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Status> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|_| Status::internal("a thread that reads files ended"))?;
    done.map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::UnexpectedEof | ErrorKind::InvalidData => {
            Status::not_found(format!("the value is not in its file any more: {error}"))
        }
        _ => Status::unavailable(format!("cannot read the file of the value: {error}")),
    })
}
