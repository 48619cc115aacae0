//! The writer against a model: any sequence of calls, with a store that fails now and then, leaves the files that a list in
//! memory says.
//!
//! The failures are real: no file of this process may grow beyond a limit, so writes end in the middle of a record, and
//! the writer goes on in another file as long as a record fits into one; or there is a file where the directory should
//! be made. Either ends before the program does, and from then on nothing may be missing, doubled or torn.

#![no_main]

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};
use std::thread;
use std::time::{Duration, Instant};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use rustix::fs::{CWD, RenameFlags, renameat_with};
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
    /// Length that no file may exceed.
    limit: Option<u64>,
    /// The last file has a record that no file within the limit can hold.
    full: bool,
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
            limit: None,
            full: false,
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
                    self.full |= self.limit.is_some_and(|limit| u64::from(size) > limit);
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
                assert!(!(self.full && flushed.is_done()), "the disk is full");
            }
            Op::Close if !closed => model.close = Some(file.close()),
            Op::Reopen if closed => {
                self.writer.reopen().expect("it is tried again later");
                self.full = false;
                self.begin();
            }
            Op::Full(room) => {
                self.broken = true;
                let size = fs::metadata(file.path()).map_or(0, |file| file.len());
                let limit = size + u64::from(room);
                limit_files(Some(limit));
                self.limit = Some(limit);
                self.full = false;
            }
            Op::Vanish if closed && self.dir.is_dir() => {
                self.broken = true;
                fs::write(self.parked(), b"").expect("an empty file");
                self.exchange();
            }
            Op::Heal => self.heal(),
            Op::Close | Op::Reopen | Op::Vanish => {}
        }
    }

    fn heal(&mut self) {
        limit_files(None);
        if self.dir.is_file() {
            self.exchange();
        }
        self.broken = false;
        self.limit = None;
        self.full = false;
        for model in &self.files {
            // The first attempt after a failure comes when its time has come.
            let mut tries = 0;
            while !model.file.flush().wait(TIMEOUT).is_done() {
                tries += 1;
                assert!(tries < 10, "a store that works again is used again");
            }
        }
    }

    /// Where the directory is while there is a file in its place, and else that file.
    fn parked(&self) -> PathBuf {
        self.dir.with_extension("parked")
    }

    /// In one step: with nothing in its place for a moment, the writer could make another directory there.
    fn exchange(&self) {
        renameat_with(CWD, &self.dir, CWD, self.parked(), RenameFlags::EXCHANGE)
            .expect("both are there");
    }

    fn end(mut self) {
        self.heal();
        for model in &mut self.files {
            let mut close = model.close.take().unwrap_or_else(|| model.file.close());
            assert!(close.wait(TIMEOUT).is_done() || model.file.flush().wait(TIMEOUT).is_done());
        }
        let mut files = event_files(&self.dir);
        for model in &self.files {
            model.check(&mut files);
            model.file.abandon();
        }
        assert_eq!(files.iter().map(Vec::len).sum::<usize>(), 0, "doubled");
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
    /// The files have the records of calls in order, and those of each tag's lane in order. Takes them out of `files`.
    fn check(&self, files: &mut [Vec<Vec<u8>>]) {
        let ours: HashSet<_> = self
            .called
            .iter()
            .chain(self.lanes.iter().flatten())
            .collect();
        let mut records = Vec::new();
        for file in files {
            // One file is of one writer.
            if file.iter().any(|record| ours.contains(record)) {
                records.append(file);
            }
        }
        let (called, lanes): (Vec<_>, Vec<_>) =
            records.into_iter().partition(|record| record[0] == CALL);
        // In numbers, because records of 64 KiB say little.
        assert_eq!(numbers(&called), numbers(&self.called));
        assert!(called == self.called, "the records of calls");
        let mut found = 0;
        for (tag, expected) in self.lanes.iter().enumerate() {
            let mark = lane(tag);
            let of_tag: Vec<_> = lanes.iter().filter(|record| record[0] == mark).collect();
            found += of_tag.len();
            assert!(of_tag.into_iter().eq(expected), "the lane of tag {tag}");
        }
        assert_eq!(found, lanes.len(), "records of no tag");
    }
}

/// The records of each file in a directory without the format's version, in the order in which the files were made.
fn event_files(dir: &Path) -> Vec<Vec<Vec<u8>>> {
    // A writer that has nothing to write makes no directory.
    let entries = fs::read_dir(dir).into_iter().flatten();
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    // The last part of the name counts the files of this process.
    paths.sort_by_key(|path| {
        let number = path.extension().and_then(OsStr::to_str).expect("a number");
        number.parse::<u64>().expect("a number")
    });
    paths.iter().map(|path| records(path)).collect()
}

fn records(path: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(path).expect("the file is there");
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(&bytes);
    let mut records = Vec::new();
    while let Some(record) = decoder.next_record().expect("a whole file") {
        records.push(record.to_vec());
    }
    assert_eq!(decoder.pending(), 0, "the last record is whole");
    if !records.is_empty() {
        let version = records.remove(0);
        assert!(version[0] != CALL, "the format's version comes first");
    }
    records
}

fn numbers(records: &[Vec<u8>]) -> Vec<u64> {
    let number = |record: &Vec<u8>| record[1..9].try_into().map(u64::from_le_bytes);
    records
        .iter()
        .map(|record| number(record).expect("eight bytes"))
        .collect()
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
