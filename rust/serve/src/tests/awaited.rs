//! Runs that calls wait for.

use std::collections::HashSet;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;

use super::{Logs, curve, number, place};
use crate::catalog::Catalog;
use crate::display::Display;
use crate::log::Viewer;

const LONG: Duration = Duration::from_mins(10);

/// Waits for a run, and keeps all catalogs.
struct Waiting {
    run: &'static str,
    shown: Vec<Catalog>,
}

impl Viewer for Waiting {
    fn show(&mut self, catalog: Catalog) -> bool {
        self.shown.push(catalog);
        true
    }

    fn awaited(&self) -> HashSet<String> {
        HashSet::from([self.run.into()])
    }
}

fn unread(names: &[&str]) -> Catalog {
    let names = names.iter().map(|&name| name.into()).collect();
    Catalog::new(Vec::new(), Arc::new(names))
}

fn has_read(catalog: &Catalog, run: &str) -> bool {
    catalog.has_read(&[run.into()])
}

fn answer(display: &Display, run: &str, most: Duration) -> Arc<Catalog> {
    let runtime = Builder::new_current_thread().enable_time().build();
    let names = [run.to_owned()];
    runtime.unwrap().block_on(display.with_runs(&names, most))
}

#[test]
fn a_run_that_is_waited_for_is_read_first_and_to_its_end() {
    let mut logs = Logs::new();
    // Long enough to be read in several parts, and after others.
    let tag = "x".repeat(60_000);
    let numbers = |count| -> Vec<_> { (0..count).map(|step| number(&tag, step, 1.0)).collect() };
    logs.append("first", 1, &numbers(40));
    logs.append("second", 1, &numbers(40));
    logs.append("last", 1, &numbers(60));
    logs.append("last", 2, &[number("y", 60, 1.0)]);
    logs.append("last", 3, &numbers(80));
    let place = place("", logs.directory.path());
    logs.log.set_files(place.list(None, &|| true).unwrap());
    let mut waiting = Waiting {
        run: "last",
        shown: Vec::new(),
    };
    assert!(logs.log.read(&mut waiting));
    let shown = &waiting.shown;
    assert!(
        !["first", "second", "last"]
            .iter()
            .any(|run| has_read(&shown[0], run))
    );
    let whole = shown.iter().find(|one| has_read(one, "last")).unwrap();
    assert_eq!(curve(whole, "last", &tag).len(), 80);
    assert!(!has_read(whole, "first") && !has_read(whole, "second"));
    let all = shown.last().unwrap();
    assert!(
        ["first", "second", "last"]
            .iter()
            .all(|run| has_read(all, run))
    );
}

#[test]
fn a_call_waits_until_its_runs_have_been_read() {
    let display = Display::default();
    // Nothing was listed yet.
    assert!(!has_read(&answer(&display, "a", Duration::ZERO), "a"));
    thread::scope(|scope| {
        let call = scope.spawn(|| answer(&display, "a", LONG));
        while !display.awaited().contains("a") {
            thread::yield_now();
        }
        display.show(unread(&["a", "b"]));
        display.show(unread(&["b"]));
        assert!(has_read(&call.join().unwrap(), "a"));
    });
    assert_eq!(display.awaited(), HashSet::new());
    // Not longer than it may.
    assert!(!has_read(&answer(&display, "b", Duration::ZERO), "b"));
    // A run that there is not.
    assert!(has_read(&answer(&display, "c", LONG), "c"));
    assert_eq!(display.awaited(), HashSet::new());
}
