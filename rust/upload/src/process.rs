//! The uploader of a process: one thread for all its spools, made at first use.
//!
//! A forked child has no thread of its parent and perhaps locks that no thread will release, so it gets an uploader of its
//! own and never touches the old one.

use std::future::{Future, pending};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use forkguard::Guard;
use futures_util::FutureExt as _;
use once_cell::race::OnceBox;
use tensorbolt::{Error, Result};
use tokio::runtime::{Builder, Handle};

use crate::address::Address;
use crate::client::Client;
use crate::connection::{Connection, Limits};
use crate::lock::{Held, Lock};
use crate::settings::Settings;
use crate::setup::Setup;
use crate::store::{self, Key};
use crate::stream::{broken, run};

static CURRENT: OnceBox<ArcSwap<Process>> = OnceBox::new();

/// Threads that look names up.
const RESOLVERS: usize = 2;

/// All that the uploads of a process share.
pub(crate) struct Process {
    guard: Guard,
    runtime: Mutex<Option<Handle>>,
    connections: Mutex<Vec<(Key, Weak<Connection>)>>,
    limits: Limits,
    pub held: Held,
    /// Spools of earlier processes that this one uploads.
    pub adopted: Mutex<Vec<Arc<Setup>>>,
}

impl Process {
    fn new() -> Self {
        Self {
            guard: forkguard::new(),
            runtime: Mutex::default(),
            connections: Mutex::default(),
            limits: Limits::default(),
            held: Held::default(),
            adopted: Mutex::default(),
        }
    }

    /// The uploader of this process.
    pub fn current() -> Arc<Self> {
        let current = CURRENT.get_or_init(|| Box::new(ArcSwap::from_pointee(Self::new())));
        let process = current.load_full();
        if !process.guard.clone().detected_fork() {
            return process;
        }
        current.compare_and_swap(&process, Arc::new(Self::new()));
        // Its thread does not exist here, so it cannot be taken down.
        std::mem::forget(process);
        current.load_full()
    }

    /// The client of an address; all addresses in one bucket share its connections, if their settings are the same.
    pub fn client(&self, address: &Address, settings: &Settings) -> Result<Arc<Client>> {
        let top = Address {
            prefix: String::new(),
            ..address.clone()
        };
        let key: Key = (top, settings.options.clone(), settings.environment.clone());
        let credentials = settings.credentials.as_ref();
        let mut all = self
            .connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.retain(|(_, connection)| connection.strong_count() > 0);
        let known = all
            .iter()
            .filter(|(known, _)| *known == key)
            .filter_map(|(_, connection)| connection.upgrade())
            .find(|connection| connection.has(credentials));
        let connection = if let Some(connection) = known {
            connection
        } else {
            let make = store::maker(key.clone());
            let connection = Connection::new(make, self.limits.clone(), credentials.cloned())?;
            let connection = Arc::new(connection);
            all.push((key, Arc::downgrade(&connection)));
            connection
        };
        Ok(Arc::new(Client::new(address.clone(), connection)))
    }

    /// Runs a task on the uploader's thread.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let mut runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if runtime.is_none() {
            *runtime = Some(start()?);
        }
        if let Some(handle) = &*runtime {
            handle.spawn(task);
        }
        Ok(())
    }

    /// Uploads a spool on the uploader's thread.
    pub fn upload(&self, setup: Arc<Setup>, lock: Option<Lock>) -> Result<()> {
        self.spawn(supervise(setup, lock))
    }
}

fn start() -> Result<Handle> {
    let failed = |error| Error::store("starting the thread for uploads", error);
    let runtime = Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(RESOLVERS)
        .build()
        .map_err(failed)?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("tensorbolt-upload".into())
        .spawn(move || runtime.block_on(pending::<()>()))
        .map_err(failed)?;
    Ok(handle)
}

/// Uploads a spool; what ends the upload before its time is reported, and the upload begins again with what the journal
/// says.
pub(crate) async fn supervise(setup: Arc<Setup>, mut lock: Option<Lock>) {
    loop {
        let life = AssertUnwindSafe(run(setup.clone(), lock.take())).catch_unwind();
        let error = match life.await {
            Ok(Ok(())) => break,
            Ok(Err(error)) => error,
            Err(_) => broken(
                &setup,
                "the uploader failed in a way it never should; please report it",
            ),
        };
        if setup.shared.lock().trouble.is_none() {
            setup.report.problem(error.clone());
        }
        setup
            .shared
            .update(|state| state.trouble = Some(error.to_string()));
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    setup.shared.update(|state| state.ended = true);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn logs_in_one_bucket_share_its_connections_unless_their_options_differ() {
        let process = Process::new();
        let client = |url: &str, region: &str| {
            let settings = Settings {
                options: vec![("aws_region".to_owned(), region.to_owned())],
                ..Settings::default()
            };
            let address = Address::parse(url).unwrap();
            process.client(&address, &settings).unwrap()
        };
        let first = client("s3://bucket/one", "here");
        assert!(first.shares(&client("s3://bucket/another", "here")));
        assert!(!first.shares(&client("s3://bucket/one", "there")));
        assert!(!first.shares(&client("s3://bucket2/one", "here")));
        assert_eq!(
            client("s3://bucket/another", "here").address.prefix,
            "another"
        );
    }
}
