//! Directories of the index: one for each log and way to serve it. Those that were not used for the longest time go first.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, DirBuilder, OpenOptions};
use std::hash::{Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Bytes of all indexes.
const MOST_BYTES: u64 = 2 << 30;
/// Whole files.
const PACK: &str = "pack";
/// Files that are being written.
const PART: &str = "part";
/// Age of a file whose writer was killed.
const LEFT_OVER: Duration = Duration::from_hours(24);

/// The directory of an index.
pub struct Directory {
    root: PathBuf,
    path: PathBuf,
}

/// A file of an index.
struct Found {
    path: PathBuf,
    size: u64,
    used: SystemTime,
}

impl Directory {
    /// Of what `key` names. Nothing is made yet.
    pub fn new(root: &Path, key: &str) -> Self {
        // Another release of Rust may give another number; then the index is made again.
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        Self {
            root: root.into(),
            path: root.join(format!("{:016x}", hasher.finish())),
        }
    }

    /// Its path; the directory is there now. Others must not read it: it may hold what a log has.
    pub fn made(&self) -> io::Result<&Path> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.path)?;
        Ok(&self.path)
    }

    /// Its whole files, the oldest first.
    pub fn packs(&self) -> Vec<PathBuf> {
        let mut paths: Vec<_> = files(&self.path).map(|file| file.path).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == PACK));
        paths.sort();
        paths
    }

    /// A name that sorts after those of all files.
    pub fn next(&self) -> PathBuf {
        let last = self.packs().pop();
        let number = last.as_deref().and_then(Path::file_stem);
        let number = number.and_then(|name| name.to_str()?.split('-').next()?.parse().ok());
        let next = number.map_or(0, |number: u32| number.saturating_add(1));
        self.path
            .join(format!("{next:010}-{}.{PACK}", std::process::id()))
    }

    /// Removes the indexes of other logs that were used least recently, until all fit, and what killed writers left.
    pub fn bound(&self) {
        let directories = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let named = directories
            .map(|entry| entry.path())
            .filter(|path| is_index(path));
        let mut indexes: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for path in named {
            let mut found: Vec<_> = files(&path).collect();
            found.retain(|file| {
                let is_part = file.path.extension().is_some_and(|end| end == PART);
                let is_old = file.used.elapsed().is_ok_and(|age| age > LEFT_OVER);
                if is_part && is_old {
                    remove(&file.path);
                }
                !(is_part && is_old)
            });
            let used = found.iter().map(|file| file.used).max();
            let size = found.iter().map(|file| file.size).sum();
            indexes.push((used.unwrap_or(SystemTime::UNIX_EPOCH), size, path));
        }
        indexes.sort();
        let mut all: u64 = indexes.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in indexes {
            if all <= MOST_BYTES {
                return;
            }
            if path != self.path && fs::remove_dir_all(&path).is_ok() {
                all -= size;
            }
        }
    }
}

/// Takes note that a file is in use.
pub fn use_now(path: &Path) {
    let file = OpenOptions::new().append(true).open(path);
    let set = file.and_then(|file| file.set_modified(SystemTime::now()));
    if let Err(error) = set {
        log::debug!("{}: {error}", path.display());
    }
}

/// Removes a file.
pub fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        log::debug!("cannot remove {}: {error}", path.display());
    }
}

fn files(directory: &Path) -> impl Iterator<Item = Found> + use<> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let metadata = entry.metadata().ok()?;
        Some(Found {
            path: entry.path(),
            size: metadata.len(),
            used: metadata.modified().ok()?,
        })
    })
}

/// Nothing else is ever removed, wherever a user has the index.
fn is_index(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Where indexes are, if nothing else is asked for: in the user's cache. Nothing where there is none.
#[must_use]
pub fn usual_directory() -> Option<PathBuf> {
    let absolute = |name: &str| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let cache = absolute("XDG_CACHE_HOME");
    #[cfg(windows)]
    let cache = cache.or_else(|| absolute("LOCALAPPDATA"));
    let cache = cache.or_else(|| Some(std::env::home_dir()?.join(".cache")));
    Some(cache?.join("tensorbolt").join("index"))
}
