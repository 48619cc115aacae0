//! The event files that there are, in directories of this machine and in object stores.

use std::collections::HashSet;
use std::fs::Metadata;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rayon::ThreadPool;
use rayon::prelude::*;
use tensorbolt::Error;
use tensorbolt::ranks::streams_in;
use tensorbolt::reader::{Found, Input, Origin, event_files};
use tensorbolt_upload::{GoOn, Object, RemoteLog};

/// A log that is served.
#[derive(Clone, Debug)]
pub struct Place {
    /// Stands before the names of its runs; empty for nothing.
    pub name: String,
    /// Its files.
    pub origin: PlaceOrigin,
}

/// Where a log is.
#[derive(Clone, Debug)]
pub enum PlaceOrigin {
    /// In a directory of this machine.
    Directory(PathBuf),
    /// In an object store.
    Store(Arc<RemoteLog>),
}

/// What tells whether a file was changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Time of the last change.
    pub modified: Option<SystemTime>,
    /// Device and number, where the system has them; of an object, what stands for its version.
    pub identity: (u64, u64),
}

/// An event file.
#[derive(Clone)]
pub struct Listed {
    /// Its run, its name and its bytes.
    pub input: Input,
    /// Nothing if it cannot be said.
    pub stamp: Stamp,
    /// The object of a store that it is.
    pub object: Option<Arc<Object>>,
}

/// A file of values that the ranks of a job logged.
#[derive(Clone)]
pub struct RankStream {
    /// The run of the job.
    pub run: String,
    /// Its name, without its directory.
    pub name: String,
    /// Where they are.
    pub origin: Origin,
    /// The object of a store that it is.
    pub object: Option<Arc<Object>>,
}

impl Place {
    /// A log at a path or an address. `options` and `environment` are those of the stores.
    ///
    /// # Errors
    ///
    /// `is_argument` for an address or an option that no store knows.
    pub fn new(
        name: String,
        at: &str,
        options: &[(String, String)],
        environment: &[(String, String)],
    ) -> Result<Self, Error> {
        let origin = if at.contains("://") {
            let log = RemoteLog::open(at, options.to_vec(), environment.to_vec())?;
            PlaceOrigin::Store(Arc::new(log))
        } else {
            PlaceOrigin::Directory(at.into())
        };
        Ok(Self { name, origin })
    }

    /// The event files of it that there are now. A directory that is missing has none yet.
    pub fn list(&self, pool: Option<&ThreadPool>, go_on: GoOn<'_>) -> Result<Vec<Listed>, Error> {
        match &self.origin {
            PlaceOrigin::Directory(path) => {
                let listed = self.directory(path, pool);
                listed
                    .map_err(|error| Error::store(format!("cannot list {}", path.display()), error))
            }
            PlaceOrigin::Store(log) => {
                let listed = log.files(go_on)?.into_iter().map(|object| Listed {
                    input: Input {
                        run: self.run(object.run().into()),
                        name: object.name().into(),
                        origin: Origin::Other(object.clone()),
                    },
                    stamp: Stamp {
                        size: object.size(),
                        identity: (number_of(&object.version()), 0),
                        ..Stamp::default()
                    },
                    object: Some(object),
                });
                Ok(listed.collect())
            }
        }
    }

    fn directory(&self, path: &Path, pool: Option<&ThreadPool>) -> io::Result<Vec<Listed>> {
        let threads = pool.map_or(1, ThreadPool::current_num_threads);
        let found = match event_files(path, threads) {
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
                object: None,
            })
        };
        Ok(match pool {
            Some(pool) => pool.install(|| found.into_par_iter().filter_map(list).collect()),
            None => found.into_iter().filter_map(list).collect(),
        })
    }

    /// The streams of ranks next to event files that were just listed.
    #[must_use]
    pub fn streams(&self, files: &[Listed]) -> Vec<RankStream> {
        match &self.origin {
            PlaceOrigin::Directory(_) => {
                let mut seen = HashSet::new();
                let directories = files.iter().filter_map(|file| {
                    let Origin::Path(path) = &file.input.origin else {
                        return None;
                    };
                    Some((file.input.run.as_str(), path.parent()?))
                });
                let jobs = directories.filter(|(run, _)| seen.insert(*run));
                // A folder that cannot be read now is looked at again.
                let found = jobs.flat_map(|(run, at)| {
                    let streams = streams_in(at).unwrap_or_default().into_iter();
                    streams.map(move |(name, path)| RankStream {
                        run: run.into(),
                        name,
                        origin: Origin::Path(path),
                        object: None,
                    })
                });
                found.collect()
            }
            PlaceOrigin::Store(log) => {
                let streams = log.listed_streams().into_iter().map(|object| RankStream {
                    run: self.run(object.run().into()),
                    name: object.file_name().into(),
                    origin: Origin::Other(object.clone()),
                    object: Some(object),
                });
                streams.collect()
            }
        }
    }

    /// True if looking at it costs requests.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        matches!(self.origin, PlaceOrigin::Store(_))
    }

    fn run(&self, run: String) -> String {
        match (self.name.as_str(), run.as_str()) {
            ("", _) => run,
            (name, ".") => name.into(),
            (name, run) => format!("{name}/{run}"),
        }
    }

    /// The directory or the address, for people.
    #[must_use]
    pub fn location(&self) -> String {
        match &self.origin {
            PlaceOrigin::Directory(path) => path.display().to_string(),
            PlaceOrigin::Store(log) => log.url(),
        }
    }
}

/// A number that stands for the version of an object.
fn number_of(version: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    version.hash(&mut hasher);
    hasher.finish()
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
