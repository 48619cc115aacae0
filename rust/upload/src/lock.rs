//! Which process uploads a spool: the one that holds the lock of its file `lock`.
//!
//! It is a record lock of `fcntl`: the system gives it back when the process ends, and a forked child does not have it.
//! Closing any descriptor of the file gives it back too, so a process never opens the file of a lock that it holds:
//! it remembers which those are.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tensorbolt::files::names;

/// The locks that this process holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held(Arc<Mutex<HashSet<PathBuf>>>);

/// A lock; given back when dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    file: Option<File>,
    spool: PathBuf,
    held: Held,
}

impl Held {
    /// True if this process holds the lock of a spool.
    pub fn has(&self, spool: &Path) -> bool {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.contains(spool)
    }

    /// Locks a spool; `None` if another holds it, or if it is gone.
    pub fn lock(&self, spool: &Path) -> Option<Lock> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.contains(spool) {
            return None;
        }
        let path = spool.join("lock");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .ok()?;
        try_lock(&file).ok()?;
        // Its holder may have removed it between the two.
        if names(&file) == Some(0) {
            return None;
        }
        held.insert(spool.to_owned());
        Some(Lock {
            file: Some(file),
            spool: spool.to_owned(),
            held: self.clone(),
        })
    }
}

#[cfg(unix)]
fn try_lock(file: &File) -> std::io::Result<()> {
    use rustix::fs::{FlockOperation, fcntl_lock};
    Ok(fcntl_lock(file, FlockOperation::NonBlockingLockExclusive)?)
}

/// The system gives this one back at the end of the process too, and there are no forks.
#[cfg(not(unix))]
fn try_lock(file: &File) -> std::io::Result<()> {
    Ok(file.try_lock()?)
}

impl Drop for Lock {
    fn drop(&mut self) {
        let mut held = self.held.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.file = None;
        held.remove(&self.spool);
    }
}
