//! The files of all runs, and what was read of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::ThreadPool;
use rayon::prelude::*;
use tensorbolt::reader::Wanted;
use tensorbolt_upload::Object;

use crate::catalog::Catalog;
use crate::curve::whole::Sieve;
use crate::file::File;
use crate::groups::Groups;
use crate::index::{FileKey, Index, Remembered};
use crate::listing::{Listed, RankStream, Stamp};
use crate::pattern::Pattern;
use crate::ranks::Jobs;
use crate::run::Run;
use crate::samples::Samples;

mod compare;
mod memory;
mod reading;
mod store;

pub use compare::Left;
pub use reading::Viewer;

/// The runs.
pub struct Log {
    runs: BTreeMap<String, LogRun>,
    samples: Samples,
    wanted: Wanted,
    pool: Option<ThreadPool>,
    /// Bytes that points may take.
    memory: usize,
    groups: Groups,
    jobs: Jobs,
    /// False if there is one look alone.
    is_live: bool,
    /// Which steps of the members of groups there is room for.
    sieve: Sieve,
    index: Option<Index>,
    /// What the index has of files that were not listed yet.
    remembered: HashMap<FileKey, Remembered>,
    /// Files of which it had something that was still so.
    restored: usize,
    /// Bytes read that the index does not have.
    unstored: u64,
    /// Runs with a file that was not read to its end yet.
    unread: Arc<HashSet<String>>,
}

#[derive(Default)]
struct LogRun {
    /// By name.
    files: BTreeMap<String, Known>,
    shown: Option<Arc<Run>>,
    is_changed: bool,
}

/// A file that was listed.
#[derive(Clone)]
struct Known {
    file: Arc<Mutex<File>>,
    /// When it was read to its end.
    read: Option<Stamp>,
    listed: Stamp,
    /// The object of a store that it is.
    object: Option<Arc<Object>>,
}

impl Log {
    /// A log without files.
    pub fn new(samples: Samples, checksum: bool, memory: usize, pool: Option<ThreadPool>) -> Self {
        Self {
            runs: BTreeMap::new(),
            samples,
            wanted: Wanted {
                checksum,
                ..Wanted::default()
            },
            pool,
            memory,
            groups: Groups::default(),
            jobs: Jobs::default(),
            is_live: true,
            sieve: Sieve::default(),
            index: None,
            remembered: HashMap::new(),
            restored: 0,
            unstored: 0,
            unread: Arc::default(),
        }
    }

    /// Names the streams of ranks that there are now; `is_live` unless there is one look alone.
    pub fn set_streams(&mut self, streams: impl Iterator<Item = RankStream>, is_live: bool) {
        self.jobs.set(streams);
        self.is_live = is_live;
    }

    /// Has others computed of runs, before there are any.
    pub fn group(&mut self, patterns: Vec<Pattern>) {
        self.groups = Groups::new(patterns);
    }

    /// Names the files that there are now. What was read of others is forgotten.
    pub fn set_files(&mut self, listed: Vec<Listed>) {
        let mut named: HashSet<(String, String)> = HashSet::with_capacity(listed.len());
        for Listed {
            input,
            stamp,
            object,
        } in listed
        {
            named.insert((input.run.clone(), input.name.clone()));
            let run = self.runs.entry(input.run.clone()).or_default();
            let key = (input.run.clone(), input.name.clone());
            let known = run.files.entry(input.name.clone()).or_insert_with(|| {
                run.is_changed = true;
                // All points of a member are needed, else a mean would be one of different steps.
                let sieve = self.groups.has(&input.run).then_some(self.sieve);
                let remembered = self.remembered.remove(&key);
                let file = remembered.and_then(|one| one.restored(&input, &stamp));
                self.restored += usize::from(file.is_some());
                // An entity tag says that it is the same, which needs no look at its end.
                let is_tagged = object.as_ref().is_some_and(|object| object.is_tagged());
                let is_whole = |file: &File| file.offset() >= stamp.size;
                let is_read = is_tagged && file.as_ref().is_some_and(is_whole);
                let file = file.unwrap_or_else(|| File::new(input, sieve));
                Known {
                    file: Arc::new(Mutex::new(file)),
                    read: is_read.then_some(stamp),
                    listed: stamp,
                    object,
                }
            });
            let is_replaced = known.object.is_some()
                && known.listed.size == stamp.size
                && known.listed.identity != stamp.identity;
            if is_replaced {
                locked(&known.file).restart();
                known.read = None;
            }
            known.listed = stamp;
        }
        for (name, run) in &mut self.runs {
            let before = run.files.len();
            run.files
                .retain(|file, _| named.contains(&(name.clone(), file.clone())));
            run.is_changed |= run.files.len() < before;
        }
        self.runs
            .retain(|_, run| !run.files.is_empty() || run.is_changed);
    }

    /// True if the last catalog does not show what there is.
    pub fn is_changed(&self) -> bool {
        self.runs.values().any(|run| run.is_changed)
    }

    /// Threads that read.
    pub fn pool(&self) -> Option<&ThreadPool> {
        self.pool.as_ref()
    }

    /// What there is now; runs that did not change are taken over.
    pub fn catalog(&mut self) -> Catalog {
        self.refresh();
        let computed = self.groups.runs().chain(self.jobs.runs());
        Catalog::new(self.shown().chain(computed).collect(), self.unread.clone())
    }

    fn shown(&self) -> impl Iterator<Item = Arc<Run>> {
        self.runs.values().filter_map(|run| run.shown.clone())
    }

    /// Makes what is shown of the runs that changed.
    fn refresh(&mut self) {
        self.bound();
        let samples = &self.samples;
        let show = |(name, run): (&String, &mut LogRun)| {
            if run.is_changed {
                let files: Vec<_> = run
                    .files
                    .values()
                    .map(|known| locked(&known.file))
                    .collect();
                let files: Vec<&File> = files.iter().map(|file| &**file).collect();
                run.shown = Run::new(name, &files, samples).map(Arc::new);
                run.is_changed = false;
            }
        };
        match &self.pool {
            Some(pool) => pool.install(|| self.runs.par_iter_mut().for_each(show)),
            None => self.runs.iter_mut().for_each(show),
        }
        self.runs.retain(|_, run| !run.files.is_empty());
    }

    /// Number of files, and why one could not be read.
    pub fn state(&self) -> (usize, Option<String>) {
        let files = self.runs.values().flat_map(|run| run.files.values());
        let (mut count, mut failure) = (0, None);
        for known in files {
            count += 1;
            failure = failure.or_else(|| locked(&known.file).failure.clone());
        }
        let failure = failure
            .or_else(|| self.jobs.failure.clone())
            .or_else(|| self.groups.failure.clone());
        (count, failure)
    }
}

fn locked(file: &Mutex<File>) -> MutexGuard<'_, File> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}
