//! Sidecars, the files next to an event file: waited for, tried again, dropped with a count.

#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use tensorbolt::Error;
use tensorbolt::writer::{EventFile, FileLocation, Flushed, OnOpenError, Options, Session, Writer};

const TIMEOUT: Duration = Duration::from_secs(20);

fn open(dir: &Path, options: Options) -> Arc<EventFile> {
    let location = FileLocation::new(dir);
    let session = Arc::new(Session::new(options));
    let writer = Writer::open(session, location, None, OnOpenError::Fail).unwrap();
    Arc::clone(&writer.file().unwrap())
}

fn refused() -> Error {
    Error::store("cannot write it", io::ErrorKind::StorageFull.into())
}

fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !condition() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(condition());
}

#[test]
fn a_flush_waits_for_them_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let file = open(dir.path(), Options::default());
    let count = Arc::new(AtomicU64::new(0));
    for number in 0..20 {
        let count = Arc::clone(&count);
        file.submit_sidecar(10, move |context| {
            thread::sleep(Duration::from_millis(2));
            context.add_written(1);
            assert_eq!(count.fetch_add(1, SeqCst), number);
            Ok(None)
        })
        .unwrap();
    }
    assert_eq!(file.flush().wait(TIMEOUT), Flushed::Done);
    assert_eq!(count.load(SeqCst), 20);
    let stats = file.session_state().stats();
    assert_eq!(
        (
            stats.events,
            stats.errors,
            stats.dropped,
            stats.pending_bytes
        ),
        (0, 0, 0, 0)
    );
}

#[test]
fn events_do_not_wait_for_them() {
    let dir = tempfile::tempdir().unwrap();
    let file = open(dir.path(), Options::default());
    let (begin, wait) = std::sync::mpsc::channel::<()>();
    file.submit_sidecar(0, move |_| {
        let _ = wait.recv();
        Ok(None)
    })
    .unwrap();
    let before = std::fs::metadata(file.path()).unwrap().len();
    let _ = file.append(3, |out| out.extend([1, 2, 3])).unwrap();
    wait_until(|| std::fs::metadata(file.path()).unwrap().len() > before);
    assert_eq!(
        file.flush().wait(Duration::from_millis(50)),
        Flushed::Waiting
    );
    begin.send(()).unwrap();
    assert_eq!(file.flush().wait(TIMEOUT), Flushed::Done);
}

#[test]
fn a_failure_is_tried_again_until_it_succeeds() {
    let dir = tempfile::tempdir().unwrap();
    let file = open(dir.path(), Options::default());
    let count = Arc::new(AtomicU64::new(0));
    let tries = Arc::clone(&count);
    file.submit_sidecar(10, move |_| match tries.fetch_add(1, SeqCst) {
        0..3 => Err(refused()),
        _ => Ok(Some(Error::corrupt("that was not easy"))),
    })
    .unwrap();
    wait_until(|| count.load(SeqCst) == 4);
    assert_eq!(file.flush().wait(TIMEOUT), Flushed::Done);
    let stats = file.session_state().stats();
    assert_eq!(
        (stats.errors, stats.dropped, stats.pending_bytes),
        (4, 0, 0)
    );
    let reported: Vec<_> = file
        .session_state()
        .take_unreported()
        .iter()
        .map(Error::to_string)
        .collect();
    assert_eq!(reported.len(), 2);
    assert_eq!(reported[1], "that was not easy");
}

#[test]
fn a_flush_does_not_wait_for_what_fails_or_stalls() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        stall_timeout: Duration::from_millis(100),
        ..Options::default()
    };
    let file = open(dir.path(), options);
    file.submit_sidecar(10, |_| Err(refused())).unwrap();
    file.submit_sidecar(10, |_| Ok(None)).unwrap();
    assert_eq!(file.flush().wait(TIMEOUT), Flushed::Stalled);
    let hanging = open(
        dir.path(),
        Options {
            stall_timeout: Duration::from_millis(100),
            ..Options::default()
        },
    );
    hanging
        .submit_sidecar(10, |_| {
            thread::sleep(Duration::from_secs(2));
            Ok(None)
        })
        .unwrap();
    assert_eq!(hanging.flush().wait(TIMEOUT), Flushed::Stalled);
    // Closing drops what did not succeed.
    assert_eq!(file.close().wait(TIMEOUT), Flushed::Stalled);
    file.abandon();
    wait_until(|| file.session_state().stats().pending_bytes == 0);
    assert_eq!(file.session_state().stats().dropped, 2);
    assert!(
        file.submit_sidecar(1, |_| Ok(None))
            .unwrap_err()
            .is_closed()
    );
}

#[test]
fn a_call_may_wait_for_them() {
    let dir = tempfile::tempdir().unwrap();
    let file = open(dir.path(), Options::default());
    let path = dir.path().join("written");
    let target = path.clone();
    file.submit_sidecar(10, move |context| {
        thread::sleep(Duration::from_millis(50));
        std::fs::write(&target, b"whole").unwrap();
        context.add_written(5);
        Ok(None)
    })
    .unwrap();
    file.wait_for_sidecars();
    assert_eq!(std::fs::read(path).unwrap(), b"whole");
    file.submit_sidecar(10, |_| Err(refused())).unwrap();
    file.wait_for_sidecars();
    let stats = file.session_state().stats();
    assert!(
        stats.errors > 0,
        "the failure is known when the call returns"
    );
    assert_eq!(stats.pending_bytes, 10, "it is tried again");
}

#[test]
fn only_the_first_call_waits_for_a_store_that_stalls() {
    let dir = tempfile::tempdir().unwrap();
    let patience = Duration::from_millis(500);
    let options = Options {
        stall_timeout: patience,
        ..Options::default()
    };
    let file = open(dir.path(), options);
    let (answer, wait) = std::sync::mpsc::channel::<()>();
    file.submit_sidecar(10, move |context| {
        let _ = wait.recv();
        context.add_written(1);
        Ok(None)
    })
    .unwrap();
    let began = Instant::now();
    file.wait_for_sidecars();
    assert!(began.elapsed() >= patience);
    for _ in 0..1000 {
        file.wait_for_sidecars();
    }
    answer.send(()).unwrap();
    assert_eq!(file.flush().wait(TIMEOUT), Flushed::Done);
    // From now on calls wait again.
    let done = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&done);
    file.submit_sidecar(10, move |_| {
        thread::sleep(Duration::from_millis(50));
        count.store(1, SeqCst);
        Ok(None)
    })
    .unwrap();
    file.wait_for_sidecars();
    assert_eq!(done.load(SeqCst), 1);
    assert!(file.session_state().take_unreported().is_empty());
}

#[test]
fn what_can_never_succeed_is_dropped_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = open(dir.path(), Options::default());
    file.submit_sidecar(10, |_| Err(Error::argument("no")))
        .unwrap();
    wait_until(|| file.session_state().stats().dropped == 1);
    file.submit_sidecar(10, |_| panic!("a mistake")).unwrap();
    wait_until(|| file.session_state().stats().dropped == 2);
    file.submit_sidecar(10, |_| Ok(None)).unwrap();
    assert_eq!(file.flush().wait(TIMEOUT), Flushed::Done);
    assert_eq!(file.session_state().stats().errors, 2);
}

#[test]
fn without_a_disk_nothing_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        write_to_disk: false,
        ..Options::default()
    };
    let file = open(dir.path(), options);
    file.submit_sidecar(10, |_| panic!("not to be run"))
        .unwrap();
    assert_eq!(file.flush().wait(TIMEOUT), Flushed::Done);
    assert_eq!(file.session_state().stats().pending_bytes, 0);
}
