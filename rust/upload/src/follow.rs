//! A spool that another process uploads, seen from one that writes to it as well.

use tensorbolt::Result;
use tokio::time::timeout;

use crate::journal::{Entry, Reader};
use crate::lock::Lock;
use crate::setup::{LOOK, Setup};

/// Another process uploads: reads in its journal how far it is, and takes over when it has ended.
pub(crate) async fn follow(setup: &Setup) -> Result<Option<Lock>> {
    setup.spool.come();
    let mut reader = Reader::default();
    loop {
        for entry in reader.read(&setup.spool.path)? {
            setup.shared.update(|state| match entry {
                Entry::Done { file, end, .. } | Entry::Skip { file, end, .. } => {
                    state.reached.events.insert(file, end);
                }
                Entry::Sidecar { file, changed, .. } => {
                    state.reached.sidecars.insert(file, changed);
                }
                Entry::Begin { .. } => {}
            });
        }
        // This process writes nothing more, and what it wrote is in the store.
        let (closing, target) = {
            let state = setup.shared.lock();
            (state.closing, state.wanted.clone())
        };
        let gone = |name: &str| !setup.spool.file(name).exists();
        if closing && setup.shared.lock().has(&target, gone) {
            setup.spool.leave()?;
            // Without a holder, this process is the one to remove the spool.
            return Ok(setup.held.lock(&setup.spool.path));
        }
        setup.spool.describe(&setup.description)?;
        if let Some(lock) = setup.held.lock(&setup.spool.path) {
            return Ok(Some(lock));
        }
        let _ = timeout(LOOK / 4, setup.shared.wake.notified()).await;
    }
}
