//! A spool, its store, and a log whose records are known.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use tensorbolt::{event_file, record};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::store::{Faults, Faulty};
use crate::address::Address;
use crate::client::{Client, Meter};
use crate::connection::{Connection, Limits};
use crate::credentials::Credentials;
use crate::lock::Held;
use crate::process::supervise;
use crate::setup::Setup;
use crate::shared::{Report, Shared, Target};
use crate::spool::{Description, Spool};
use crate::store::Store;

/// Remembers what is reported.
#[derive(Debug, Default)]
pub(super) struct Reported {
    pub problems: Mutex<Vec<String>>,
    pub full: Mutex<Vec<bool>>,
    /// How often credentials were wanted.
    pub wanted: AtomicUsize,
}

impl Report for Reported {
    fn problem(&self, error: tensorbolt::Error) {
        self.problems.lock().unwrap().push(error.to_string());
    }

    fn full(&self, full: bool) {
        self.full.lock().unwrap().push(full);
    }

    fn wants_credentials(&self) {
        self.wanted.fetch_add(1, Relaxed);
    }
}

pub(super) const FILE: &str = "events.out.tfevents.1700000000.host.1.000000.run";

/// A spool and its store.
pub(super) struct World {
    _root: tempfile::TempDir,
    pub spool: Spool,
    pub inner: Arc<InMemory>,
    pub faults: Arc<Mutex<Faults>>,
    pub client: Arc<Client>,
    pub report: Arc<Reported>,
    pub held: Held,
    /// The bytes of the log, the header included.
    pub log: Mutex<Vec<u8>>,
    pub max_spool: u64,
    records: AtomicUsize,
}

/// One process's upload.
pub(super) struct Life {
    pub setup: Arc<Setup>,
    pub task: JoinHandle<()>,
}

impl World {
    pub fn new() -> Self {
        Self::with_credentials(None)
    }

    pub fn with_credentials(credentials: Option<Arc<Credentials>>) -> Self {
        let root = tempfile::tempdir().unwrap();
        let spool = Spool::make(root.path()).unwrap();
        let description = Description::new("s3://bucket/log".into(), ".run".into());
        spool.describe(&description).unwrap();
        let (inner, faults) = (
            Arc::new(InMemory::new()),
            Arc::new(Mutex::new(Faults::default())),
        );
        let (store, script) = (inner.clone(), faults.clone());
        let make = Box::new(move |given: &[(String, String)]| {
            // Credentials of the program say of which generation they are.
            let generation = match given.first() {
                Some((_, generation)) => generation.parse().unwrap(),
                None => script.lock().unwrap().generation,
            };
            let client = Arc::new(Faulty {
                inner: store.clone(),
                faults: script.clone(),
                generation,
            });
            Ok(Store {
                objects: client.clone(),
                parts: Some(client),
            })
        });
        let address = Address::parse("s3://bucket/log").unwrap();
        let connection = Connection::new(make, Limits::default(), credentials).unwrap();
        let client = Arc::new(Client::new(address, Arc::new(connection)));
        let world = Self {
            _root: root,
            spool,
            inner,
            faults,
            client,
            report: Arc::default(),
            held: Held::default(),
            log: Mutex::default(),
            max_spool: u64::MAX,
            records: AtomicUsize::new(0),
        };
        world.write(&event_file::header(1.0));
        world
    }

    pub fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap()
    }

    /// Appends bytes to the event file.
    pub fn write(&self, bytes: &[u8]) {
        use std::io::Write;
        let path = self.spool.file(FILE);
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .unwrap();
        file.write_all(bytes).unwrap();
        self.log.lock().unwrap().extend_from_slice(bytes);
    }

    /// A record with a payload of this length or somewhat more, unlike all others.
    pub fn record(&self, length: usize) -> Vec<u8> {
        let number = self.records.fetch_add(1, Relaxed);
        let mut out = Vec::new();
        let mut payload = number.to_string().into_bytes();
        payload.resize(length.max(payload.len()), b'.');
        record::encode(&payload, &mut out);
        out
    }

    pub fn append(&self, length: usize) {
        self.write(&self.record(length));
    }

    pub fn start(&self) -> Life {
        let setup = Arc::new(Setup {
            spool: self.spool.clone(),
            description: self.spool.description().unwrap(),
            client: self.client.clone(),
            shared: Arc::new(Shared::default()),
            report: self.report.clone(),
            meter: Meter::default(),
            held: self.held.clone(),
            max_interval: Duration::from_mins(1),
            max_spool: self.max_spool,
            began: Instant::now(),
            seed: 5,
        });
        let lock = self.held.lock(&self.spool.path);
        let task = tokio::spawn(supervise(setup.clone(), lock));
        Life { setup, task }
    }

    /// What the objects hold, without headers, in the order of their names.
    pub async fn stored(&self) -> Vec<u8> {
        let mut all = event_file::header(1.0);
        let header = all.len();
        for key in self.keys().await {
            let bytes = self
                .inner
                .get(&Path::parse(key).unwrap())
                .await
                .unwrap()
                .bytes()
                .await
                .unwrap();
            assert_eq!(
                bytes[..header],
                all[..header],
                "each begins with a version record"
            );
            all.extend_from_slice(&bytes[header..]);
        }
        all
    }

    pub async fn keys(&self) -> Vec<String> {
        let found = self
            .inner
            .list_with_delimiter(Some(&Path::parse("log").unwrap()))
            .await
            .unwrap();
        let mut keys: Vec<_> = found
            .objects
            .into_iter()
            .map(|object| object.location.to_string())
            .collect();
        keys.sort();
        keys
    }

    /// The store holds the log, record for record.
    pub async fn check(&self) {
        let stored = self.stored().await;
        let log = self.log.lock().unwrap().clone();
        assert!(
            stored == log,
            "{} bytes stored, {} logged",
            stored.len(),
            log.len()
        );
    }
}

impl Life {
    /// Has everything uploaded at once.
    pub fn flush(&self) -> Target {
        let mut target = Target::default();
        for file in self.setup.spool.files().unwrap() {
            target.events.insert(file.name, file.size);
        }
        self.setup.shared.update(|state| state.want(&target));
        self.setup.shared.wake.notify_one();
        target
    }

    pub fn has(&self, target: &Target) -> bool {
        self.setup.shared.lock().has(target, |_| false)
    }

    /// Nothing more is written; waits for the end.
    pub async fn finish(self) {
        self.setup.shared.update(|state| state.closing = true);
        self.setup.shared.wake.notify_one();
        self.task.await.unwrap();
        assert!(!self.setup.spool.path.exists(), "the spool is removed");
    }

    /// The process is killed.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

pub(super) async fn seconds(count: u64) {
    sleep(Duration::from_secs(count)).await;
}
