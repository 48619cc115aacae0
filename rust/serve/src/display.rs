//! What calls see: the catalog, and its change. They may wait for runs, which then are read before others, so that what a page
//! asks for is there, and is whole.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::catalog::Catalog;

/// What calls see.
pub struct Display {
    catalog: ArcSwap<Catalog>,
    /// Number of catalogs that there were.
    changes: watch::Sender<u64>,
    awaited: Awaited,
}

/// Runs, and how many calls wait for each.
#[derive(Default)]
struct Awaited(Mutex<HashMap<String, usize>>);

/// A call that waits for runs, as long as it does.
struct Waiting<'a> {
    all: &'a Awaited,
    runs: &'a [String],
}

impl Awaited {
    fn locked(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn runs(&self) -> HashSet<String> {
        self.locked().keys().cloned().collect()
    }

    fn add<'a>(&'a self, runs: &'a [String]) -> Waiting<'a> {
        let mut counts = self.locked();
        for run in runs {
            *counts.entry(run.clone()).or_default() += 1;
        }
        Waiting { all: self, runs }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut counts = self.all.locked();
        for run in self.runs {
            if let Some(count) = counts.get_mut(run) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(run);
                }
            }
        }
    }
}

impl Default for Display {
    fn default() -> Self {
        Self {
            catalog: ArcSwap::default(),
            changes: watch::Sender::new(0),
            awaited: Awaited::default(),
        }
    }
}

impl Display {
    /// What replies are made of now.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.catalog.load_full()
    }

    /// Has replies made of another catalog.
    pub fn show(&self, catalog: Catalog) {
        self.catalog.store(Arc::new(catalog));
        self.changes.send_modify(|number| *number += 1);
    }

    /// Runs that are to be read before others.
    pub fn awaited(&self) -> HashSet<String> {
        self.awaited.runs()
    }

    /// The catalog in which these runs have been read to their end, or the one that there is after so long a time.
    pub async fn with_runs(&self, runs: &[String], most: Duration) -> Arc<Catalog> {
        // From here on, no change is missed.
        let changes = self.changes.subscribe();
        if !self.catalog.load().has_read(runs) {
            let waiting = self.awaited.add(runs);
            let _ = timeout(most, self.read(runs, changes)).await;
            drop(waiting);
        }
        self.catalog()
    }

    async fn read(&self, runs: &[String], mut changes: watch::Receiver<u64>) {
        while !self.catalog.load().has_read(runs) && changes.changed().await.is_ok() {}
    }
}
