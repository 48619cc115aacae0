//! The spool of a writer: a directory of this machine with the log, the journal and the address.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tensorbolt::files::make_private;
use tensorbolt::rank_stream::StreamName;
use tensorbolt::{Error, Result};

const ADDRESS: &str = "address.json";
const LOG: &str = "log";
/// Names of spools that are being removed begin so.
const GONE: &str = ".gone-";
const VERSION: u32 = 1;

/// Where a spool's log belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    pub version: u32,
    /// Without credentials.
    pub url: String,
    pub suffix: String,
    pub host: String,
    pub pid: u32,
}

impl Description {
    pub fn new(url: String, suffix: String) -> Self {
        let host = host();
        Self {
            version: VERSION,
            url,
            suffix,
            host,
            pid: std::process::id(),
        }
    }
}

/// Name of this machine.
pub(crate) fn host() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

/// A file of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogFile {
    /// Path below the log, with slashes.
    pub name: String,
    pub size: u64,
    /// Time of its last change, in nanoseconds.
    pub changed: u64,
}

impl LogFile {
    /// True if it only grows, and becomes segments: an event file, or a stream of ranks.
    pub fn is_log(&self) -> bool {
        let last = self.name.rsplit('/').next().unwrap_or_default();
        last.contains("tfevents") || StreamName::parse(last).is_some()
    }
}

/// A spool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spool {
    pub path: PathBuf,
}

impl Spool {
    /// Makes a spool below `root`. Until it says what it is (`describe`), no other process looks at it, so that its maker has
    /// the time to lock it.
    pub fn make(root: &Path) -> Result<Self> {
        let failed = |error| Error::store(format!("making a spool in {}", root.display()), error);
        private(true).create(root).map_err(failed)?;
        loop {
            let spool = Self::named(root);
            match private(false).create(&spool.path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                result => return result.map_err(failed).map(|()| spool),
            }
        }
    }

    /// A spool below `root` that is not made yet.
    pub fn named(root: &Path) -> Self {
        let seconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let name = format!("{seconds:010}-{}-{:016x}", std::process::id(), random());
        Self {
            path: root.join(name),
        }
    }

    /// Makes sure that the spool says what it is; its former holder may have removed it.
    pub fn describe(&self, description: &Description) -> Result<()> {
        let failed = |error| Error::store(format!("writing to {}", self.path.display()), error);
        private(true).create(self.log()).map_err(failed)?;
        let path = self.path.join(ADDRESS);
        if path.exists() {
            return Ok(());
        }
        let text = serde_json::to_vec(description).map_err(|error| failed(error.into()))?;
        let part = self.path.join(format!(".{ADDRESS}.{}", description.pid));
        let write = || {
            let mut options = fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            let mut file = make_private(&mut options).open(&part)?;
            std::io::Write::write_all(&mut file, &text)?;
            fs::rename(&part, &path)
        };
        write().map_err(failed)
    }

    /// What the spool says that it is.
    pub fn description(&self) -> Result<Description> {
        let path = self.path.join(ADDRESS);
        let failed = |error| Error::store(format!("reading {}", path.display()), error);
        let text = fs::read(&path).map_err(failed)?;
        let found: Description =
            serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
        if found.version > VERSION {
            return Err(Error::argument(format!(
                "{} is of version {}; this tensorbolt knows {VERSION}; use a newer one",
                path.display(),
                found.version
            )));
        }
        Ok(found)
    }

    pub fn log(&self) -> PathBuf {
        self.path.join(LOG)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.log().join(name)
    }

    /// The files of the log, in the order of their names. Hidden ones are not whole yet; links lead elsewhere.
    pub fn files(&self) -> Result<Vec<LogFile>> {
        let mut files = Vec::new();
        let log = self.log();
        list(&log, "", &mut files)
            .map_err(|error| Error::store(format!("looking into {}", log.display()), error))?;
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(files)
    }

    /// Notes that this process writes nothing more, so that others need not wait for its end.
    pub fn leave(&self) -> Result<()> {
        let path = self.left(std::process::id());
        match fs::write(&path, "") {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Error::store(format!("writing {}", path.display()), error))
            }
            _ => Ok(()),
        }
    }

    /// This process writes; an earlier one with its id may have left.
    pub fn come(&self) {
        let _ = fs::remove_file(self.left(std::process::id()));
    }

    /// True if the process with this id writes nothing more.
    pub fn has_left(&self, pid: u32) -> bool {
        self.left(pid).exists()
    }

    fn left(&self, pid: u32) -> PathBuf {
        self.path.join(format!("left.{pid}"))
    }

    /// Removes the spool, first its name: what a kill leaves of it is then known to be of no use.
    pub fn remove(&self) -> Result<()> {
        let gone = self.path.with_file_name(format!("{GONE}{:016x}", random()));
        match fs::rename(&self.path, &gone).and_then(|()| fs::remove_dir_all(&gone)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::store(
                format!("removing {}", self.path.display()),
                error,
            )),
            _ => Ok(()),
        }
    }
}

/// The spools below `root`. What is left of one that a killed process was removing is removed.
pub(crate) fn spools(root: &Path) -> Vec<Spool> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with(GONE) {
            // Another process may be removing it.
            let _ = fs::remove_dir_all(path);
        } else {
            found.push(Spool { path });
        }
    }
    found
}

fn private(recursive: bool) -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(recursive);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

fn list(directory: &Path, below: &str, files: &mut Vec<LogFile>) -> std::io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        let name = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        let metadata = match entry.metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            metadata => metadata?,
        };
        if metadata.is_dir() {
            list(&entry.path(), &name, files)?;
        } else if metadata.is_file() {
            files.push(LogFile {
                name,
                size: metadata.len(),
                changed: changed(&metadata),
            });
        }
    }
    Ok(())
}

/// Time of a file's last change, in nanoseconds.
pub(crate) fn changed(metadata: &fs::Metadata) -> u64 {
    let changed = metadata.modified().ok();
    let since = changed.and_then(|changed| changed.duration_since(UNIX_EPOCH).ok());
    since.unwrap_or_default().as_nanos() as u64
}

/// A number that no other call gets: the standard library's hasher has a seed of the system.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};

    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    if let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) {
        hasher.write_u128(now.as_nanos());
    }
    hasher.finish()
}
