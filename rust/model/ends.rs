//! Closing, dropping and the end of the process, while other threads log.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use shuttle::thread;
use tensorbolt::sync::model;
use tensorbolt::writer::{EventFile, Runtime};

use crate::harness::{
    Pace, close, directory, file, log, log_slowly, logged, model, open, options, steps, until, wait,
};

/// Logs until the file is closed; how many events it took, numbers and those of lanes.
fn log_until_closed(file: &Arc<EventFile>, thread: usize) -> (u64, u64) {
    let (mut quick, mut slow) = (0, 0);
    for step in 0..4 {
        if log(file, &format!("quick{thread}"), step).is_none() {
            break;
        }
        quick += 1;
        if !log_slowly(file, &format!("slow{thread}"), step) {
            break;
        }
        slow += 1;
    }
    (quick, slow)
}

/// Events that two threads have logged when a third has ended their file.
fn log_meanwhile(file: &Arc<EventFile>, end: impl FnOnce()) -> (u64, u64) {
    let others: Vec<_> = (0..2)
        .map(|index| {
            let file = Arc::clone(file);
            thread::spawn(move || log_until_closed(&file, index))
        })
        .collect();
    end();
    let taken = others
        .into_iter()
        .map(|other| other.join().expect("no panic"));
    taken.fold((0, 0), |sum, taken| (sum.0 + taken.0, sum.1 + taken.1))
}

fn in_order(logged: &[(String, i64)]) {
    for tag in ["quick0", "quick1", "slow0", "slow1"] {
        let steps = steps(logged, tag);
        assert!(
            steps.iter().copied().eq(0..steps.len() as i64),
            "{tag}: {steps:?}"
        );
    }
}

/// The lanes may still be at what was handed to them before the end.
fn settle(file: &Arc<EventFile>) {
    while file.session_state().stats().pending_bytes > 0 {
        model::thread::sleep(Duration::from_secs(1));
    }
}

#[test]
fn close_writes_what_it_did_not_refuse() {
    model(|pace| {
        let writer = open(&directory("close"), options());
        let file = file(&writer);
        let (quick, slow) = log_meanwhile(&file, || close(&file, pace));
        settle(&file);
        let logged = logged(&file.path());
        in_order(&logged);
        assert_eq!(
            logged.len() as u64,
            quick + slow,
            "an event is refused or written"
        );
        assert_eq!(file.session_state().stats().dropped, 0);
    });
}

#[test]
fn a_close_without_waiting_returns_the_dropped_events() {
    model(|_| {
        let writer = open(&directory("abandon"), options());
        let file = file(&writer);
        let (quick, slow) = log_meanwhile(&file, || {
            let _ = file.close().wait(Duration::ZERO);
            file.abandon();
        });
        settle(&file);
        let logged = logged(&file.path());
        in_order(&logged);
        let (written, stats) = (logged.len() as u64, file.session_state().stats());
        // A batch that is being written counts as dropped.
        assert!(
            written + stats.dropped >= quick + slow,
            "nothing is lost in silence"
        );
        assert!(written.max(stats.dropped) <= quick + slow);
    });
}

#[test]
fn closing_twice_is_closing_once() {
    model(|pace| {
        let writer = open(&directory("twice"), options());
        let file = file(&writer);
        let (quick, slow) = log_meanwhile(&file, || {
            let other = {
                let file = Arc::clone(&file);
                thread::spawn(move || wait(file.close(), pace))
            };
            wait(file.close(), pace);
            other.join().expect("no panic");
        });
        // The file is released only now, so the lanes lose nothing either.
        settle(&file);
        close(&file, pace);
        assert_eq!(logged(&file.path()).len() as u64, quick + slow);
        assert_eq!(file.session_state().stats().dropped, 0);
    });
}

#[test]
fn a_dropped_writer_loses_nothing() {
    model(|pace| {
        let dir = directory("dropped");
        let writer = open(&dir, options());
        let path = file(&writer).path();
        let logs = thread::spawn(move || {
            let file = file(&writer);
            assert!(log(&file, "last", 0).is_some());
            assert!(log_slowly(&file, "last", 1));
            drop(writer);
        });
        logs.join().expect("no panic");
        until(pace, Duration::from_millis(101), || {
            logged(&path).len() == 2
        });
    });
}

#[test]
fn at_the_end_of_the_process_calls_wait_for_what_they_log() {
    model(|pace| {
        let writer = open(&directory("process"), options());
        let file = file(&writer);
        let logs = {
            let file = Arc::clone(&file);
            thread::spawn(move || {
                for step in 0..3 {
                    assert!(log(&file, "quick", step).is_some());
                }
            })
        };
        // A module of Python may continue to log meanwhile.
        let left = Runtime::current().end(Duration::from_secs(10));
        assert!(pace == Pace::Busy || left == 0, "{left} are left");
        logs.join().expect("no panic");
        for step in 3..5 {
            assert!(log(&file, "quick", step).is_some());
            assert!(log_slowly(&file, "slow", step));
            let logged = logged(&file.path());
            assert!(
                pace == Pace::Busy || logged.len() as i64 == 2 * step - 1,
                "{logged:?}"
            );
        }
        close(&file, pace);
        assert_eq!(logged(&file.path()).len(), 7);
    });
}

#[test]
fn one_thread_that_writes_stays() {
    model(|pace| {
        for run in 0..2 {
            let writer = open(&directory("threads"), options());
            let file = file(&writer);
            log_meanwhile(&file, || wait(file.flush(), pace));
            close(&file, pace);
            // On a busy machine another thread begins when a write seems to stall.
            until(pace, Duration::from_secs(11), || {
                model::thread::count("tensorbolt-io") == 1
            });
            until(pace, Duration::ZERO, || {
                model::thread::count("tensorbolt-open") == 0
            });
            assert!(model::thread::count("tensorbolt-lane") <= 2, "run {run}");
        }
    });
}

#[test]
fn sidecars_are_written_or_dropped() {
    model(|pace| {
        let dir = directory("sidecar");
        let writer = open(&dir, options());
        let file = file(&writer);
        let done = Arc::new(AtomicU64::new(0));
        let submit = |name: &str| {
            let (path, done) = (dir.join(name), Arc::clone(&done));
            file.submit_sidecar(100, move |context| {
                thread::yield_now();
                fs::write(&path, b"sidecar").expect("a directory");
                context.add_written(6);
                done.fetch_add(1, SeqCst);
                Ok(None)
            })
            .is_ok()
        };
        // Each may find the thread of the one before about to end.
        for count in 1..4 {
            assert!(submit("one after the other"));
            if count == 2 {
                file.wait_for_sidecars();
                assert!(
                    pace == Pace::Busy || done.load(SeqCst) == count,
                    "a call may wait"
                );
            }
            wait(file.flush(), pace);
            assert_eq!(done.load(SeqCst), count, "a flush waits");
        }
        let closes = {
            let file = Arc::clone(&file);
            thread::spawn(move || {
                let _ = file.close().wait(Duration::ZERO);
                file.abandon();
            })
        };
        let taken = 3 + ["second", "third"]
            .into_iter()
            .filter(|name| submit(name))
            .count() as u64;
        closes.join().expect("no panic");
        settle(&file);
        assert_eq!(
            done.load(SeqCst) + file.session_state().stats().dropped,
            taken
        );
    });
}
