//! Runs of a program in many orders, and helpers of the programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use prost::Message;
use shuttle::scheduler::{PctScheduler, RandomScheduler, Schedule, Scheduler, Task, TaskId};
use shuttle::{Config, MaxSteps, Runner};
use tensorbolt::proto::event::{At, Event, What};
use tensorbolt::proto::scalar;
use tensorbolt::record::{Decoder, Limits};
use tensorbolt::sync::model::{CLOCK, Instant, run, thread};
use tensorbolt::writer::{
    Appended, EventFile, FileLocation, Flush, Flushed, OnOpenError, Options, Session, Writer,
};

/// A time that no test waits; see `LONGEST_WAIT` of the model's clock.
pub const NEVER: Duration = Duration::from_secs(100_000);
/// Changes of priorities in a run.
const PRIORITY_CHANGES: usize = 3;

/// Passage of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Idle scheduler: time passes when nothing else can happen, so a wait in vain shows in the time.
    Calm,
    /// Starved scheduler: time passes at any moment, as on a machine that does not run a thread for seconds.
    Busy,
}

/// Holds the clock back while another thread can run, if the pace is calm.
struct Paced<S>(S, Pace);

impl<S: Scheduler> Scheduler for Paced<S> {
    fn new_execution(&mut self) -> Option<Schedule> {
        self.0.new_execution()
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        yields: bool,
    ) -> Option<TaskId> {
        let clock = TaskId::from(CLOCK);
        let others: Vec<&Task> = runnable
            .iter()
            .copied()
            .filter(|task| task.id() != clock)
            .collect();
        if self.1 == Pace::Calm && !others.is_empty() {
            self.0.next_task(&others, current, yields)
        } else {
            self.0.next_task(runnable, current, yields)
        }
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
}

/// Runs `body` in random orders, and in orders in which the threads have priorities that seldom change.
#[expect(clippy::print_stderr, reason = "a test that fails shows it")]
pub fn model(body: fn(Pace)) {
    let schedules = number("MODEL_SCHEDULES", 200);
    let seed = number("MODEL_SEED", 1);
    for pace in [Pace::Calm, Pace::Busy] {
        eprintln!("{pace:?}");
        let program = move || run(|| body(pace));
        let random = RandomScheduler::new_from_seed(seed, schedules as usize);
        Runner::new(Paced(random, pace), config()).run(program);
        let priorities = PctScheduler::new_from_seed(seed, PRIORITY_CHANGES, schedules as usize);
        Runner::new(Paced(priorities, pace), config()).run(program);
    }
}

/// Runs `body` in an order that was printed.
#[allow(dead_code, reason = "for the analysis of a failure")]
pub fn replay(body: fn(Pace), pace: Pace, schedule: &str) {
    let scheduler = shuttle::scheduler::ReplayScheduler::new_from_encoded(schedule);
    Runner::new(scheduler, config()).run(move || run(|| body(pace)));
}

fn config() -> Config {
    let mut config = Config::new();
    // Files are written by the threads of a model as well, by code that is not optimised.
    config.stack_size = 0x40000;
    // Few hundred to few thousand; more is a thread that turns in circles.
    config.max_steps = MaxSteps::FailAfter(200_000);
    config.silence_warnings = true;
    config
}

fn number(variable: &str, otherwise: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.map_or(otherwise, |text| text.parse().expect("a number"))
}

/// An empty directory, the same in every run: which lane a tag has depends on it.
pub fn directory(test: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("model")
        .join(test);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a directory");
    directory
}

/// Options with which no store ever counts as hanging.
pub fn options() -> Options {
    Options {
        stall_timeout: NEVER,
        ..Options::default()
    }
}

pub fn open(dir: &Path, options: Options) -> Writer {
    let session = Arc::new(Session::new(options));
    Writer::open(session, FileLocation::new(dir), None, OnOpenError::Fail).expect("a new file")
}

pub fn file(writer: &Writer) -> Arc<EventFile> {
    Arc::clone(&writer.file().expect("an open file"))
}

fn at(step: i64) -> At {
    At {
        wall_time: 1.0,
        step,
    }
}

/// Logs a number; `None` if the file is closed.
pub fn log(file: &Arc<EventFile>, tag: &str, step: i64) -> Option<Appended> {
    file.append(64, |out| scalar::encode(out, at(step), tag, 0.0))
        .ok()
}

/// Has a lane log it; false if the file is closed.
pub fn log_slowly(file: &Arc<EventFile>, tag: &str, step: i64) -> bool {
    let name = tag.to_owned();
    let work = move || {
        // Another thread may continue meanwhile.
        shuttle::thread::yield_now();
        let mut out = Vec::new();
        scalar::encode(&mut out, at(step), &name, 0.0);
        Ok(out)
    };
    file.submit(tag, 100, work).is_ok()
}

/// Waits for a barrier as long as it takes; on a calm machine it takes no time.
pub fn wait(mut flush: Flush, pace: Pace) {
    let began = Instant::now();
    loop {
        match flush.wait(Duration::from_secs(1)) {
            Flushed::Done => break,
            Flushed::Waiting => {}
            Flushed::Stalled => panic!("no store fails here"),
        }
    }
    if pace == Pace::Calm {
        assert_eq!(
            began.elapsed(),
            Duration::ZERO,
            "a waiting thread was not woken"
        );
    }
}

pub fn close(file: &Arc<EventFile>, pace: Pace) {
    wait(file.close(), pace);
    file.abandon();
}

/// Sleeps until something holds; it may take `patience` on a calm machine.
pub fn until(pace: Pace, patience: Duration, holds: impl Fn() -> bool) {
    thread::sleep(patience);
    assert!(pace == Pace::Busy || holds(), "not within {patience:?}");
    while !holds() {
        thread::sleep(Duration::from_secs(1));
    }
}

/// Tags and steps in the order of the file.
pub fn logged(path: &Path) -> Vec<(String, i64)> {
    decoded(&fs::read(path).expect("a file"))
}

pub fn decoded(records: &[u8]) -> Vec<(String, i64)> {
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(records);
    let mut logged = Vec::new();
    while let Some(payload) = decoder.next_record().expect("whole records") {
        let event = Event::decode(payload).expect("an event");
        if let Some(What::Summary(summary)) = event.what {
            let values = summary.value.into_iter();
            logged.extend(values.map(|value| (value.tag, event.step)));
        }
    }
    assert_eq!(decoder.pending(), 0, "only whole records");
    logged
}

/// The steps of a tag, in the order of the file.
pub fn steps(logged: &[(String, i64)], tag: &str) -> Vec<i64> {
    let of_tag = logged.iter().filter(|(name, _)| name == tag);
    of_tag.map(|(_, step)| *step).collect()
}
