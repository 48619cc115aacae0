//! A flush returns when all is written that was logged before it; what is logged stays in order.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use shuttle::thread;
use tensorbolt::proto::event::At;
use tensorbolt::proto::scalar;
use tensorbolt::sync::model;
use tensorbolt::writer::{EventFile, OnOpenError, Options, Session, Writer};

use crate::harness::{
    Pace, close, decoded, directory, file, log, log_slowly, logged, model, open, options, steps,
    until, wait,
};

/// Time that a number may take to the file: a buffer is written this long after its first byte, and once again if the
/// number came while that was done. A millisecond more, or who looks may do so before.
const MAX_WRITE_DELAY: Duration = Duration::from_millis(101);

/// The same of a number that was logged after an event which a lane does not finish.
const MAX_HELD_DELAY: Duration = Duration::from_millis(201);

/// Logs by turns at once and by lanes, and flushes.
fn log_some(file: &Arc<EventFile>, thread: usize, pace: Pace) {
    let quick = format!("quick{thread}");
    let slow = [format!("slow{thread}"), format!("other{thread}")];
    for step in 0..2 {
        assert!(log(file, &quick, step).is_some());
        for tag in &slow {
            assert!(log_slowly(file, tag, step));
        }
    }
    wait(file.flush(), pace);
    let logged = logged(&file.path());
    for tag in slow.iter().chain([&quick]) {
        assert_eq!(steps(&logged, tag), [0, 1], "{tag}");
    }
}

#[test]
fn a_flush_is_a_barrier() {
    model(|pace| {
        let writer = open(&directory("barrier"), options());
        let file = file(&writer);
        let others: Vec<_> = (0..2)
            .map(|index| {
                let file = Arc::clone(&file);
                thread::spawn(move || log_some(&file, index, pace))
            })
            .collect();
        for other in others {
            other.join().expect("no panic");
        }
        close(&file, pace);
        assert_eq!(logged(&file.path()).len(), 12, "each event once");
        let stats = file.session_state().stats();
        assert_eq!((stats.events, stats.pending_bytes), (12, 0));
        assert_eq!((stats.dropped, stats.errors), (0, 0));
    });
}

#[test]
fn a_flush_waits_for_the_device() {
    model(|pace| {
        let options = Options {
            fsync: true,
            ..options()
        };
        let file = file(&open(&directory("device"), options));
        let others: Vec<_> = (0..2)
            .map(|index| {
                let file = Arc::clone(&file);
                thread::spawn(move || log_some(&file, index, pace))
            })
            .collect();
        for other in others {
            other.join().expect("no panic");
        }
        close(&file, pace);
    });
}

#[test]
fn two_files_do_not_mix() {
    model(|pace| {
        let session = Arc::new(Session::new(options()));
        let files: Vec<_> = ["two/a", "two/b"]
            .map(|dir| {
                let location = tensorbolt::writer::FileLocation::new(directory(dir));
                let writer = Writer::open(Arc::clone(&session), location, None, OnOpenError::Fail);
                file(&writer.expect("a new file"))
            })
            .into();
        let others: Vec<_> = (0..2)
            .map(|index| {
                let (one, other) = (Arc::clone(&files[index]), Arc::clone(&files[1 - index]));
                thread::spawn(move || {
                    log_some(&one, index, pace);
                    assert!(log(&other, "across", 7).is_some());
                })
            })
            .collect();
        for other in others {
            other.join().expect("no panic");
        }
        for file in &files {
            close(file, pace);
            let logged = logged(&file.path());
            assert_eq!((logged.len(), steps(&logged, "across")), (7, vec![7]));
        }
        assert_eq!(session.state().stats().pending_bytes, 0);
    });
}

#[test]
fn what_is_logged_arrives_by_itself() {
    model(|pace| {
        let writer = open(&directory("itself"), options());
        let file = file(&writer);
        // Soon after another, when the thread that writes has begun to rest, and when nothing has been for long.
        for (step, pause) in [0, 20, 1900, 2100, 4900, 7000, 20_000]
            .into_iter()
            .enumerate()
        {
            model::thread::sleep(Duration::from_millis(pause));
            let file = Arc::clone(&file);
            let logs = thread::spawn(move || {
                assert!(log(&file, "quick", step as i64).is_some());
                let path = file.path();
                until(pace, MAX_WRITE_DELAY, || logged(&path).len() > step);
            });
            logs.join().expect("no panic");
        }
        close(&file, pace);
    });
}

#[test]
fn a_file_is_in_the_order_of_calls_unless_one_takes_too_long() {
    model(|pace| {
        let writer = open(&directory("order"), options());
        let file = file(&writer);
        let mut expected = Vec::new();
        for step in 0..3 {
            for tag in ["slow", "other"] {
                assert!(log_slowly(&file, tag, step));
                expected.push((tag.to_owned(), step));
            }
            assert!(log(&file, "quick", step).is_some());
            expected.push(("quick".to_owned(), step));
        }
        wait(file.flush(), pace);
        if pace == Pace::Calm {
            assert_eq!(logged(&file.path()), expected);
        }
        // What is slower than an event may wait for is overtaken, and its successors do not overtake it.
        let minute = || {
            model::thread::sleep(Duration::from_secs(60));
            let mut out = Vec::new();
            let at = At {
                wall_time: 1.0,
                step: 3,
            };
            scalar::encode(&mut out, at, "slow", 0.0);
            Ok(out)
        };
        assert!(file.submit("slow", 100, minute).is_ok());
        assert!(log_slowly(&file, "slow", 4));
        assert!(log(&file, "quick", 4).is_some());
        until(pace, MAX_HELD_DELAY, || {
            logged(&file.path()).contains(&("quick".to_owned(), 4))
        });
        until(pace, Duration::from_secs(60), || {
            logged(&file.path()).len() == expected.len() + 3
        });
        assert_eq!(steps(&logged(&file.path()), "slow"), [0, 1, 2, 3, 4]);
        close(&file, pace);
    });
}

fn join(path: PathBuf) -> Writer {
    Writer::join(Arc::new(Session::new(options())), path, OnOpenError::Fail)
        .expect("the file is there")
}

#[test]
fn writers_of_one_file_count_together() {
    model(|pace| {
        let path = file(&open(&directory("shared"), options())).path();
        let others: Vec<_> = (0..2)
            .map(|_| {
                let path = path.clone();
                thread::spawn(move || {
                    let writer = join(path);
                    let file = file(&writer);
                    for calls in 1..4 {
                        assert!(log(&file, "count", 0).is_some());
                        file.write_through();
                        if pace == Pace::Calm {
                            assert!(logged(&file.path()).len() >= calls, "the call waits");
                        }
                    }
                    close(&file, pace);
                })
            })
            .collect();
        for other in others {
            other.join().expect("no panic");
        }
        assert_eq!(steps(&logged(&path), "count"), [0, 1, 2, 3, 4, 5]);
    });
}

#[test]
fn memory_is_handed_over_once() {
    model(|_| {
        let session = Arc::new(Session::new(options()));
        let writer = Writer::in_memory(session, directory("memory")).expect("no file");
        let file = file(&writer);
        let logs = {
            let file = Arc::clone(&file);
            thread::spawn(move || {
                for step in 0..3 {
                    assert!(log(&file, "quick", step).is_some());
                    assert!(log_slowly(&file, "slow", step));
                }
            })
        };
        let take = || {
            let drain = file.drain();
            loop {
                if let Some(records) = drain.wait(Duration::from_secs(1)) {
                    return decoded(&records);
                }
            }
        };
        let mut taken = [take(), take()].concat();
        logs.join().expect("no panic");
        taken.extend(take());
        for tag in ["quick", "slow"] {
            assert_eq!(steps(&taken, tag), [0, 1, 2], "{tag}");
        }
        assert_eq!(file.session_state().stats().pending_bytes, 0);
    });
}
