//! The parts shared by all writers of a process: the I/O threads, the lanes, a pool for large arrays.
//!
//! A forked child has none of its parent's threads, and locks that no thread will ever release. So the child gets a
//! whole new runtime and never touches the old one; files of the old one are reopened by their writer at the next
//! call. The C library says when there was a fork, whichever language called it.

use std::num::NonZero;
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use forkguard::Guard;
use once_cell::race::OnceBox;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::threads::Io;
use super::threads::Lanes;
use crate::sync::atomic::{AtomicBool, Ordering::Relaxed};
use crate::sync::{Global, Instant, Mutex, lock, thread};

static CURRENT: Global<ArcSwap<Runtime>> = Global::new();

/// Most threads for encoding and for large arrays, unless `TENSORBOLT_THREADS` says otherwise.
const DEFAULT_THREADS: usize = 4;

/// A file that is flushed when the process ends, or another thing that ends before it.
pub(crate) trait FlushedAtExit: std::fmt::Debug + Send + Sync {
    /// Begins a flush. The returned handle waits at most for the given time, and says how many events are not written.
    fn begin_last_flush(self: Arc<Self>) -> LastFlush;
}

pub(crate) type LastFlush = Box<dyn FnMut(Duration) -> u64>;

/// The process-wide threads.
#[derive(Debug)]
pub struct Runtime {
    /// Notices that this is not the process it was made in.
    guard: Guard,
    io: Arc<Io>,
    lanes: Lanes,
    pool: OnceBox<Option<ThreadPool>>,
    files: Mutex<Vec<Weak<dyn FlushedAtExit>>>,
    ending: AtomicBool,
}

impl Runtime {
    fn new() -> Self {
        Self {
            guard: forkguard::new(),
            io: Arc::default(),
            lanes: Lanes::new(threads()),
            pool: OnceBox::new(),
            files: Mutex::default(),
            ending: AtomicBool::new(false),
        }
    }

    /// The runtime of this process.
    #[must_use]
    pub fn current() -> Arc<Self> {
        let runtime = current().load_full();
        if runtime.is_ours() {
            return runtime;
        }
        // The first thread of the child that comes here wins.
        current().compare_and_swap(&runtime, Arc::new(Self::new()));
        log::info!("this process was forked; its threads are new");
        // The old one's threads do not exist here, so it cannot be taken down either.
        std::mem::forget(runtime);
        current().load_full()
    }

    /// True if this runtime belongs to this process and not to the one it was forked from.
    #[inline]
    #[must_use]
    pub fn is_ours(&self) -> bool {
        !self.guard.clone().detected_fork()
    }

    /// Threads of our own for large arrays; `None` where there is only one core to use.
    #[must_use]
    pub fn pool(&self) -> Option<&ThreadPool> {
        let build = || match threads() {
            1 => None,
            count => ThreadPoolBuilder::new()
                .num_threads(count)
                .thread_name(|index| format!("tensorbolt-pool-{index}"))
                .build()
                .ok(),
        };
        self.pool.get_or_init(|| Box::new(build())).as_ref()
    }

    pub(super) fn io(&self) -> &Arc<Io> {
        &self.io
    }

    pub(super) fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    /// Has a file flushed when the process ends.
    pub(crate) fn register(&self, file: Weak<dyn FlushedAtExit>) {
        let mut files = lock(&self.files);
        if files.len() == files.capacity() {
            files.retain(|file| file.strong_count() > 0);
        }
        files.push(file);
    }

    /// The process ends: writes what waits in any file, for at most `timeout`. From now on each event is written
    /// at once. Returns how many events are not written yet.
    pub fn end(&self, timeout: Duration) -> u64 {
        self.ending.store(true, Relaxed);
        let deadline = Instant::now() + timeout;
        let files: Vec<_> = lock(&self.files).iter().filter_map(Weak::upgrade).collect();
        let mut flushes: Vec<LastFlush> = files
            .into_iter()
            .map(FlushedAtExit::begin_last_flush)
            .collect();
        // All are started before any is waited for.
        for flush in &mut flushes {
            flush(Duration::ZERO);
        }
        let mut left = 0;
        for flush in &mut flushes {
            left += flush(deadline.saturating_duration_since(Instant::now()));
        }
        log::info!("the process ends; {left} events are not written");
        left
    }

    #[inline]
    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Relaxed)
    }
}

fn current() -> &'static ArcSwap<Runtime> {
    CURRENT.get_or_init(|| Box::new(ArcSwap::from_pointee(Runtime::new())))
}

/// Number of threads that encoding and large arrays may use.
#[must_use]
pub fn threads() -> usize {
    let asked = std::env::var("TENSORBOLT_THREADS")
        .ok()
        .and_then(|text| text.trim().parse::<NonZero<usize>>().ok());
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    asked.map_or(cores.min(DEFAULT_THREADS), NonZero::get)
}
