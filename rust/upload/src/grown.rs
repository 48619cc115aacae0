//! An object that grows, whose bytes are asked for once.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use object_store::path::Path;
use tensorbolt::reader::Source;

use crate::asking::Asking;
use crate::failure::Failure;

/// An object as far as the last list has shown it. A request that fails ends there, and so does all that is read of it until the
/// failure is taken.
pub(crate) struct Grown {
    asking: Arc<Asking>,
    key: Path,
    /// It is read as it grows, else once.
    is_followed: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    size: u64,
    /// Place, size and room of the last read. What was not whole then is not before the object has grown.
    last: Option<(u64, u64, usize)>,
    failure: Option<Failure>,
}

impl Grown {
    pub fn new(asking: &Arc<Asking>, key: &Path, size: u64, is_followed: bool) -> Self {
        let state = State {
            size,
            ..State::default()
        };
        Self {
            asking: Arc::clone(asking),
            key: key.clone(),
            is_followed,
            state: Mutex::new(state),
        }
    }

    /// Takes note of the size that a list has.
    pub fn see(&self, size: u64) {
        let mut state = self.state();
        // What was read stays read: the uploader replaces an object by one that begins with the same bytes.
        state.size = state.size.max(size);
    }

    /// What has kept it from being read.
    pub fn take_failure(&self) -> Option<Failure> {
        let mut state = self.state();
        if state.failure.is_some() {
            state.last = None;
        }
        state.failure.take()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Grown {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        let until = {
            let mut state = self.state();
            let this = (offset, state.size, out.len());
            let is_over = offset >= state.size || out.is_empty();
            let is_known = self.is_followed && state.last == Some(this);
            if is_over || state.failure.is_some() || is_known {
                return Ok(0);
            }
            state.last = Some(this);
            state.size.min(offset + out.len() as u64)
        };
        let key = self.key.clone();
        let got = self
            .asking
            .ask(move |client| async move { client.range(&key, offset..until).await });
        match got {
            Ok(bytes) => {
                let count = bytes.len().min(out.len());
                if let (Some(from), Some(to)) = (bytes.get(..count), out.get_mut(..count)) {
                    to.copy_from_slice(from);
                }
                Ok(count)
            }
            Err(failure) => {
                self.state().failure = Some(failure);
                Ok(0)
            }
        }
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.state().size)
    }
}
