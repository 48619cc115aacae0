//! The writer as callers see it, on a real file system.

#![expect(clippy::expect_used, reason = "a test ends where something fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use prost::Message;
use tensorbolt::proto::event::{At, Event, What};
use tensorbolt::proto::scalar;
use tensorbolt::record::{Decoder, Limits};
use tensorbolt::writer::{
    Appended, EventFile, FileLocation, Flushed, OnFull, OnOpenError, Options, Session, Writer, now,
};

const TIMEOUT: Duration = Duration::from_secs(20);

fn open(dir: &Path, options: Options) -> Writer {
    let location = FileLocation::new(dir);
    Writer::open(
        Arc::new(Session::new(options)),
        location,
        None,
        OnOpenError::Fail,
    )
    .expect("a new file")
}

fn file(writer: &Writer) -> Arc<EventFile> {
    Arc::clone(&writer.file().expect("an open file"))
}

fn log(file: &Arc<EventFile>, tag: &str, step: i64) -> Appended {
    let at = At {
        wall_time: now(),
        step,
    };
    file.append(64, |out| scalar::encode(out, at, tag, step as f32))
        .expect("an open file")
}

fn flush(file: &Arc<EventFile>) {
    assert_eq!(file.flush().wait(TIMEOUT), Flushed::Done);
}

fn close(file: &Arc<EventFile>) {
    assert_eq!(file.close().wait(TIMEOUT), Flushed::Done);
    file.abandon();
}

fn events(path: &Path) -> Vec<Event> {
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(&fs::read(path).expect("a file"));
    let mut events = Vec::new();
    while let Some(payload) = decoder.next_record().expect("whole records") {
        events.push(Event::decode(payload).expect("an event"));
    }
    assert_eq!(decoder.pending(), 0, "only whole records");
    events
}

fn tags(path: &Path) -> Vec<(String, i64)> {
    let mut tags = Vec::new();
    for event in events(path) {
        if let Some(What::Summary(summary)) = event.what {
            tags.extend(
                summary
                    .value
                    .into_iter()
                    .map(|value| (value.tag, event.step)),
            );
        }
    }
    tags
}

fn only_file(dir: &Path) -> PathBuf {
    let mut entries = fs::read_dir(dir).expect("a directory");
    let path = entries.next().expect("a file").expect("an entry").path();
    assert!(entries.next().is_none(), "one file");
    path
}

#[test]
fn the_header_is_there_at_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let writer = open(dir.path(), Options::default());
    let path = only_file(dir.path());
    assert_eq!(file(&writer).path(), path);
    let events = events(&path);
    assert_eq!(
        events[0].what,
        Some(What::FileVersion("brain.Event:2".into()))
    );
}

#[test]
fn bytes_arrive_without_a_flush() {
    let dir = tempfile::tempdir().expect("a directory");
    let writer = open(dir.path(), Options::default());
    assert_eq!(log(&file(&writer), "loss", 1), Appended::Taken);
    let began = Instant::now();
    while tags(&only_file(dir.path())).is_empty() {
        assert!(began.elapsed() < TIMEOUT, "nothing arrived");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_flush_is_a_barrier_for_lanes_and_buffers() {
    let dir = tempfile::tempdir().expect("a directory");
    let writer = open(dir.path(), Options::default());
    let file = file(&writer);
    for round in 0..20 {
        for step in 0..5 {
            let at = At {
                wall_time: now(),
                step,
            };
            let tag = format!("slow{}", step % 2);
            let name = tag.clone();
            file.submit(&tag, 100, move || {
                std::thread::sleep(Duration::from_millis(1));
                let mut out = Vec::new();
                scalar::encode(&mut out, at, &name, 0.0);
                Ok(out)
            })
            .expect("an open file");
            let _ = log(&file, "quick", step);
        }
        flush(&file);
        assert_eq!(tags(&file.path()).len(), (round + 1) * 10);
        assert_eq!(file.session_state().stats().pending_bytes, 0);
    }
    for tag in ["slow0", "slow1", "quick"] {
        let steps: Vec<i64> = tags(&file.path())
            .into_iter()
            .filter_map(|(name, step)| (name == tag).then_some(step))
            .collect();
        let round: &[i64] = match tag {
            "slow0" => &[0, 2, 4],
            "slow1" => &[1, 3],
            _ => &[0, 1, 2, 3, 4],
        };
        assert_eq!(steps, round.repeat(20), "{tag} keeps call order");
    }
}

#[test]
fn a_store_may_be_waited_for_without_end() {
    let dir = tempfile::tempdir().expect("a directory");
    let options = Options {
        stall_timeout: Duration::MAX,
        ..Options::default()
    };
    let writer = open(dir.path(), options);
    let file = file(&writer);
    let _ = log(&file, "patient", 1);
    close(&file);
    assert_eq!(tags(&file.path()), [("patient".to_owned(), 1)]);
}

#[test]
fn many_threads_lose_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let writer = open(dir.path(), Options::default());
    let file = file(&writer);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let file = &file;
            scope.spawn(move || {
                for step in 0..20_000 {
                    assert_eq!(log(file, &format!("t{thread}"), step), Appended::Taken);
                }
            });
        }
    });
    close(&file);
    let tags = tags(&file.path());
    assert_eq!(tags.len(), 160_000);
    for thread in 0..8 {
        let name = format!("t{thread}");
        let steps = tags.iter().filter(|(tag, _)| *tag == name);
        assert!(steps.map(|(_, step)| *step).eq(0..20_000), "in call order");
    }
    assert_eq!(file.session_state().stats().events, 160_000);
}

#[test]
fn a_dropped_writer_loses_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let writer = open(dir.path(), Options::default());
    let _ = log(&file(&writer), "last", 1);
    drop(writer);
    let began = Instant::now();
    while tags(&only_file(dir.path())).is_empty() {
        assert!(began.elapsed() < TIMEOUT, "the last event was lost");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn several_directories_are_opened_side_by_side() {
    let dir = tempfile::tempdir().expect("a directory");
    let session = Arc::new(Session::new(Options::default()));
    let blocked = dir.path().join("blocked");
    fs::write(&blocked, b"in the way").expect("a file");
    let runs = ["one", "blocked", "two", "three"];
    let locations = || {
        let locations = runs.map(|run| FileLocation::new(dir.path().join(run)));
        locations.to_vec()
    };
    // Each as if it were opened alone: only the one that cannot be made fails, and a patient one waits for it.
    let opened = Writer::open_all(&session, locations(), OnOpenError::Fail);
    let failed: Vec<bool> = opened.iter().map(Result::is_err).collect();
    assert_eq!(failed, [false, true, false, false]);
    let patient = Writer::open_all(&session, locations(), OnOpenError::Retry);
    assert!(patient.iter().all(Result::is_ok));
    fs::remove_file(&blocked).expect("out of the way");
    let writers = opened.into_iter().chain(patient).flatten();
    let files: Vec<_> = writers.map(|writer| file(&writer)).collect();
    let began = Instant::now();
    while session.state().stats().pending_bytes > 0 {
        assert!(began.elapsed() < TIMEOUT, "it is tried again");
        std::thread::sleep(Duration::from_millis(20));
    }
    for (step, file) in (0..).zip(&files) {
        assert_eq!(log(file, "a", step), Appended::Taken);
        close(file);
        assert_eq!(events(&file.path()).len(), 2, "{}", file.path().display());
    }
    for run in runs {
        let count = fs::read_dir(dir.path().join(run)).expect("a run").count();
        assert_eq!(count, 2 - usize::from(run == "blocked"), "{run}");
    }
    assert!(Writer::open_all(&session, Vec::new(), OnOpenError::Fail).is_empty());
}

#[test]
fn after_close_there_is_an_error_and_reopening_makes_a_later_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let writer = open(dir.path(), Options::default());
    let first = file(&writer);
    close(&first);
    let error = first
        .append(0, |_| ())
        .expect_err("a closed file takes nothing");
    assert!(error.is_closed());
    writer.reopen().expect("a second file");
    let second = file(&writer);
    assert!(
        second.path() > first.path(),
        "names sort as files were made"
    );
    let _ = log(&second, "again", 1);
    close(&second);
    assert_eq!(tags(&second.path()), [("again".to_owned(), 1)]);
}

#[test]
fn purging_starts_the_session_twice() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut location = FileLocation::new(dir.path());
    location.suffix = ".x".into();
    let session = Arc::new(Session::new(Options::default()));
    let writer = Writer::open(session, location, Some(5), OnOpenError::Fail).expect("a new file");
    let path = file(&writer).path();
    assert!(path.to_string_lossy().ends_with(".x"));
    let starts = events(&path)
        .iter()
        .filter(|event| event.step == 5 && matches!(event.what, Some(What::SessionLog(_))))
        .count();
    assert_eq!(starts, 2);
}

#[test]
fn a_directory_that_cannot_be_made_is_said_at_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("file");
    fs::write(&path, b"").expect("a file");
    let location = FileLocation::new(path.join("run"));
    let session = Arc::new(Session::new(Options::default()));
    let error = Writer::open(session, location, None, OnOpenError::Fail)
        .expect_err("a file is no directory");
    assert!(error.is_store());
    assert!(
        error.to_string().contains("cannot make the directory"),
        "{error}"
    );
}

#[test]
fn a_store_that_comes_back_gets_everything() {
    let dir = tempfile::tempdir().expect("a directory");
    let blocked = dir.path().join("run");
    fs::write(&blocked, b"in the way").expect("a file");
    let location = FileLocation::new(blocked.clone());
    let session = Arc::new(Session::new(Options::default()));
    let writer =
        Writer::open(session, location, None, OnOpenError::Retry).expect("a patient writer");
    let file = file(&writer);
    let _ = log(&file, "kept", 1);
    assert_eq!(file.flush().wait(TIMEOUT), Flushed::Stalled);
    let stats = file.session_state().stats();
    assert!(stats.errors > 0);
    assert!(stats.last_error.is_some_and(|error| error.is_store()));
    assert_eq!(
        file.session_state().take_unreported().len(),
        1,
        "reported once per cause"
    );
    assert_eq!(stats.dropped, 0);

    fs::remove_file(&blocked).expect("out of the way");
    flush(&file);
    assert_eq!(tags(&file.path()), [("kept".to_owned(), 1)]);
    assert_eq!(file.session_state().stats().pending_bytes, 0);
}

#[test]
fn what_a_failing_store_never_took_is_counted() {
    let dir = tempfile::tempdir().expect("a directory");
    let blocked = dir.path().join("run");
    fs::write(&blocked, b"in the way").expect("a file");
    let location = FileLocation::new(blocked);
    let session = Arc::new(Session::new(Options::default()));
    let writer =
        Writer::open(session, location, None, OnOpenError::Retry).expect("a patient writer");
    let file = file(&writer);
    for step in 0..10 {
        let _ = log(&file, "lost", step);
    }
    assert_eq!(file.close().wait(TIMEOUT), Flushed::Stalled);
    file.abandon();
    let stats = file.session_state().stats();
    assert_eq!((stats.dropped, stats.pending_bytes), (10, 0));
}

#[test]
fn the_memory_limit_holds() {
    let dir = tempfile::tempdir().expect("a directory");
    let options = Options {
        max_buffer: 1000,
        on_full: OnFull::Drop,
        ..Options::default()
    };
    let writer = open(dir.path(), options);
    let file = file(&writer);
    let (mut taken, mut full) = (0, 0);
    for step in 0..1000 {
        match log(&file, "many", step) {
            Appended::Taken => taken += 1,
            Appended::Full => full += 1,
        }
        assert!(file.session_state().stats().pending_bytes <= 1000);
    }
    assert!(full > 0, "a thousand records do not fit a thousand bytes");
    flush(&file);
    assert_eq!(tags(&file.path()).len(), taken);
}

#[test]
fn without_a_disk_nothing_is_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let run = dir.path().join("run");
    let options = Options {
        write_to_disk: false,
        ..Options::default()
    };
    let writer = open(&run, options);
    let file = file(&writer);
    assert_eq!(log(&file, "nowhere", 1), Appended::Taken);
    flush(&file);
    close(&file);
    assert!(!run.exists());
    let stats = file.session_state().stats();
    assert_eq!((stats.dropped, stats.pending_bytes, stats.bytes), (0, 0, 0));
}
