//! The event files that there are, in directories of this machine.

use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::ThreadPool;
use rayon::prelude::*;
use tensorbolt::reader::{Found, Input, Origin, event_files};

/// A log that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Stands before the names of its runs; empty for nothing.
    pub name: String,
    /// The directory.
    pub path: PathBuf,
}

/// What tells whether a file was changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Time of the last change.
    pub modified: Option<SystemTime>,
    /// Device and number, where the system has them.
    pub identity: (u64, u64),
}

/// An event file.
pub struct Listed {
    /// Its run, its name and its bytes.
    pub input: Input,
    /// Nothing if it cannot be said.
    pub stamp: Stamp,
}

impl Place {
    /// The event files of it that there are now. A directory that is missing has none yet.
    pub fn list(&self, pool: Option<&ThreadPool>) -> io::Result<Vec<Listed>> {
        let threads = pool.map_or(1, ThreadPool::current_num_threads);
        let found = match event_files(&self.path, threads) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let list = |found: Found| {
            let metadata = std::fs::metadata(&found.path).ok()?;
            let input = Input {
                run: self.run(found.run),
                name: found.path.to_string_lossy().into_owned(),
                origin: Origin::Path(found.path),
            };
            Some(Listed {
                input,
                stamp: Stamp::of(&metadata),
            })
        };
        Ok(match pool {
            Some(pool) => pool.install(|| found.into_par_iter().filter_map(list).collect()),
            None => found.into_iter().filter_map(list).collect(),
        })
    }

    fn run(&self, run: String) -> String {
        match (self.name.as_str(), run.as_str()) {
            ("", _) => run,
            (name, ".") => name.into(),
            (name, run) => format!("{name}/{run}"),
        }
    }

    /// The directory, for people.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            identity: identity(metadata),
        }
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, u64) {
    (0, 0)
}
