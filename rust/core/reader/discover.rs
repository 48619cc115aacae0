//! The event files below a directory, as TensorBoard finds them.

use std::ffi::OsStr;
use std::fs;
use std::io::{
    self,
    ErrorKind::{NotADirectory, NotFound, PermissionDenied},
};
use std::path::{Path, PathBuf};

use super::segment::superseded;

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

/// The event files below `top`, links followed, in the order of runs and names. Directories that this user may not read
/// are left out, but for `top` itself, and so are those in which commands make logs, and segments that another one holds.
///
/// # Errors
///
/// Errors of the operating system, but for directories below `top` that vanished or that this user may not read.
pub fn event_files(top: &Path) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    let mut above = Vec::new();
    walk(top, "", &mut above, &mut found)?;
    found.sort();
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

fn walk(
    directory: &Path,
    run: &str,
    above: &mut Vec<PathBuf>,
    found: &mut Vec<Found>,
) -> io::Result<()> {
    let mut directories = Vec::new();
    for entry in fs::read_dir(directory)? {
        let Ok(entry) = entry else { continue };
        let name = entry.file_name();
        let path = entry.path();
        let Ok(mut kind) = entry.file_type() else {
            continue;
        };
        let is_link = kind.is_symlink();
        if is_link {
            let Ok(target) = fs::metadata(&path) else {
                continue;
            };
            kind = target.file_type();
        }
        if kind.is_dir() {
            if name.to_string_lossy().starts_with(WORK_PREFIX) {
                continue;
            }
            directories.push((name, path, is_link));
        } else if kind.is_file() && is_event_file(&name) {
            let run = if run.is_empty() { "." } else { run };
            found.push(Found {
                run: run.into(),
                path,
            });
        }
    }
    for (name, path, is_link) in directories {
        // Only a link can lead back to where one came from.
        if is_link {
            let Ok(target) = fs::canonicalize(&path) else {
                continue;
            };
            let here = fs::canonicalize(directory).unwrap_or_else(|_| directory.into());
            if here.starts_with(&target) || above.contains(&target) {
                continue;
            }
            above.push(target);
        }
        let name = name.to_string_lossy();
        let run = if run.is_empty() {
            name.into_owned()
        } else {
            format!("{run}/{name}")
        };
        match walk(&path, &run, above, found) {
            // It vanished, or is a directory of another user.
            Err(error) if matches!(error.kind(), NotFound | NotADirectory | PermissionDenied) => {}
            // Runs would be missing without a word: too many open files, a path that is too long, a broken disk.
            done => done?,
        }
        if is_link {
            above.pop();
        }
    }
    Ok(())
}
