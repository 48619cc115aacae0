//! Requests of a caller that waits for each: bounded in time, tried again, ended when the caller wants it.

use std::future::Future;
use std::io;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tensorbolt::Result;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::address::Address;
use crate::failure::{Failure, Kind, Tried};
use crate::store::Store;

/// Makes the client of a store.
pub(crate) type Make = Box<dyn Fn() -> Result<Store> + Send + Sync>;

/// Time for a request, and for each of these bytes.
const PATIENCE: Duration = Duration::from_secs(30);
const SLOWEST: u64 = 64 << 10;
/// Between two looks at the caller's wish.
const LOOK: Duration = Duration::from_millis(100);
/// Tries of a request that may succeed later, and the pause after the first; each further pause is twice as long.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// Says whether the caller still waits.
pub type GoOn<'a> = &'a (dyn Fn() -> bool + Sync);

/// The store, and what runs its requests.
struct Connected {
    /// The process that made it: a forked child must not use its parent's connections.
    process: u32,
    runtime: Runtime,
    store: Store,
}

/// Makes requests to a store: for each thread that calls at the same time over a connection of its own.
pub(crate) struct Requests {
    pub address: Address,
    make: Make,
    /// Those that no call uses now.
    idle: Mutex<Vec<Connected>>,
}

impl Requests {
    /// Checks what the store's client is made of; sends nothing.
    pub fn new(address: Address, make: Make) -> Result<Self> {
        make()?;
        Ok(Self {
            address,
            make,
            idle: Mutex::default(),
        })
    }

    /// Makes a request that brings or sends so many bytes.
    pub fn make<T, F: Future<Output = object_store::Result<T>>>(
        &self,
        bytes: u64,
        go_on: GoOn<'_>,
        request: impl Fn(Store) -> F,
    ) -> Tried<T> {
        self.run(go_on, async |caller: Caller<'_>| {
            caller.make(bytes, request).await
        })
    }

    /// Does work that makes several requests.
    pub fn run<T>(
        &self,
        go_on: GoOn<'_>,
        work: impl AsyncFnOnce(Caller<'_>) -> Tried<T>,
    ) -> Tried<T> {
        let made = self.take_idle();
        let made = match made {
            Some(made) => made,
            None => self.connect().map_err(|error| Failure::local(&error))?,
        };
        let caller = Caller {
            store: &made.store,
            address: &self.address,
            go_on,
        };
        let done = made.runtime.block_on(work(caller));
        self.idle().push(made);
        done
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connected>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that no call uses.
    fn take_idle(&self) -> Option<Connected> {
        let mut idle = self.idle();
        while let Some(made) = idle.pop() {
            if made.process == process::id() {
                return Some(made);
            }
            // Its runtime has threads and descriptors that belong to the parent.
            std::mem::forget(made);
        }
        None
    }

    fn connect(&self) -> Result<Connected> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| {
                tensorbolt::Error::store(format!("connecting to {}", self.address.root), error)
            })?;
        let store = {
            let _inside = runtime.enter();
            (self.make)()?
        };
        Ok(Connected {
            process: process::id(),
            runtime,
            store,
        })
    }
}

impl Drop for Requests {
    /// The last to hold them may be a thread that answers for the data server, on which a runtime's own end would panic.
    fn drop(&mut self) {
        while let Some(made) = self.take_idle() {
            made.runtime.shutdown_background();
        }
    }
}

impl std::fmt::Debug for Requests {
    /// What the client is made of holds secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Requests")
            .field("root", &self.address.root)
            .finish_non_exhaustive()
    }
}

/// A caller that waits for requests.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    store: &'a Store,
    pub address: &'a Address,
    go_on: GoOn<'a>,
}

impl Caller<'_> {
    /// Makes a request that brings or sends so many bytes, again if it may pass the next time.
    pub async fn make<T, F: Future<Output = object_store::Result<T>>>(
        &self,
        bytes: u64,
        request: impl Fn(Store) -> F,
    ) -> Tried<T> {
        let patience = PATIENCE + Duration::from_secs(bytes / SLOWEST);
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            let tried = timeout(patience, request(self.store.clone()));
            let failure = match while_wanted(self.go_on, tried).await {
                None => return Err(ended()),
                Some(Ok(Ok(answer))) => return Ok(answer),
                Some(Ok(Err(error))) => Failure::of(&error),
                Some(Err(_)) => Failure::timeout(patience.as_secs()),
            };
            if attempt == TRIES || !failure.may_pass() {
                return Err(failure);
            }
            log::info!("{} is asked again: {}", self.address.root, failure.text);
            let slept = while_wanted(self.go_on, tokio::time::sleep(pause));
            if slept.await.is_none() {
                return Err(ended());
            }
            (attempt, pause) = (attempt + 1, pause * 2);
        }
    }
}

/// The result, or `None` if the caller does not wait any more.
async fn while_wanted<T>(go_on: GoOn<'_>, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    loop {
        if let Ok(done) = timeout(LOOK, &mut work).await {
            return Some(done);
        }
        if !go_on() {
            return None;
        }
    }
}

pub(crate) fn ended() -> Failure {
    Failure {
        kind: Kind::Local,
        text: "the read was ended".to_owned(),
    }
}

/// A failed request of a reader, as an error of the operating system that says what to do.
pub(crate) fn refused(failure: &Failure, address: &Address) -> io::Error {
    refused_for(failure, address, address.reading_permission())
}

/// The same for a request that needs other permissions.
pub(crate) fn refused_for(failure: &Failure, address: &Address, permission: &str) -> io::Error {
    let Failure { kind, text } = failure;
    let (kind, text) = match kind {
        Kind::NoBucket => (
            io::ErrorKind::NotFound,
            format!(
                "there is no bucket {}; correct its name, or the endpoint",
                address.root
            ),
        ),
        Kind::Denied => (
            io::ErrorKind::PermissionDenied,
            format!(
                "{} refuses; the credentials must allow {permission}. It said: {text}",
                address.root
            ),
        ),
        Kind::Expired => (
            io::ErrorKind::PermissionDenied,
            format!(
                "the credentials for {} have expired; renew them",
                address.root
            ),
        ),
        Kind::Missing => (
            io::ErrorKind::NotFound,
            format!(
                "there is no such object any more. {} said: {text}",
                address.root
            ),
        ),
        Kind::Unconditional => (
            io::ErrorKind::Unsupported,
            format!("{} cannot do that: {text}", address.root),
        ),
        Kind::Local | Kind::NoCredentials => (io::ErrorKind::Other, text.clone()),
        Kind::Exists => (
            io::ErrorKind::AlreadyExists,
            format!(
                "{} has an object of that name already: {text}",
                address.root
            ),
        ),
        Kind::Transient => (
            io::ErrorKind::Other,
            format!("{} does not answer as it should: {text}", address.root),
        ),
    };
    io::Error::new(kind, text)
}
