//! The event files below a directory, as TensorBoard finds them.

use std::ffi::OsStr;
use std::fs;
use std::io::{
    self,
    ErrorKind::{NotADirectory, NotFound, PermissionDenied},
};
use std::path::{Path, PathBuf};

use rayon::ThreadPoolBuilder;

use super::segment::superseded;
use crate::parallel;

/// Part of the name of every event file.
const EVENT_FILE_MARK: &str = "tfevents";
/// Directories whose names begin with this hold what a command has not finished.
const WORK_PREFIX: &str = ".tensorbolt-";
/// Files of this ending are left by profilers, and hold nothing.
const EMPTY_PROFILE_SUFFIX: &str = ".profile-empty";

/// One event file of a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Path of the run relative to the directory, with `/` between its parts; `.` for the directory itself.
    pub run: String,
    /// Path of the file.
    pub path: PathBuf,
}

/// True if a file of this name is an event file.
#[must_use]
pub fn is_event_file(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.contains(EVENT_FILE_MARK) && !name.ends_with(EMPTY_PROFILE_SUFFIX)
}

/// A directory that is to be listed.
struct Directory {
    path: PathBuf,
    /// Name of its run; empty for the top.
    run: String,
    /// Where the links on the way to it lead.
    links: Vec<PathBuf>,
}

/// What a directory has: event files, and directories.
type Listed = (Vec<Found>, Vec<Directory>);

/// Directories of one level from which on several threads list them. A level of fewer takes less time than making threads.
const MANY: usize = 128;

/// The event files below `top`, links followed, in the order of runs and names. Directories that this user may not read
/// are left out, but for `top` itself, and so are those in which commands make logs, and segments that another one holds.
/// Up to `threads` threads list directories.
///
/// # Errors
///
/// Errors of the operating system, but for directories below `top` that vanished or that this user may not read.
pub fn event_files(top: &Path, threads: usize) -> io::Result<Vec<Found>> {
    let mut found = files_below(top, threads, &is_event_file)?;
    let gone = found.chunk_by(|a, b| a.run == b.run).flat_map(|run| {
        let names: Vec<_> = run.iter().map(|file| file.path.file_name()).collect();
        let names = names.iter().map(|name| name.and_then(OsStr::to_str));
        superseded(names.map(Option::unwrap_or_default))
    });
    let gone: Vec<_> = gone.collect();
    let mut gone = gone.into_iter();
    found.retain(|_| !gone.next().unwrap_or_default());
    Ok(found)
}

/// The files below `top` whose names are wanted, as [`event_files`] finds them.
///
/// # Errors
///
/// As for [`event_files`].
pub fn files_below(
    top: &Path,
    threads: usize,
    is_wanted: &(dyn Fn(&OsStr) -> bool + Sync),
) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    let top = Directory {
        path: top.into(),
        run: String::new(),
        links: Vec::new(),
    };
    let (files, mut level) = list(&top, is_wanted)?;
    found.extend(files);
    let mut pool = None;
    while !level.is_empty() {
        if pool.is_none() && threads > 1 && level.len() >= MANY {
            // Threads of this search alone: a forked child would lack those of a lasting pool.
            pool = ThreadPoolBuilder::new().num_threads(threads).build().ok();
        }
        let listed = parallel::each(pool.as_ref(), level.len(), |at| {
            level.get(at).map(|one| list(one, is_wanted))
        });
        let mut next = Vec::new();
        for listed in listed.into_iter().flatten() {
            match listed {
                Ok((files, directories)) => {
                    found.extend(files);
                    next.extend(directories);
                }
                // It vanished, or is a directory of another user.
                Err(error)
                    if matches!(error.kind(), NotFound | NotADirectory | PermissionDenied) => {}
                // Runs would be missing without a word: too many open files, a path that is too long, a broken disk.
                Err(error) => return Err(error),
            }
        }
        level = next;
    }
    found.sort();
    Ok(found)
}

fn list(directory: &Directory, is_wanted: &dyn Fn(&OsStr) -> bool) -> io::Result<Listed> {
    let Directory { path, run, links } = directory;
    let (mut files, mut directories) = Listed::default();
    for entry in fs::read_dir(path)? {
        let Ok(entry) = entry else { continue };
        let name = entry.file_name();
        let Ok(mut kind) = entry.file_type() else {
            continue;
        };
        let is_link = kind.is_symlink();
        if is_link {
            let Ok(target) = fs::metadata(entry.path()) else {
                continue;
            };
            kind = target.file_type();
        }
        if kind.is_dir() {
            let name = name.to_string_lossy();
            if name.starts_with(WORK_PREFIX) {
                continue;
            }
            let mut links = links.clone();
            // Only a link can lead back to where one came from.
            if is_link {
                let Ok(target) = fs::canonicalize(entry.path()) else {
                    continue;
                };
                let here = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
                if here.starts_with(&target) || links.contains(&target) {
                    continue;
                }
                links.push(target);
            }
            let run = if run.is_empty() {
                name.into_owned()
            } else {
                format!("{run}/{name}")
            };
            directories.push(Directory {
                path: entry.path(),
                run,
                links,
            });
        } else if kind.is_file() && is_wanted(&name) {
            let run = if run.is_empty() { "." } else { run };
            files.push(Found {
                run: run.into(),
                path: entry.path(),
            });
        }
    }
    Ok((files, directories))
}
