//! A thread that logs what a source says: at once, at an interval, and never after it was stopped.

#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use prost::Message;
use tensorbolt::proto::event::{Event, What};
use tensorbolt::proto::summary::Data;
use tensorbolt::record::{Decoder, Limits};
use tensorbolt::sampler::{Sampler, Values};
use tensorbolt::writer::{FileLocation, OnOpenError, Options, Session, Writer};

const OFTEN: Duration = Duration::from_millis(1);
const SELDOM: Duration = Duration::from_secs(1_000_000);
/// No test waits so long.
const PATIENCE: Duration = Duration::from_mins(5);

fn open(dir: &Path) -> Arc<Writer> {
    let session = Arc::new(Session::new(Options::default()));
    let location = FileLocation::new(dir);
    Arc::new(Writer::open(session, location, None, OnOpenError::Fail).unwrap())
}

type Source = Box<dyn FnMut(&mut Values)>;
type Opened = (Source, Vec<String>);

/// A source of the numbers 0, 1, 2 …, which says on a channel that it was asked. The channel ends with the source.
fn counting() -> (impl FnOnce() -> Opened + Send + 'static, Receiver<()>) {
    let (asked, asks): (Sender<()>, _) = channel();
    let open = move || {
        let mut number = 0.0;
        let source = move |values: &mut Values| {
            values.push(("system/number".into(), number));
            values.push(("system/twice".into(), 2.0 * number));
            number += 1.0;
            let _ = asked.send(());
        };
        (Box::new(source) as Source, Vec::new())
    };
    (open, asks)
}

fn wait_for(asks: &Receiver<()>, count: usize) {
    for _ in 0..count {
        asks.recv_timeout(PATIENCE).unwrap();
    }
}

/// The source goes with its thread.
fn wait_for_end(asks: &Receiver<()>) {
    let end = std::iter::repeat_with(|| asks.recv_timeout(PATIENCE)).find_map(Result::err);
    assert_eq!(end, Some(RecvTimeoutError::Disconnected));
}

/// Step and values of each event with a summary.
fn logged(writer: &Writer) -> Vec<(i64, Vec<(String, f32)>)> {
    let file = writer.file().unwrap();
    assert!(file.flush().wait(PATIENCE).is_done());
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(&std::fs::read(file.path()).unwrap());
    let mut found = Vec::new();
    while let Some(record) = decoder.next_record().unwrap() {
        let event = Event::decode(record).unwrap();
        if let Some(What::Summary(summary)) = event.what {
            let values = summary.value.into_iter().map(|value| match value.data {
                Some(Data::SimpleValue(number)) => (value.tag, number),
                other => panic!("{other:?}"),
            });
            found.push((event.step, values.collect()));
        }
    }
    found
}

#[test]
fn samples_are_taken_until_the_thread_is_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, (source, asks)) = (open(dir.path()), counting());
    let sampler = Sampler::start(writer.clone(), OFTEN, Duration::ZERO, source);
    wait_for(&asks, 5);
    assert!(sampler.stop().is_empty());
    wait_for_end(&asks);
    let found = logged(&writer);
    assert!(found.len() >= 4, "{found:?}");
    for (number, (_, values)) in found.iter().enumerate() {
        let number = number as f32;
        let expected = [("system/number", number), ("system/twice", 2.0 * number)];
        let expected = expected.map(|(tag, number)| (tag.to_owned(), number));
        assert_eq!(values, &expected);
    }
    assert!(found.is_sorted_by_key(|(step, _)| *step));
}

#[test]
fn the_first_sample_is_taken_at_once_at_the_given_place_of_the_grid() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, (source, asks)) = (open(dir.path()), counting());
    let before = Duration::from_secs_f64(37.9);
    let sampler = Sampler::start(writer.clone(), SELDOM, before, source);
    wait_for(&asks, 1);
    // The source is asked before its values are logged.
    while logged(&writer).is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(logged(&writer)[0].0, 37);
    sampler.set_interval(OFTEN);
    wait_for(&asks, 3);
    let _ = sampler.stop();
    assert!(logged(&writer).len() >= 3);
}

#[test]
fn a_sampler_that_is_dropped_ends_its_thread() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, (source, asks)) = (open(dir.path()), counting());
    drop(Sampler::start(writer, SELDOM, Duration::ZERO, source));
    wait_for_end(&asks);
}

#[test]
fn notices_are_given_once_and_a_source_that_fails_becomes_one() {
    let dir = tempfile::tempdir().unwrap();
    let writer = open(dir.path());
    let open = || {
        let fails = |_: &mut Values| panic!("a source that fails, as this test wants");
        (fails, vec!["no oracle is here".into()])
    };
    let sampler = Sampler::start(writer.clone(), OFTEN, Duration::ZERO, open);
    let mut notices = sampler.take_notices(PATIENCE);
    // It waits for a second, and a thread that fails may take longer.
    for _ in 0..PATIENCE.as_secs() {
        notices.extend(sampler.stop());
        if notices.len() > 1 {
            break;
        }
    }
    assert_eq!(notices[0], "no oracle is here");
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(notices[1].contains("please report"), "{notices:?}");
    assert!(sampler.stop().is_empty());
    assert_eq!(logged(&writer), []);
}

#[test]
fn a_file_that_was_closed_takes_no_samples_and_the_next_one_does() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, (source, asks)) = (open(dir.path()), counting());
    let sampler = Sampler::start(writer.clone(), OFTEN, Duration::ZERO, source);
    wait_for(&asks, 2);
    let file = writer.file().unwrap().clone();
    assert!(file.close().wait(PATIENCE).is_done());
    wait_for(&asks, 2);
    writer.reopen().unwrap();
    // Those for which the file was closed.
    while asks.try_recv().is_ok() {}
    // The source is asked again once its values were logged.
    wait_for(&asks, 3);
    let _ = sampler.stop();
    assert!(!logged(&writer).is_empty());
}
