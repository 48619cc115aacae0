//! Reading what is new: what calls wait for first, then the most urgent files.

use std::collections::HashSet;
use std::sync::Arc;

use rayon::prelude::*;
use tensorbolt::reader::TAIL_BYTES;
use tensorbolt_upload::Object;

use super::{Known, Log, locked};
use crate::catalog::Catalog;
use crate::file::Brought;
use crate::order::{FIRST_PART_BYTES, PART_BYTES, urgency};
use crate::run::Run;

/// Bytes after which what was read is shown for the first time; each time after twice as many, up to the last.
const FIRST_SHOWN_BYTES: u64 = 2 << 20;
const LAST_SHOWN_BYTES: u64 = 64 << 20;

/// Gets what there is while a log is read, and says what is to be read first.
pub trait Viewer {
    /// Takes what there is now; false if no more is to be read.
    fn show(&mut self, catalog: Catalog) -> bool;

    /// Runs that are to be read before others.
    fn awaited(&self) -> HashSet<String> {
        HashSet::new()
    }
}

impl<S: FnMut(Catalog) -> bool> Viewer for S {
    fn show(&mut self, catalog: Catalog) -> bool {
        self(catalog)
    }
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
    /// Reads what is new: runs that are waited for, then the most urgent files. True if there was anything.
    pub fn read(&mut self, viewer: &mut dyn Viewer) -> bool {
        let mut jobs = self.jobs();
        let mut any = self.is_changed();
        self.note_unread(&jobs);
        // Calls that come from now on know for which runs they wait.
        if !viewer.show(self.catalog()) {
            return any;
        }
        let mut shown_bytes = FIRST_SHOWN_BYTES;
        while !jobs.is_empty() {
            let count = batch(&mut jobs, &viewer.awaited(), shown_bytes);
            let mut rest = jobs.split_off(count);
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
            self.note_unread(&jobs);
            if !viewer.show(self.catalog()) {
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
            self.group_runs(runs);
            viewer.show(self.catalog());
        }
        any
    }

    /// Computes the groups, again if their members then have to be thinned out.
    fn group_runs(&mut self, mut runs: Vec<Arc<Run>>) {
        loop {
            let pool = self.pool.as_ref();
            self.groups.update(&runs, &self.samples, self.sieve, pool);
            self.bound();
            if !self.is_changed() {
                return;
            }
            self.refresh();
            runs = self.shown().collect();
        }
    }

    /// Takes note of the runs that are not there to their end. One that only grows is shown as it was.
    fn note_unread(&mut self, jobs: &[Job]) {
        let new = jobs.iter().filter(|job| job.known.read.is_none());
        self.unread = Arc::new(new.map(|job| job.run.clone()).collect());
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
}

impl Job {
    fn left(&self) -> u64 {
        let offset = locked(&self.known.file).offset();
        self.known.listed.size.saturating_sub(offset)
    }
}

/// Puts the jobs that are read next at the beginning, and says how many they are: those of runs that are waited for, or those
/// that come next.
fn batch(jobs: &mut [Job], awaited: &HashSet<String>, most: u64) -> usize {
    let mut first = jobs.len();
    if jobs.iter().any(|job| awaited.contains(&job.run)) {
        jobs.sort_by_key(|job| !awaited.contains(&job.run));
        first = jobs.partition_point(|job| awaited.contains(&job.run));
    }
    let (mut some, mut bytes) = (0, 0);
    for job in jobs.iter().take(first) {
        if some > 0 && bytes >= most {
            break;
        }
        some += 1;
        bytes += job.left().min(job.most);
    }
    some
}

/// Asks once for what is left of an object, if it is little, and for the bytes before it that tell whether it is the same.
fn hold(object: &Object, offset: u64) -> std::io::Result<()> {
    if object.size().saturating_sub(offset) <= FIRST_PART_BYTES {
        object.hold(offset.saturating_sub(TAIL_BYTES), &|| true)?;
    }
    Ok(())
}
