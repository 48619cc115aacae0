//! The list of a run's embeddings, which several writers keep together: each puts its own entries among those of the others.

use bytes::Bytes;
use object_store::path::Path;
use tensorbolt::Error;
use tensorbolt::projector::{CONFIG, unite};

use crate::event_files::Tools;
use crate::failure::{Failure, Kind, Tried};

/// No list is longer; what is must be something else.
const LONGEST: u64 = 16 << 20;
/// Tries against writers that enter something at the same time; then it is a failure, and tried again later.
const TRIES: usize = 10;

/// True if a file is such a list.
pub(crate) fn is_config(name: &str) -> bool {
    name.rsplit('/').next() == Some(CONFIG)
}

/// Enters all that `ours` lists into the list in the store.
///
/// An object that is no such list is kept under another name, which is reported, and a new one begun.
pub(crate) async fn enter(tools: &mut Tools<'_>, key: &Path, ours: Vec<u8>) -> Tried<()> {
    let (client, meter) = (tools.client, tools.meter);
    for _ in 0..TRIES {
        let entered = match client.fetch(key, LONGEST, meter).await {
            Err(failure) if failure.kind == Kind::Missing => {
                client.create(key, ours.clone().into(), meter).await
            }
            Err(failure) => return Err(failure),
            // It cannot be kept either. Ours is what the projector needs.
            Ok(None) => client.replace(key, ours.clone().into(), meter).await,
            Ok(Some((theirs, version))) => {
                let united = united(tools, key, &theirs, &ours).await?;
                if united == theirs {
                    return Ok(());
                }
                client.update(key, united, version, meter).await
            }
        };
        match entered {
            // Another was quicker.
            Err(failure) if matches!(failure.kind, Kind::Exists | Kind::Missing) => {}
            result => return result,
        }
    }
    Err(Failure {
        kind: Kind::Transient,
        text: format!("others change {key} all the time"),
    })
}

async fn united(tools: &mut Tools<'_>, key: &Path, theirs: &Bytes, ours: &[u8]) -> Tried<Bytes> {
    let Ok(text) = std::str::from_utf8(ours) else {
        return Ok(ours.to_vec().into());
    };
    let at = match unite(theirs, text) {
        Ok(united) => return Ok(united.into()),
        Err(at) => at,
    };
    let mut number = 0_u64;
    let kept = loop {
        let name = match number {
            0 => format!("{key}.unreadable"),
            _ => format!("{key}.unreadable-{number}"),
        };
        let name = Path::from(name);
        match tools
            .client
            .create(&name, theirs.clone(), tools.meter)
            .await
        {
            Err(failure) if failure.kind == Kind::Exists => number += 1,
            result => break result.map(|()| name)?,
        }
    };
    tools.damage.push(Error::corrupt(format!(
        "{key} was no projector config (see byte {at}); it is kept as {kept} and a new one was begun"
    )));
    Ok(ours.to_vec().into())
}
