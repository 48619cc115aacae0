//! The index: what a second server need not read, and what it must not believe.

use std::fs::{self, File, OpenOptions};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::{Logs, curve, number, place};
use crate::catalog::Catalog;
use crate::log::Log;
use crate::samples::Samples;

const STEPS: i64 = 400;

/// A log, and the directory of its index.
struct Indexed {
    logs: Logs,
    index: TempDir,
}

impl Indexed {
    fn new() -> Self {
        let logs = Logs::new();
        for run in ["a", "b"] {
            let numbers: Vec<_> = (0..STEPS)
                .map(|step| number("x", step, step as f32))
                .collect();
            logs.append(run, 1, &numbers);
        }
        Self {
            logs,
            index: tempfile::tempdir().unwrap(),
        }
    }

    /// A server that begins with the index, looks, and writes the index.
    fn server(&self, memory: usize) -> (Log, Catalog) {
        let mut log = Log::new(Samples::default(), true, memory, None);
        log.set_index(self.index.path(), "key".into());
        let catalog = self.look(&mut log);
        log.store();
        (log, catalog)
    }

    fn look(&self, log: &mut Log) -> Catalog {
        let place = place("", self.logs.directory.path());
        log.set_files(place.list(None, &|| true).unwrap());
        log.read(&mut |_: Catalog| true);
        log.catalog()
    }

    /// Changes the bytes of a file, which has the same time as before.
    fn change(&self, run: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.logs.file(run, 1);
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
        let file = OpenOptions::new().append(true).open(path).unwrap();
        file.set_modified(modified).unwrap();
    }

    fn packs(&self) -> Vec<PathBuf> {
        let directories = fs::read_dir(self.index.path()).unwrap().flatten();
        let files = directories.flat_map(|one| fs::read_dir(one.path()).unwrap().flatten());
        files.map(|file| file.path()).collect()
    }
}

fn all(numbers: impl Iterator<Item = i64>) -> Vec<(i64, f32)> {
    numbers.map(|step| (step, step as f32)).collect()
}

#[test]
fn a_second_server_reads_no_more_than_the_end_of_a_file() {
    let indexed = Indexed::new();
    assert_eq!(indexed.server(usize::MAX).0.remembered(), 0);
    // Had it read this, it would not know it.
    indexed.change("a", |bytes| {
        let middle = 40..bytes.len() - 40;
        bytes[middle].fill(0);
    });
    let (log, catalog) = indexed.server(usize::MAX);
    assert_eq!(log.remembered(), 2);
    assert_eq!(curve(&catalog, "a", "x"), all(0..STEPS));
    assert_eq!(indexed.packs().len(), 1, "there was nothing new to write");
}

#[test]
fn what_a_file_has_got_since_is_read() {
    let indexed = Indexed::new();
    indexed.server(usize::MAX);
    indexed.logs.append(
        "b",
        1,
        &[number("x", STEPS, STEPS as f32), number("y", 0, 0.0)],
    );
    let (log, catalog) = indexed.server(usize::MAX);
    assert_eq!(log.remembered(), 2);
    assert_eq!(curve(&catalog, "b", "x"), all(0..=STEPS));
    assert_eq!(curve(&catalog, "b", "y"), all(0..1));
    let (_, catalog) = indexed.server(usize::MAX);
    assert_eq!(curve(&catalog, "b", "x"), all(0..=STEPS));
}

#[test]
fn replaced_and_shorter_files_are_read_again() {
    let indexed = Indexed::new();
    indexed.server(usize::MAX);
    // As long as before.
    let path = indexed.logs.file("a", 1);
    fs::remove_file(&path).unwrap();
    let other: Vec<_> = (0..STEPS)
        .map(|step| number("z", step, step as f32))
        .collect();
    indexed.logs.append("a", 1, &other);
    let half = fs::metadata(indexed.logs.file("b", 1)).unwrap().len() / 2;
    let short = OpenOptions::new()
        .write(true)
        .open(indexed.logs.file("b", 1));
    short.unwrap().set_len(half).unwrap();
    let (_, catalog) = indexed.server(usize::MAX);
    assert_eq!(curve(&catalog, "a", "x"), []);
    assert_eq!(curve(&catalog, "a", "z"), all(0..STEPS));
    let left = curve(&catalog, "b", "x");
    assert!(left.len() > 100 && left.len() < 300, "{}", left.len());
}

#[test]
fn a_file_with_another_end_is_read_again_whatever_its_time_says() {
    let indexed = Indexed::new();
    indexed.server(usize::MAX);
    indexed.change("a", |bytes| {
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
    });
    let (_, catalog) = indexed.server(usize::MAX);
    assert_eq!(curve(&catalog, "a", "x"), all(0..STEPS - 1));
    assert_eq!(catalog.run("a").unwrap().damaged, 1);
}

#[test]
fn a_damaged_index_is_left_out_and_written_again() {
    for at in [10, 500, usize::MAX] {
        let indexed = Indexed::new();
        indexed.server(usize::MAX);
        let [pack] = &indexed.packs()[..] else {
            panic!("one file");
        };
        let mut bytes = fs::read(pack).unwrap();
        let at = at.min(bytes.len() - 60);
        bytes[at] ^= 0x10;
        fs::write(pack, bytes).unwrap();
        let (mut log, catalog) = indexed.server(usize::MAX);
        let request = super::asked("scalars", 1000);
        if crate::calls::read_scalars(&catalog, &request).is_err() {
            // Points are read when they are asked for; then the file of the log is, at the next look.
            let catalog = indexed.look(&mut log);
            assert_eq!(curve(&catalog, "a", "x"), all(0..STEPS));
            assert_eq!(curve(&catalog, "b", "x"), all(0..STEPS));
        }
        log.store();
        let (_, catalog) = indexed.server(usize::MAX);
        assert_eq!(curve(&catalog, "a", "x"), all(0..STEPS));
        assert_eq!(curve(&catalog, "b", "x"), all(0..STEPS));
    }
}

#[test]
fn an_index_that_was_cut_off_does_not_count() {
    let indexed = Indexed::new();
    indexed.server(usize::MAX);
    for path in indexed.packs() {
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(fs::metadata(path).unwrap().len() / 2).unwrap();
    }
    let (log, catalog) = indexed.server(usize::MAX);
    assert_eq!(log.remembered(), 0);
    assert_eq!(curve(&catalog, "a", "x"), all(0..STEPS));
}

#[test]
fn curves_that_find_no_room_leave_memory_and_come_back() {
    let indexed = Indexed::new();
    let (_, catalog) = indexed.server(1);
    let weight = |catalog: &Catalog| {
        let runs = catalog.runs.iter();
        runs.flat_map(|run| run.scalars.iter().map(|one| one.points.longest()))
            .sum::<usize>()
    };
    assert_eq!(weight(&catalog), 0);
    for _ in 0..2 {
        assert_eq!(curve(&catalog, "a", "x"), all(0..STEPS));
        assert_eq!(weight(&catalog), 0, "there is no room to keep it");
    }
    // The next points are added to those that left.
    indexed
        .logs
        .append("a", 1, &[number("x", STEPS, STEPS as f32)]);
    let (_, catalog) = indexed.server(1);
    assert_eq!(curve(&catalog, "a", "x"), all(0..=STEPS));
}

#[test]
fn the_curve_that_was_asked_for_last_stays() {
    let indexed = Indexed::new();
    let (mut log, catalog) = indexed.server(usize::MAX);
    let kept = |run: &str| catalog.run(run).unwrap().scalars[0].points.clone();
    curve(&catalog, "a", "x");
    log.set_memory(kept("a").bytes() + kept("b").bytes() - 1);
    indexed.look(&mut log);
    assert!(kept("a").longest() > 0);
    assert_eq!(kept("b").longest(), 0);
}

#[test]
fn indexes_of_other_logs_make_room_and_nothing_else_is_touched() {
    let indexed = Indexed::new();
    let old = indexed.index.path().join("00000000000000ab");
    let other = indexed.index.path().join("photos");
    for directory in [&old, &other] {
        fs::create_dir(directory).unwrap();
        let file = File::create(directory.join("0000000000-1.pack")).unwrap();
        // No bytes are written for it.
        file.set_len(3 << 30).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_hours(1))
            .unwrap();
    }
    indexed.server(usize::MAX);
    assert!(!old.exists());
    assert!(other.join("0000000000-1.pack").exists());
    assert_eq!(indexed.server(usize::MAX).0.remembered(), 2);
}
