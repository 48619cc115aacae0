//! Spools that a process left when it was killed.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tensorbolt::{Error, Result};

use crate::address::Address;
use crate::client::{Client, Meter};
use crate::connection::{Connection, Limits};
use crate::interval;
use crate::journal::{Entry, Reader};
use crate::lock::Held;
use crate::process::{Process, supervise};
use crate::settings::Settings;
use crate::setup::Setup;
use crate::shared::{Report, Shared, State};
use crate::spool::{Description, Spool, host, random, spools};
use crate::store;

/// A spool that no process uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOver {
    /// Where its log belongs, without credentials.
    pub url: String,
    /// Bytes that wait for the store.
    pub bytes: u64,
    /// The spool.
    pub directory: PathBuf,
}

/// What a caller of `push` says from time to time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// It goes on.
    Continue,
    /// It stops; what is left stays in the spool.
    Stop,
}

/// What `push` did.
#[derive(Clone, Debug, Default)]
pub struct Pushed {
    /// Bytes sent.
    pub bytes: u64,
    /// Requests made.
    pub requests: u64,
    /// True if everything is in the store and the spool removed.
    pub complete: bool,
    /// Damage: what was left out, and where.
    pub problems: Vec<Error>,
}

/// The spools below `root` that no process uploads, in the order in which they were made.
#[must_use]
pub fn left_over(root: &Path) -> Vec<LeftOver> {
    let held = &Process::current().held;
    let mut found = Vec::new();
    for spool in spools(root) {
        let Ok(description) = spool.description() else {
            continue;
        };
        if held.lock(&spool.path).is_some() {
            found.push(LeftOver {
                url: description.url,
                bytes: waiting(&spool),
                directory: spool.path,
            });
        }
    }
    found.sort_by(|one, other| one.directory.cmp(&other.directory));
    found
}

/// Bytes of a spool that its journal does not know as uploaded.
fn waiting(spool: &Spool) -> u64 {
    let mut bytes: u64 = spool
        .files()
        .unwrap_or_default()
        .iter()
        .map(|file| file.size)
        .sum();
    let mut ends = std::collections::HashMap::new();
    for entry in Reader::default().read(&spool.path).unwrap_or_default() {
        match entry {
            Entry::Done { file, end, .. } | Entry::Skip { file, end, .. } => ends.insert(file, end),
            Entry::Sidecar { file, size, .. } => ends.insert(file, size),
            Entry::Begin { .. } => None,
        };
    }
    for end in ends.values() {
        bytes = bytes.saturating_sub(*end);
    }
    bytes
}

/// Collects what an upload reports.
#[derive(Default)]
struct Collected(Mutex<Vec<Error>>);

impl Collected {
    fn lock(&self) -> MutexGuard<'_, Vec<Error>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Report for Collected {
    fn problem(&self, error: Error) {
        self.lock().push(error);
    }

    fn full(&self, _: bool) {}
}

/// Uploads a spool that no process uploads, and removes it. `progress` gets the bytes that are left, ten times a second.
///
/// # Errors
///
/// `is_argument` if the address or an option is wrong; `is_store` if the store refuses, or if another process uploads the
/// spool.
pub fn push(
    left: &LeftOver,
    options: &[(String, String)],
    environment: &[(String, String)],
    progress: &mut dyn FnMut(u64) -> Control,
) -> Result<Pushed> {
    let spool = Spool {
        path: left.directory.clone(),
    };
    let address = Address::parse(&left.url)?;
    let make = store::maker((address.clone(), options.to_vec(), environment.to_vec()));
    let connection = Connection::new(make, Limits::default(), None)?;
    let client = Arc::new(Client::new(address, Arc::new(connection)));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime
        .map_err(|error| failed(&spool, error))?
        .block_on(push_through(
            &Process::current().held,
            &spool,
            client,
            progress,
        ))
}

/// `push` with a client at hand.
pub(crate) async fn push_through(
    held: &Held,
    spool: &Spool,
    client: Arc<Client>,
    progress: &mut dyn FnMut(u64) -> Control,
) -> Result<Pushed> {
    let lock = held.lock(&spool.path).ok_or_else(|| {
        failed(
            spool,
            std::io::Error::other("another process uploads it, or it is gone"),
        )
    })?;
    let collected = Arc::new(Collected::default());
    let setup = Arc::new(Setup {
        description: spool.description()?,
        spool: spool.clone(),
        client,
        shared: closing(),
        report: collected.clone(),
        meter: Meter::default(),
        held: held.clone(),
        max_interval: interval::LONGEST,
        max_spool: u64::MAX,
        began: tokio::time::Instant::now(),
        seed: random(),
    });
    let life = tokio::spawn(supervise(setup.clone(), Some(lock)));
    let mut complete = true;
    while !life.is_finished() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let stopped = progress(setup.shared.stats().spooled_bytes) == Control::Stop;
        if (stopped || collected.lock().iter().any(Error::is_store)) && !life.is_finished() {
            complete = false;
            life.abort();
        }
    }
    let mut problems = std::mem::take(&mut *collected.lock());
    if !complete && let Some(at) = problems.iter().position(Error::is_store) {
        return Err(problems.swap_remove(at));
    }
    Ok(Pushed {
        bytes: setup.meter.bytes.load(Relaxed),
        requests: setup.meter.requests.load(Relaxed),
        complete,
        problems,
    })
}

fn failed(spool: &Spool, error: std::io::Error) -> Error {
    Error::store(format!("uploading {}", spool.path.display()), error)
}

fn closing() -> Arc<Shared> {
    let shared = Shared::default();
    shared.update(|state: &mut State| state.closing = true);
    Arc::new(shared)
}

/// Has the spools uploaded that earlier processes of this machine left for this address.
pub(crate) fn adopt(
    root: &Path,
    url: &str,
    client: &Arc<Client>,
    settings: &Settings,
    report: &Arc<dyn Report>,
) {
    let process = Process::current();
    let host = host();
    // Locks do not reach other machines on every network file system, so a spool of another one may be in use.
    let is_ours = |found: &Description| found.url == url && found.host == host;
    for spool in spools(root) {
        // Asked first, so that a process with a thousand writers does not read a thousand files for each.
        if process.held.has(&spool.path) || !spool.description().is_ok_and(|found| is_ours(&found))
        {
            continue;
        }
        let Some(lock) = process.held.lock(&spool.path) else {
            continue;
        };
        // Its holder may have removed it in the meantime.
        let Ok(description) = spool.description() else {
            continue;
        };
        log::info!(
            "{} was left by an earlier process and is uploaded now",
            spool.path.display()
        );
        let setup = Setup {
            spool,
            description,
            client: client.clone(),
            shared: closing(),
            report: report.clone(),
            meter: Meter::default(),
            held: process.held.clone(),
            max_interval: settings.max_interval,
            max_spool: u64::MAX,
            began: tokio::time::Instant::now(),
            seed: random(),
        };
        let setup = Arc::new(setup);
        match process.upload(setup.clone(), Some(lock)) {
            Ok(()) => of_process(&process).push(setup),
            Err(error) => report.problem(error),
        }
    }
}

/// The spools of earlier processes that this process uploads.
fn of_process(process: &Process) -> MutexGuard<'_, Vec<Arc<Setup>>> {
    let adopted = &process.adopted;
    adopted.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until this process has uploaded the spools of earlier ones that it took over, at most for `timeout`. Returns those
/// that it has not.
#[must_use]
pub fn wait_adopted(timeout: Duration) -> Vec<LeftOver> {
    let process = Process::current();
    let deadline = Instant::now() + timeout;
    let mut all = of_process(&process).clone();
    all.retain(|setup| !setup.shared.wait_ended(deadline));
    of_process(&process).retain(|setup| !setup.shared.lock().ended);
    all.into_iter()
        .map(|setup| LeftOver {
            url: setup.description.url.clone(),
            bytes: setup.shared.stats().spooled_bytes,
            directory: setup.spool.path.clone(),
        })
        .collect()
}
