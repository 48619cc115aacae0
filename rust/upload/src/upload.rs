//! The handle of a remote log's upload.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::AcqRel};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use forkguard::Guard;
use tensorbolt::Result;

use crate::address::Address;
use crate::client::Meter;
use crate::event_files::segment;
use crate::job::{Begun, Job};
use crate::lock::Lock;
use crate::process::Process;
use crate::push::adopt;
use crate::settings::Settings;
use crate::setup::Setup;
use crate::shared::{Report, Shared, Stats, Target};
use crate::spool::{Description, Spool, random};

/// What a process has of an upload.
struct Attached {
    guard: Guard,
    shared: Arc<Shared>,
    started: AtomicBool,
}

/// A remote log: a spool that a local writer writes to, and its upload.
pub struct Upload {
    settings: Settings,
    address: Address,
    description: Description,
    spool: Spool,
    directory: PathBuf,
    report: Arc<dyn Report>,
    attached: ArcSwap<Attached>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload")
            .field("url", &self.address.url())
            .finish_non_exhaustive()
    }
}

impl Attached {
    fn new() -> Self {
        Self {
            guard: forkguard::new(),
            shared: Arc::default(),
            started: AtomicBool::new(false),
        }
    }
}

impl Upload {
    /// Makes a spool below `root` and begins to upload what will be written there. Sends nothing itself.
    ///
    /// Spools of the same address that a killed process of this machine left are uploaded as well.
    ///
    /// # Errors
    ///
    /// `is_argument` if the address or an option is wrong; `is_store` if the thread cannot be made, or the spool, unless
    /// `retry_open` is set.
    pub fn begin(root: &Path, settings: Settings, report: Arc<dyn Report>) -> Result<Self> {
        let address = Address::parse(&settings.url)?;
        let process = Process::current();
        let client = process.client(&address, &settings)?;
        let description = Description::new(address.url(), settings.suffix.clone());
        let made = Spool::make(root).and_then(|spool| {
            let lock = process.held.lock(&spool.path);
            spool.describe(&description).map(|()| (spool, lock))
        });
        let (spool, lock) = match made {
            // The task makes it, and reports why it cannot.
            Err(_) if settings.retry_open => (Spool::named(root), None),
            made => made?,
        };
        let directory = spool.log();
        let attached = ArcSwap::from_pointee(Attached::new());
        let upload = Self {
            settings,
            address,
            description,
            spool,
            directory,
            report,
            attached,
        };
        upload.start(&upload.attached.load(), lock)?;
        adopt(
            root,
            &upload.address.url(),
            &client,
            &upload.settings,
            &upload.report,
        );
        Ok(upload)
    }

    /// Where the local writer writes.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The address of the first object of an event file, for people.
    #[must_use]
    pub fn address(&self, file: &Path) -> String {
        let name = file
            .strip_prefix(&self.directory)
            .unwrap_or(file)
            .to_string_lossy();
        self.address
            .display(&segment(&name, &self.settings.suffix, 0))
    }

    /// The streams of the job whose ranks log to this address, read with the connections and credentials of the upload.
    ///
    /// # Errors
    ///
    /// As for `begin`.
    pub fn job(&self) -> Result<Job> {
        let process = Process::current();
        let client = process.client(&self.address, &self.settings)?;
        let begun = Begun {
            target: self.target(),
            spool: self.spool.clone(),
            shared: self.attached().shared.clone(),
        };
        Ok(Job::new(client, process, begun, self.settings.max_interval))
    }

    /// The address of the log, without credentials.
    #[must_use]
    pub fn url(&self) -> String {
        self.address.url()
    }

    /// Has the uploader look into the spool at once.
    pub fn wake(&self) {
        self.attached().shared.wake.notify_one();
    }

    /// What stands in the spool now, all of which is uploaded at once.
    #[must_use]
    pub fn target(&self) -> Target {
        let mut target = Target::default();
        for file in self.spool.files().unwrap_or_default() {
            if file.is_log() {
                target.events.insert(file.name, file.size);
            } else {
                target.sidecars.insert(file.name, file.changed);
            }
        }
        let attached = self.attached();
        attached.shared.update(|state| state.want(&target));
        attached.shared.wake.notify_one();
        target
    }

    /// Waits until the target is in the store, at most for `timeout`. True if it is.
    #[must_use]
    pub fn wait_for(&self, target: &Target, timeout: Duration) -> bool {
        let attached = self.attached();
        let deadline = Instant::now() + timeout;
        let gone = |name: &str| !self.spool.file(name).exists();
        let mut state = attached.shared.lock();
        loop {
            if state.ended || state.has(target, gone) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = attached.shared.wait(state, left);
        }
    }

    /// Waits until all that stands in the spool now is in the store, at most for `timeout`. True if it is.
    #[must_use]
    pub fn wait(&self, timeout: Duration) -> bool {
        self.wait_for(&self.target(), timeout)
    }

    /// Nothing more is written by this process: all is uploaded at once, then the spool is removed. Does not wait.
    pub fn finish(&self) {
        let _ = self.target();
        let attached = self.attached();
        attached.shared.update(|state| state.closing = true);
        attached.shared.wake.notify_one();
    }

    /// Waits until `finish` has been carried out, at most for `timeout`. True if it has.
    #[must_use]
    pub fn wait_finished(&self, timeout: Duration) -> bool {
        self.attached().shared.wait_ended(Instant::now() + timeout)
    }

    /// Figures of this process's part.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.attached().shared.stats()
    }

    /// What keeps the store from taking more at the moment.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.attached().shared.lock().trouble.clone()
    }

    /// This process's part; a forked child has none until it asks for it.
    fn attached(&self) -> Arc<Attached> {
        let attached = self.attached.load_full();
        if !attached.guard.clone().detected_fork() {
            return attached;
        }
        self.attached
            .compare_and_swap(&attached, Arc::new(Attached::new()));
        // A thread of the parent may have held its lock.
        std::mem::forget(attached);
        let attached = self.attached.load_full();
        if let Err(error) = self.start(&attached, None) {
            self.report.problem(error);
        }
        attached
    }

    fn start(&self, attached: &Attached, lock: Option<Lock>) -> Result<()> {
        if attached.started.swap(true, AcqRel) {
            return Ok(());
        }
        let process = Process::current();
        let setup = Setup {
            spool: self.spool.clone(),
            description: self.description.clone(),
            client: process.client(&self.address, &self.settings)?,
            shared: attached.shared.clone(),
            report: self.report.clone(),
            meter: Meter::default(),
            held: process.held.clone(),
            max_interval: self.settings.max_interval,
            max_spool: self.settings.max_spool,
            began: tokio::time::Instant::now(),
            seed: random(),
        };
        process.upload(Arc::new(setup), lock)
    }
}
