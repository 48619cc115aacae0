//! One file that several writers append to, as several processes do.

#![expect(clippy::expect_used, reason = "a test ends where something fails")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prost::Message;
use tensorbolt::encode;
use tensorbolt::proto::event::{At, Event, What};
use tensorbolt::proto::scalar;
use tensorbolt::record::{Decoder, Limits};
use tensorbolt::writer::{FileLocation, OnOpenError, Options, Session, Writer, now};

fn begin(dir: &Path) -> PathBuf {
    let location = FileLocation::new(dir);
    let session = Arc::new(Session::new(Options::default()));
    let writer = Writer::open(session, location, None, OnOpenError::Fail).expect("a new file");
    writer.file().expect("a file").path()
}

fn join(path: &Path) -> Writer {
    let session = Arc::new(Session::new(Options::default()));
    Writer::join(session, path.into(), OnOpenError::Fail).expect("the file is there")
}

fn log(writer: &Writer, tag: &str, step: i64) {
    let file = writer.file().expect("an open file");
    let at = At {
        wall_time: now(),
        step,
    };
    let _ = file
        .append(64, |out| scalar::encode(out, at, tag, 1.0))
        .expect("an open file");
    file.write_through();
}

/// Steps of a tag, in the order of the file.
fn steps(path: &Path, tag: &str) -> Vec<i64> {
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(&fs::read(path).expect("a file"));
    let mut found = Vec::new();
    while let Some(payload) = decoder.next_record().expect("whole records") {
        let event = Event::decode(payload).expect("an event");
        if let Some(What::Summary(summary)) = event.what
            && summary.value.iter().any(|value| value.tag == tag)
        {
            found.push(event.step);
        }
    }
    assert_eq!(decoder.pending(), 0, "only whole records");
    found
}

#[test]
fn writers_in_threads_count_together() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = begin(dir.path());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let writer = join(&path);
                for _ in 0..50 {
                    log(&writer, "a", 0);
                    log(&writer, "b", 0);
                }
            });
        }
    });
    for tag in ["a", "b"] {
        assert_eq!(steps(&path, tag), (0..200).collect::<Vec<_>>());
    }
}

#[test]
fn a_step_that_is_given_is_kept_and_counted_on_from() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = begin(dir.path());
    let (one, other) = (join(&path), join(&path));
    for (writer, step) in [
        (&one, 0),
        (&other, 7),
        (&one, 0),
        (&other, i64::MAX),
        (&one, 0),
    ] {
        log(writer, "a", step);
    }
    assert_eq!(steps(&path, "a"), [0, 7, 8, i64::MAX, i64::MAX]);
}

#[test]
fn what_a_killed_process_left_is_cut_off() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = begin(dir.path());
    let (one, other) = (join(&path), join(&path));
    let whole = fs::read(&path).expect("the head");
    for (length, writer) in (1..whole.len()).zip([&one, &other].into_iter().cycle()) {
        let mut file = OpenOptions::new().append(true).open(&path).expect("a file");
        file.write_all(&whole[..length])
            .expect("a part of a record");
        log(writer, "a", 0);
    }
    let count = i64::try_from(whole.len()).expect("few") - 1;
    assert_eq!(steps(&path, "a"), (0..count).collect::<Vec<_>>());
}

#[test]
fn events_that_are_long_or_have_long_tags_count() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = begin(dir.path());
    let (one, other) = (join(&path), join(&path));
    let tag = "t".repeat(3000);
    for writer in [&one, &other, &one] {
        let file = writer.file().expect("an open file");
        for (tag, length) in [(tag.as_str(), 10), ("short", 200_000)] {
            let payload = encode::text(
                At {
                    wall_time: 1.0,
                    step: 0,
                },
                tag,
                &"x".repeat(length),
            );
            let _ = file
                .append(payload.len(), |out| out.extend_from_slice(&payload))
                .expect("an open file");
        }
        file.write_through();
    }
    assert_eq!(steps(&path, &format!("{tag}/text_summary")), [0, 1, 2]);
    assert_eq!(steps(&path, "short/text_summary"), [0, 1, 2]);
}

#[test]
fn there_must_be_a_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let session = Arc::new(Session::new(Options::default()));
    let missing = Writer::join(session, dir.path().join("none"), OnOpenError::Fail);
    assert!(missing.is_err_and(|error| error.is_store()));
}
