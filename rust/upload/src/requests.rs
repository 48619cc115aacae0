//! Requests of a caller that waits for each: bounded in time, tried again, ended when the caller wants it.

use std::future::Future;
use std::io;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use object_store::ObjectStore;
use tensorbolt::Result;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::address::Address;
use crate::failure::{Failure, Kind, Tried};

type Store = Arc<dyn ObjectStore>;
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
pub type GoOn<'a> = &'a dyn Fn() -> bool;

/// The store, and what runs its requests.
struct Connected {
    /// The process that made it: a forked child must not use its parent's connections.
    process: u32,
    runtime: Runtime,
    store: Store,
}

/// Makes requests to a store, one at a time.
pub(crate) struct Requests {
    pub address: Address,
    make: Make,
    connected: Mutex<Option<Connected>>,
}

impl Requests {
    /// Checks what the store's client is made of; sends nothing.
    pub fn new(address: Address, make: Make) -> Result<Self> {
        make()?;
        Ok(Self {
            address,
            make,
            connected: Mutex::new(None),
        })
    }

    /// Makes a request that brings so many bytes.
    pub fn make<T, F: Future<Output = object_store::Result<T>>>(
        &self,
        bytes: u64,
        go_on: GoOn<'_>,
        request: impl Fn(Store) -> F,
    ) -> Tried<T> {
        let mut connected = self
            .connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = connected.take_if(|made| made.process != process::id()) {
            // Its runtime has threads and descriptors that belong to the parent.
            std::mem::forget(other);
        }
        let made = match connected.take() {
            Some(made) => made,
            None => self.connect().map_err(|error| Failure::local(&error))?,
        };
        let made = connected.insert(made);
        let patience = PATIENCE + Duration::from_secs(bytes / SLOWEST);
        made.runtime.block_on(async {
            let mut pause = PAUSE;
            let mut attempt = 1;
            loop {
                let done = while_wanted(go_on, timeout(patience, request(made.store.clone())));
                let failure = match done.await {
                    None => return Err(ended()),
                    Some(Ok(Ok(answer))) => return Ok(answer),
                    Some(Ok(Err(error))) => Failure::of(&error),
                    Some(Err(_)) => Failure::timeout(patience.as_secs()),
                };
                if attempt == TRIES || !failure.may_pass() {
                    return Err(failure);
                }
                log::info!("{} is asked again: {}", self.address.root, failure.text);
                if while_wanted(go_on, tokio::time::sleep(pause))
                    .await
                    .is_none()
                {
                    return Err(ended());
                }
                (attempt, pause) = (attempt + 1, pause * 2);
            }
        })
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

impl std::fmt::Debug for Requests {
    /// What the client is made of holds secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Requests")
            .field("root", &self.address.root)
            .finish_non_exhaustive()
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

fn ended() -> Failure {
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
        Kind::Exists | Kind::Transient => (
            io::ErrorKind::Other,
            format!("{} does not answer as it should: {text}", address.root),
        ),
    };
    io::Error::new(kind, text)
}
