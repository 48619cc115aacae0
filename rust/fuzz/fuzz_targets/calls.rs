//! The writer against a model: any sequence of calls, with a store that fails now and then, leaves the files that a list in
//! memory says.
//!
//! The failures are real: no file of this process may grow any more, so writes end in the middle of a record; or there
//! is a file where the directory should be made. Either ends before the program does, and from then on nothing may be
//! missing, doubled or torn.

#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};
use std::thread;
use std::time::{Duration, Instant};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tensorbolt::record::{Decoder, Limits};
use tensorbolt::writer::{
    Appended, EventFile, FileLocation, Flush, OnOpenError, Options, Session, Writer,
};
use tensorbolt::{Error, record};

/// Time limit of a call; only a stall is longer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The lanes' records begin with this, those of calls with another letter.
const LANE: u8 = b'L';
const CALL: u8 = b'C';

#[derive(Arbitrary, Debug)]
enum Op {
    /// One record, of a size of its own.
    Add(u16),
    /// Several records in one call.
    AddMany(u8),
    /// Work for the lane of a tag, which may fail.
    Submit {
        tag: u8,
        fails: bool,
    },
    /// A barrier that is waited for.
    Flush,
    Close,
    Reopen,
    /// Files may not grow by more than this.
    Full(u8),
    /// The directory goes; there is a file in its place.
    Vanish,
    Heal,
}

/// One file as it should be.
struct Model {
    file: Arc<EventFile>,
    called: Vec<Vec<u8>>,
    /// By tag.
    lanes: [Vec<Vec<u8>>; 4],
    close: Option<Flush>,
}

struct World {
    dir: PathBuf,
    writer: Writer,
    files: Vec<Model>,
    broken: bool,
    /// Bytes that the last file may still grow by, less those that calls have added since.
    room: Option<i64>,
    records: u64,
    failed: u64,
}

fuzz_target!(|ops: Vec<Op>| {
    no_signal();
    let scratch = tempfile::tempdir().expect("a directory");
    let mut world = World::new(scratch.path().join("run"));
    for op in ops.iter().take(40) {
        world.apply(op);
    }
    world.end();
});

impl World {
    fn new(dir: PathBuf) -> Self {
        let location = FileLocation::new(dir.clone());
        let session = Arc::new(Session::new(Options::default()));
        let writer = Writer::open(session, location, None, OnOpenError::Fail).expect("a writer");
        let mut world = Self {
            dir,
            writer,
            files: Vec::new(),
            broken: false,
            room: None,
            records: 0,
            failed: 0,
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        let file = Arc::clone(&self.writer.file().expect("a file"));
        self.files.push(Model {
            file,
            called: Vec::new(),
            lanes: Default::default(),
            close: None,
        });
    }

    fn apply(&mut self, op: &Op) {
        let broken = self.broken;
        let number = self.records;
        let model = self.files.last_mut().expect("there is one");
        let file = Arc::clone(&model.file);
        let closed = model.close.is_some();
        match *op {
            Op::Add(size) => {
                let payload = payload(CALL, number, size.into());
                let outcome = file.append(payload.len(), |out| out.extend_from_slice(&payload));
                taken(outcome, closed);
                if !closed {
                    self.room = self.room.map(|room| room - i64::from(size));
                    model.called.push(payload);
                    self.records += 1;
                }
            }
            Op::AddMany(count) => {
                let count = u64::from(count % 8);
                let payloads: Vec<_> = (0..count)
                    .map(|index| payload(CALL, number + index, 30))
                    .collect();
                let outcome = file.append_records(count, 30 * payloads.len(), |out| {
                    for payload in &payloads {
                        record::encode(payload, out);
                    }
                });
                taken(outcome, closed);
                if !closed {
                    model.called.extend(payloads);
                    self.records += count;
                }
            }
            Op::Submit { tag, fails } => {
                let tag = usize::from(tag) % model.lanes.len();
                let payload = payload(lane(tag), number, 50);
                let work = payload.clone();
                let outcome = file.submit(&tag.to_string(), 50, move || {
                    if fails {
                        Err(Error::argument("as planned"))
                    } else {
                        Ok(work)
                    }
                });
                assert_eq!(outcome.is_err(), closed, "{outcome:?}");
                if !closed && fails {
                    self.failed += 1;
                } else if !closed {
                    model.lanes[tag].push(payload);
                    self.records += 1;
                }
            }
            Op::Flush => {
                let flushed = file.flush().wait(TIMEOUT);
                assert!(broken || flushed.is_done(), "{flushed:?}");
                let full = self.room.is_some_and(|room| room < 0);
                assert!(!(full && flushed.is_done()), "the disk is full");
            }
            Op::Close if !closed => model.close = Some(file.close()),
            Op::Reopen if closed => {
                self.writer.reopen().expect("it is tried again later");
                self.room = None;
                self.begin();
            }
            Op::Full(room) => {
                self.broken = true;
                let size = fs::metadata(file.path()).map_or(0, |file| file.len());
                limit_files(Some(size + u64::from(room)));
                self.room = Some(room.into());
            }
            Op::Vanish if closed && self.dir.is_dir() => {
                self.broken = true;
                let parked = self.dir.with_extension("parked");
                if fs::rename(&self.dir, &parked).is_ok() {
                    fs::write(&self.dir, b"").expect("an empty file");
                }
            }
            Op::Heal => self.heal(),
            Op::Close | Op::Reopen | Op::Vanish => {}
        }
    }

    fn heal(&mut self) {
        limit_files(None);
        let parked = self.dir.with_extension("parked");
        if self.dir.is_file() {
            fs::remove_file(&self.dir).expect("the file is ours");
            fs::rename(parked, &self.dir).expect("it was there");
        }
        self.broken = false;
        self.room = None;
        for model in &self.files {
            // The first attempt after a failure comes when its time has come.
            let mut tries = 0;
            while !model.file.flush().wait(TIMEOUT).is_done() {
                tries += 1;
                assert!(tries < 10, "a store that works again is used again");
            }
        }
    }

    fn end(mut self) {
        self.heal();
        for model in &mut self.files {
            let mut close = model.close.take().unwrap_or_else(|| model.file.close());
            assert!(close.wait(TIMEOUT).is_done() || model.file.flush().wait(TIMEOUT).is_done());
            model.check();
            model.file.abandon();
        }
        let account = self.writer.session().state();
        let began = Instant::now();
        // A thread that is just trying to make a file lets go of it when it is done.
        while account.stats().pending_bytes > 0 && began.elapsed() < TIMEOUT {
            thread::sleep(Duration::from_millis(1));
        }
        let stats = account.stats();
        assert_eq!(stats.events, self.records);
        assert_eq!(stats.dropped, self.failed, "{:?}", stats.last_error);
        assert_eq!(stats.pending_bytes, 0);
    }
}

impl Model {
    /// The file has the records of calls in order, and those of each tag's lane in order.
    fn check(&self) {
        if self.called.is_empty() && self.lanes.iter().all(Vec::is_empty) {
            // A flush does not wait for the header alone; the header may not be written yet.
            return;
        }
        let bytes = fs::read(self.file.path()).expect("the file is there");
        let mut decoder = Decoder::new(Limits::default());
        decoder.push(&bytes);
        let mut records = Vec::new();
        while let Some(record) = decoder.next_record().expect("a whole file") {
            records.push(record.to_vec());
        }
        assert_eq!(decoder.pending(), 0, "the last record is whole");
        let mut records = records.into_iter();
        assert!(records.next().is_some(), "the format's version comes first");
        let (called, lanes): (Vec<_>, Vec<_>) = records.partition(|record| record[0] == CALL);
        assert_eq!(called, self.called);
        for (tag, expected) in self.lanes.iter().enumerate() {
            let mark = lane(tag);
            let found = lanes.iter().filter(|record| record[0] == mark);
            assert!(found.eq(expected), "the lane of tag {tag}");
        }
    }
}

/// First byte of the records of a tag's lane.
fn lane(tag: usize) -> u8 {
    LANE + u8::try_from(tag).expect("there are few")
}

fn taken(outcome: tensorbolt::Result<Appended>, closed: bool) {
    match outcome {
        Ok(appended) => assert!(!closed && appended == Appended::Taken),
        Err(error) => assert!(closed && error.is_closed(), "{error}"),
    }
}

/// A payload that differs from all others.
fn payload(mark: u8, number: u64, size: usize) -> Vec<u8> {
    let mut payload = vec![mark];
    payload.extend(number.to_le_bytes());
    payload.resize(payload.len() + size, mark);
    payload
}

/// Sets how long files of this process may grow.
fn limit_files(limit: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    let current = limit.or(maximum);
    setrlimit(Resource::Fsize, Rlimit { current, maximum }).expect("a lower limit is allowed");
}

/// A write beyond the limit fails, instead of ending the process.
fn no_signal() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let noticed = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, noticed).expect("a handler");
    });
}
