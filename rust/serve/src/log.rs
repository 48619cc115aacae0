//! The files of all runs, and what was read of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::ThreadPool;
use rayon::prelude::*;
use tensorbolt::reader::{TAIL_BYTES, Wanted};
use tensorbolt_upload::Object;

use crate::catalog::Catalog;
use crate::curve::whole::Sieve;
use crate::file::{Brought, File};
use crate::groups::Groups;
use crate::index::{FileKey, Index, Remembered};
use crate::listing::{Listed, RankStream, Stamp};
use crate::order::{FIRST_PART_BYTES, PART_BYTES, urgency};
use crate::pattern::Pattern;
use crate::ranks::Jobs;
use crate::run::Run;
use crate::samples::Samples;

mod compare;
mod memory;
mod store;

pub use compare::Left;

/// Bytes after which what was read is shown for the first time; each time after twice as many, up to the last.
const FIRST_SHOWN_BYTES: u64 = 2 << 20;
const LAST_SHOWN_BYTES: u64 = 64 << 20;
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

/// A file that is to be read.
struct Job {
    run: String,
    name: String,
    known: Known,
    brought: Brought,
    most: u64,
    /// Bytes that were read.
    bytes: u64,
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
                let is_tagged = object.as_ref().is_some_and(|object| object.tag().is_some());
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

    /// Reads what is new, the most urgent files first; `show` gets what there is from time to time, and says whether to go on.
    /// True if there was anything.
    pub fn read(&mut self, show: &mut dyn FnMut(Catalog) -> bool) -> bool {
        let mut jobs = self.jobs();
        let mut any = self.is_changed();
        let mut shown_bytes = FIRST_SHOWN_BYTES;
        while !jobs.is_empty() {
            let (mut some, mut bytes) = (0, 0);
            for job in &jobs {
                if some > 0 && bytes >= shown_bytes {
                    break;
                }
                some += 1;
                bytes += job.left().min(job.most);
            }
            let mut rest = jobs.split_off(some);
            self.read_some(&mut jobs);
            for mut job in jobs.drain(..) {
                any |= job.brought == Brought::Something;
                if self.note(&job) {
                    job.most = PART_BYTES;
                    rest.push(job);
                }
            }
            jobs = rest;
            shown_bytes = (shown_bytes * 2).min(LAST_SHOWN_BYTES);
            if !show(self.catalog()) {
                return any;
            }
        }
        if any {
            self.refresh();
        }
        let runs: Vec<_> = self.shown().collect();
        any |= self.jobs.update(&runs, &self.samples, !self.is_live);
        if any {
            // Not before: a mean of what was read so far would be another one.
            let pool = self.pool.as_ref();
            self.groups.update(&runs, &self.samples, self.sieve, pool);
            show(self.catalog());
        }
        any
    }

    /// True if the last catalog does not show what there is.
    pub fn is_changed(&self) -> bool {
        self.runs.values().any(|run| run.is_changed)
    }

    /// The files that seem to have something new, the most urgent first.
    fn jobs(&self) -> Vec<Job> {
        let runs = self.runs.iter();
        let files = runs.flat_map(|(run, of)| of.files.iter().map(move |file| (run, file)));
        let is_new = |known: &Known| {
            // Its points cannot be read from the index any more.
            known.read != Some(known.listed) || locked(&known.file).is_lost()
        };
        let new = files.filter(|(_, (_, known))| is_new(known));
        let job = |(run, (name, known)): (&String, (&String, &Known))| Job {
            run: run.clone(),
            name: name.clone(),
            known: known.clone(),
            brought: Brought::Nothing,
            most: FIRST_PART_BYTES,
            bytes: 0,
        };
        let mut jobs: Vec<_> = new.map(job).collect();
        jobs.sort_by_cached_key(|job| urgency(&job.known.listed, job.left()));
        jobs
    }

    fn read_some(&self, jobs: &mut [Job]) {
        let Self {
            samples, wanted, ..
        } = self;
        let pool = self.pool.as_ref();
        // Threads share out the files, or the one that there is.
        let read = |job: &mut Job, pool| {
            let mut file = locked(&job.known.file);
            // What is left of a short file is read with its start.
            let most = if job.known.listed.size <= 4 * FIRST_PART_BYTES {
                u64::MAX
            } else {
                job.most
            };
            let before = file.offset();
            let held = job.known.object.as_ref();
            job.brought = match held.map_or(Ok(()), |object| hold(object, before)) {
                Ok(()) => file.read(wanted, samples, most, pool),
                Err(error) => file.failed(&error),
            };
            job.bytes = file.offset().saturating_sub(before);
            if let Some(object) = &job.known.object {
                object.release();
            }
        };
        match pool.filter(|_| jobs.len() > 1) {
            Some(pool) => pool.install(|| {
                let jobs = jobs.par_iter_mut().with_max_len(1);
                jobs.for_each(|job| read(job, None));
            }),
            None => jobs.iter_mut().for_each(|job| read(job, pool)),
        }
    }

    /// Takes the result of a job; true if there may be more.
    fn note(&mut self, job: &Job) -> bool {
        let Some(run) = self.runs.get_mut(&job.run) else {
            return false;
        };
        match job.brought {
            Brought::Gone => {
                run.files.remove(&job.name);
                run.is_changed = true;
                false
            }
            Brought::Nothing => {
                if let Some(known) = run.files.get_mut(&job.name) {
                    known.read = Some(known.listed);
                }
                false
            }
            Brought::Something => {
                run.is_changed = true;
                self.unstored += job.bytes;
                if locked(&job.known.file).offset() < job.known.listed.size {
                    return true;
                }
                if let Some(known) = run.files.get_mut(&job.name) {
                    known.read = Some(known.listed);
                }
                false
            }
            Brought::Failure => false,
        }
    }

    /// Threads that read.
    pub fn pool(&self) -> Option<&ThreadPool> {
        self.pool.as_ref()
    }

    /// What there is now; runs that did not change are taken over.
    pub fn catalog(&mut self) -> Catalog {
        self.refresh();
        let computed = self.groups.runs().chain(self.jobs.runs());
        Catalog::new(self.shown().chain(computed).collect())
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

impl Job {
    fn left(&self) -> u64 {
        let offset = locked(&self.known.file).offset();
        self.known.listed.size.saturating_sub(offset)
    }
}

fn locked(file: &Mutex<File>) -> MutexGuard<'_, File> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks once for what is left of an object, if it is little, and for the bytes before it that tell whether it is the same.
fn hold(object: &Object, offset: u64) -> std::io::Result<()> {
    if object.size().saturating_sub(offset) <= FIRST_PART_BYTES {
        object.hold(offset.saturating_sub(TAIL_BYTES), &|| true)?;
    }
    Ok(())
}
