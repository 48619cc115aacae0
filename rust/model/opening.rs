//! Files that cannot be made at first.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use shuttle::thread;
use tensorbolt::sync::model;
use tensorbolt::writer::{FileLocation, Flushed, OnOpenError, Options, Session, Writer};

use crate::harness::{
    Pace, close, directory, file, log, log_slowly, logged, model, options, steps, until,
};

/// A file has the path of the run's directory.
fn block(dir: &Path) -> std::path::PathBuf {
    let run = dir.join("run");
    fs::write(&run, b"in the way").expect("a file");
    run
}

#[test]
fn a_failure_is_raised_by_the_call_or_reported() {
    model(|pace| {
        let run = block(&directory("heard"));
        let session = Arc::new(Session::new(Options {
            stall_timeout: Duration::from_secs(1),
            ..options()
        }));
        let opened = Writer::open(
            Arc::clone(&session),
            FileLocation::new(&run),
            None,
            OnOpenError::Fail,
        );
        let Ok(writer) = opened else {
            return;
        };
        assert_eq!(pace, Pace::Busy, "a failure takes no time");
        let failed = || session.state().stats().errors > 0;
        until(pace, Duration::ZERO, failed);
        fs::remove_file(&run).expect("out of the way");
        let file = file(&writer);
        until(pace, Duration::ZERO, || file.path() != run);
        while file.session_state().stats().pending_bytes > 0 {
            model::thread::sleep(Duration::from_secs(1));
        }
        file.abandon();
    });
}

#[test]
fn a_store_that_comes_back_gets_everything() {
    model(|pace| {
        let run = block(&directory("heals"));
        let session = Arc::new(Session::new(options()));
        let writer = Writer::open(session, FileLocation::new(&run), None, OnOpenError::Retry)
            .expect("it is patient");
        let file = file(&writer);
        let logs = {
            let file = Arc::clone(&file);
            thread::spawn(move || {
                for step in 0..2 {
                    assert!(log(&file, "quick", step).is_some());
                    assert!(log_slowly(&file, "slow", step));
                }
            })
        };
        let mut flush = file.flush();
        while flush.wait(Duration::from_secs(1)) == Flushed::Waiting {}
        fs::remove_file(&run).expect("out of the way");
        logs.join().expect("no panic");
        // What failed before is tried again within two seconds.
        until(pace, Duration::from_millis(2101), || {
            file.session_state().stats().pending_bytes == 0
        });
        close(&file, pace);
        let logged = logged(&file.path());
        for tag in ["quick", "slow"] {
            assert_eq!(steps(&logged, tag), [0, 1], "{tag}");
        }
        let stats = file.session_state().stats();
        assert_eq!((stats.dropped, stats.pending_bytes), (0, 0));
        // On a busy machine the call may have waited in vain as well.
        let causes = if pace == Pace::Calm { 1..=1 } else { 1..=2 };
        assert!(
            causes.contains(&file.session_state().take_unreported().len()),
            "reported once per cause"
        );
    });
}

#[test]
fn files_that_are_opened_side_by_side_do_not_wait_for_each_other() {
    model(|pace| {
        let top = directory("beside");
        let blocked = block(&top);
        let session = Arc::new(Session::new(options()));
        let locations = vec![
            FileLocation::new(&blocked),
            FileLocation::new(top.join("free")),
        ];
        let opened = Writer::open_all(&session, locations, OnOpenError::Retry);
        let writers: Vec<Writer> = opened
            .into_iter()
            .map(|one| one.expect("patient"))
            .collect();
        let files: Vec<_> = writers.iter().map(file).collect();
        for file in &files {
            assert!(log(file, "a", 0).is_some());
        }
        // The one that can be made gets what is logged, whatever becomes of the other.
        let mut flush = files[1].flush();
        while flush.wait(Duration::from_secs(1)) == Flushed::Waiting {}
        if pace == Pace::Calm {
            assert_eq!(steps(&logged(&files[1].path()), "a"), [0]);
        }
        fs::remove_file(&blocked).expect("out of the way");
        until(pace, Duration::from_millis(2101), || {
            session.state().stats().pending_bytes == 0
        });
        for file in &files {
            close(file, pace);
            assert_eq!(steps(&logged(&file.path()), "a"), [0]);
        }
    });
}

#[test]
fn a_store_that_never_comes_back_holds_up_no_close() {
    model(|_| {
        let run = block(&directory("never"));
        let session = Arc::new(Session::new(options()));
        let writer = Writer::open(session, FileLocation::new(&run), None, OnOpenError::Retry)
            .expect("it is patient");
        let file = file(&writer);
        let logs = {
            let file = Arc::clone(&file);
            thread::spawn(move || {
                let quick = (0..2)
                    .filter(|step| log(&file, "quick", *step).is_some())
                    .count();
                quick + usize::from(log_slowly(&file, "slow", 0))
            })
        };
        let mut flush = file.close();
        while flush.wait(Duration::from_secs(1)) == Flushed::Waiting {}
        file.abandon();
        let taken = logs.join().expect("no panic") as u64;
        while file.session_state().stats().pending_bytes > 0 {
            model::thread::sleep(Duration::from_secs(1));
        }
        assert_eq!(file.session_state().stats().dropped, taken);
    });
}

#[test]
fn a_file_that_is_closed_before_it_is_made_leaves_nothing_behind() {
    model(|_| {
        let top = directory("unmade");
        let session = Arc::new(Session::new(Options {
            stall_timeout: Duration::ZERO,
            ..options()
        }));
        let run = FileLocation::new(top.join("run"));
        let opened = Writer::open(session, run, None, OnOpenError::Fail);
        let writer = opened.expect("a directory can be made");
        let file = file(&writer);
        let mut flush = file.close();
        while flush.wait(Duration::from_secs(1)) == Flushed::Waiting {}
        file.abandon();
        // The thread that makes the file, if it comes late.
        model::thread::sleep(Duration::from_secs(1));
        for entry in fs::read_dir(top.join("run")).into_iter().flatten() {
            let found = entry.and_then(|entry| entry.metadata()).expect("a file");
            assert!(found.is_file() && found.len() > 0, "{found:?}");
        }
    });
}
