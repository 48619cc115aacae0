//! The memory limit, while several threads log and the writer's give memory back.

use std::sync::Arc;
use std::time::Duration;

use shuttle::thread;
use tensorbolt::sync::model;
use tensorbolt::writer::{Admission, Appended, EventFile, OnFull, Options};

use crate::harness::{
    Pace, close, directory, file, log, log_slowly, logged, model, open, options, steps,
};

/// Bytes for two numbers or an image.
const MAX_BUFFER_BYTES: u64 = 150;

/// As a call from Python does: waits for room, or gives the event up.
fn log_or_drop(file: &Arc<EventFile>, tag: &str, step: i64, slow: bool) -> bool {
    loop {
        if !slow && log(file, tag, step).expect("an open file") == Appended::Taken {
            return true;
        }
        match file
            .session_state()
            .room_for(100)
            .wait(Duration::from_secs(1))
        {
            Admission::Admitted if slow => return log_slowly(file, tag, step),
            Admission::Admitted | Admission::Full => {}
            Admission::Stalled => {
                file.session_state().drop_for_lack_of_room(1);
                return false;
            }
        }
    }
}

/// Three threads log; how many events were taken.
fn crowd(name: &str, on_full: OnFull, pace: Pace) -> (Arc<EventFile>, usize) {
    let options = Options {
        max_buffer: MAX_BUFFER_BYTES,
        on_full,
        ..options()
    };
    let writer = open(&directory(name), options);
    let file = file(&writer);
    let others: Vec<_> = (0..3)
        .map(|index| {
            let file = Arc::clone(&file);
            thread::spawn(move || {
                let tag = format!("tag{index}");
                let logged = (0..3).map(|step| log_or_drop(&file, &tag, step, index == 2));
                logged.filter(|taken| *taken).count()
            })
        })
        .collect();
    let taken = others
        .into_iter()
        .map(|other| other.join().expect("no panic"))
        .sum();
    close(&file, pace);
    (file, taken)
}

#[test]
fn calls_that_wait_for_room_lose_nothing() {
    model(|pace| {
        let (file, taken) = crowd("block", OnFull::Block, pace);
        assert_eq!(taken, 9);
        let logged = logged(&file.path());
        for tag in ["tag0", "tag1", "tag2"] {
            assert_eq!(steps(&logged, tag), [0, 1, 2], "{tag}");
        }
        let stats = file.session_state().stats();
        assert_eq!((stats.pending_bytes, stats.dropped), (0, 0));
    });
}

#[test]
fn what_does_not_fit_is_counted() {
    model(|pace| {
        let (file, taken) = crowd("drop", OnFull::Drop, pace);
        assert_eq!(logged(&file.path()).len(), taken);
        let stats = file.session_state().stats();
        assert_eq!((stats.pending_bytes, stats.dropped), (0, 9 - taken as u64));
        assert_eq!(
            file.session_state().take_unreported().len(),
            usize::from(taken < 9),
            "reported once"
        );
    });
}

#[test]
fn so_much_waits_and_no_more() {
    model(|pace| {
        let options = Options {
            max_buffer: MAX_BUFFER_BYTES,
            on_full: OnFull::Drop,
            ..options()
        };
        let writer = open(&directory("limit"), options);
        let file = file(&writer);
        let watches = {
            let file = Arc::clone(&file);
            thread::spawn(move || {
                for _ in 0..3 {
                    assert!(file.session_state().stats().pending_bytes <= MAX_BUFFER_BYTES);
                    model::thread::sleep(Duration::from_millis(50));
                }
            })
        };
        for step in 0..5 {
            log_or_drop(&file, "tag", step, false);
        }
        watches.join().expect("no panic");
        close(&file, pace);
    });
}
