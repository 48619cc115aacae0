//! The time of a model, and the threads that wait.

use std::ops::{Add, Sub};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use super::global::Global;

/// shuttle's number of the thread that lets time pass, for schedulers that treat it differently.
pub const CLOCK: usize = 1;

/// No model takes so long; a longer wait never ends. So shuttle finds a deadlock where threads do nothing but poll
/// every few seconds.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// shuttle does not schedule these locks, so other threads of a model never wait for them.
static TIME: Global<Time> = Global::new();

#[derive(Debug, Default)]
struct Time {
    nanoseconds: AtomicU64,
    world: std::sync::Mutex<World>,
}

#[derive(Debug, Default)]
struct World {
    timers: Vec<Timer>,
    /// Counts timers, so that equal times keep their order.
    entries: u64,
    /// All who wait, with a timer or without.
    waiters: Vec<Arc<Waiter>>,
    /// The clock, while there is no timer.
    idle: Option<Arc<Waiter>>,
    ended: bool,
    threads: Vec<String>,
}

#[derive(Debug)]
struct Timer {
    at: Duration,
    entry: u64,
    waiter: Arc<Waiter>,
}

fn time() -> &'static Time {
    TIME.get_or_init(Box::default)
}

fn world() -> MutexGuard<'static, World> {
    time().world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A moment of the model's time, in place of [`std::time::Instant`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(Duration);

impl Instant {
    /// The moment that the clock has come to.
    #[must_use]
    pub fn now() -> Self {
        Self(Duration::from_nanos(time().nanoseconds.load(SeqCst)))
    }

    /// Time since then.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        Self::now() - self
    }

    /// Time since `earlier`, zero if that is later.
    #[must_use]
    pub fn saturating_duration_since(self, earlier: Self) -> Duration {
        self - earlier
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0 + duration)
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// Runs a model: its threads, the writer's, and the clock. Whatever the writer's threads wait for when `body` returns
/// ends them.
pub fn run(body: impl FnOnce()) {
    let clock = shuttle::thread::spawn(let_time_pass);
    body();
    let waiters = {
        let mut world = world();
        world.ended = true;
        let idle = world.idle.take();
        let waiters = std::mem::take(&mut world.waiters);
        waiters.into_iter().chain(idle)
    };
    for waiter in waiters {
        waiter.end(Outcome::WorldEnded);
    }
    // Should it have panicked, shuttle has said so.
    let _ = clock.join();
}

fn let_time_pass() {
    loop {
        // A turn each, for schedulers that go by priority.
        shuttle::thread::yield_now();
        let mut world = world();
        if world.ended {
            return;
        }
        world.timers.retain(|timer| timer.waiter.waits());
        world.waiters.retain(|waiter| waiter.waits());
        let next = world.timers.iter().enumerate();
        let next = next.min_by_key(|(_, timer)| (timer.at, timer.entry));
        if let Some((index, _)) = next {
            let Timer { at, waiter, .. } = world.timers.swap_remove(index);
            drop(world);
            time().nanoseconds.fetch_max(at.as_nanos() as u64, SeqCst);
            waiter.end(Outcome::TimedOut);
        } else {
            let idle = Arc::new(Waiter::default());
            world.idle = Some(Arc::clone(&idle));
            drop(world);
            idle.block();
        }
    }
}

/// Lets another thread go on here, if it likes.
pub(super) fn step() {
    // shuttle takes no time to sleep.
    shuttle::thread::sleep(Duration::ZERO);
}

/// A thread that waits once, until the first of those who may end that does.
#[derive(Debug, Default)]
pub(super) struct Waiter {
    /// An [`Outcome`], zero as long as there is none.
    outcome: AtomicU8,
    gate: shuttle::sync::Mutex<()>,
    opened: shuttle::sync::Condvar,
}

#[derive(Clone, Copy, Debug)]
enum Outcome {
    Woken = 1,
    TimedOut,
    WorldEnded,
}

/// Payload of the panic that unwinds the writer's threads at the end of a model.
pub(super) struct End;

impl Waiter {
    pub(super) fn new(timeout: Option<Duration>) -> Arc<Self> {
        let waiter = Arc::new(Self::default());
        let mut world = world();
        if world.ended {
            waiter.outcome.store(Outcome::WorldEnded as u8, SeqCst);
            return waiter;
        }
        world.waiters.push(Arc::clone(&waiter));
        let end = timeout.and_then(|timeout| Instant::now().0.checked_add(timeout));
        let idle = end.filter(|end| *end < LONGEST_WAIT).and_then(|at| {
            world.entries += 1;
            let timer = Timer {
                at,
                entry: world.entries,
                waiter: Arc::clone(&waiter),
            };
            world.timers.push(timer);
            world.idle.take()
        });
        drop(world);
        if let Some(clock) = idle {
            clock.wake();
        }
        waiter
    }

    pub(super) fn waits(&self) -> bool {
        self.outcome.load(SeqCst) == 0
    }

    pub(super) fn wake(&self) {
        self.end(Outcome::Woken);
    }

    fn end(&self, outcome: Outcome) {
        let first = self
            .outcome
            .compare_exchange(0, outcome as u8, SeqCst, SeqCst);
        if first.is_ok() {
            drop(self.gate.lock());
            self.opened.notify_one();
        }
    }

    /// Waits. The writer's own threads do not return when the model ends.
    pub(super) fn wait(&self) {
        self.block();
        if self.outcome.load(SeqCst) == Outcome::WorldEnded as u8 {
            resume_unwind(Box::new(End));
        }
    }

    fn block(&self) {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        while self.waits() {
            gate = self
                .opened
                .wait(gate)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A thread of the writer, while it is there.
pub(super) struct Thread(String);

pub(super) fn enter(name: String) -> Thread {
    world().threads.push(name.clone());
    Thread(name)
}

pub(super) fn count(name: &str) -> usize {
    let world = world();
    world
        .threads
        .iter()
        .filter(|thread| thread.starts_with(name))
        .count()
}

impl Drop for Thread {
    fn drop(&mut self) {
        let mut world = world();
        if let Some(index) = world.threads.iter().position(|name| *name == self.0) {
            world.threads.swap_remove(index);
        }
    }
}
