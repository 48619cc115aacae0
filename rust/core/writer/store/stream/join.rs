//! Which stream a process appends to: that of its node, if a living process has it open, or a new one.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::local::{self, LocalFiles, State};
use super::node::{NodeStream, lock_within};
use crate::error::{Error, Result};
use crate::files::FileAt;
use crate::kept_file::{KeptFile, is_unsupported};
use crate::rank_stream::{self, StreamName};
use crate::writer::clock;
use crate::writer::location::StreamLocation;

/// Joins the stream of this node, or begins one. Where locks are refused, the process has a stream of its own.
pub(super) fn join(location: &StreamLocation) -> Result<Arc<NodeStream>> {
    let Some(directory) = &location.local else {
        return alone(location);
    };
    let folder = made(location)?;
    let found = NodeStream::find(&folder, false).or_else(|| NodeStream::find(&folder, true));
    if let Some(found) = found {
        return Ok(found);
    }
    match LocalFiles::open(directory, &folder) {
        Ok(local) => match joined(&folder, local) {
            Ok(Some(stream)) => Ok(stream),
            Ok(None) => alone(location),
            Err(source) => Err(failed("make", location, source)),
        },
        Err(error) => {
            log::warn!(
                "{}: {error}; this process has a stream of its own",
                directory.display()
            );
            alone(location)
        }
    }
}

/// The stream that no other process appends to.
pub(super) fn alone(location: &StreamLocation) -> Result<Arc<NodeStream>> {
    let folder = made(location)?;
    if let Some(found) = NodeStream::find(&folder, true) {
        return Ok(found);
    }
    let (file, name, state) = begun(&folder).map_err(|source| failed("make", location, source))?;
    Ok(NodeStream::new(file, name, folder, None, state))
}

pub(super) fn failed(what: &str, location: &StreamLocation, source: io::Error) -> Error {
    let dir = location.dir.display();
    Error::store(format!("cannot {what} a stream of ranks in {dir}"), source)
}

fn made(location: &StreamLocation) -> Result<PathBuf> {
    let folder = location.full_dir();
    fs::create_dir_all(&folder).map_err(|source| {
        let dir = location.dir.display();
        Error::store(format!("cannot make the directory {dir}"), source)
    })?;
    Ok(folder)
}

/// The stream that the processes of this node share; `None` if they cannot, because the lock cannot be had.
fn joined(folder: &Path, local: LocalFiles) -> io::Result<Option<Arc<NodeStream>>> {
    let file = Arc::clone(&local.state);
    if !lock_within(file.file()?)? {
        return Ok(None);
    }
    let outcome = joined_locked(folder, local);
    let _ = file.checked().and_then(File::unlock);
    outcome
}

fn joined_locked(folder: &Path, local: LocalFiles) -> io::Result<Option<Arc<NodeStream>>> {
    let state_file = Arc::clone(&local.state);
    let (state_file, users) = (state_file.file()?, Arc::clone(&local.users));
    let users = users.file()?;
    let is_used = match users.try_lock() {
        Ok(()) => {
            users.unlock()?;
            false
        }
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(_)) => return Ok(None),
    };
    let mut stream = None;
    if is_used
        && let Some(state) = local::read(state_file)?
        && let Some(name) = local::read_name(state_file)?
    {
        stream = match opened(folder, &name) {
            Ok(file) => Some((file, name, state)),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
    }
    let (file, name, state) = if let Some(stream) = stream {
        stream
    } else {
        let (file, name, state) = begun(folder)?;
        local::write_name(state_file, &name)?;
        local::write(state_file, state)?;
        (file, name, state)
    };
    users.lock_shared()?;
    Ok(Some(NodeStream::new(
        file,
        name,
        folder.into(),
        Some(local),
        state,
    )))
}

fn opened(folder: &Path, name: &str) -> io::Result<KeptFile> {
    KeptFile::open(
        OpenOptions::new().read(true).write(true),
        &folder.join(name),
    )
}

/// Makes a stream of a name that sorts behind those of all that are there, whatever the clock says, and writes its first
/// record.
fn begun(folder: &Path) -> io::Result<(KeptFile, String, State)> {
    let host = gethostname::gethostname();
    let host = host.to_string_lossy();
    let mut id = nanoseconds().max(latest(folder)?.saturating_add(1));
    let (file, name) = loop {
        let name = rank_stream::name(id, &host, std::process::id());
        match created(&folder.join(&name)) {
            Ok(file) => break (file, name),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => id += 1,
            Err(error) => return Err(error),
        }
    };
    let version = rank_stream::version(clock::now());
    if let Err(error) = file.file()?.write_all_at(&version, 0) {
        let _ = fs::remove_file(folder.join(&name));
        return Err(error);
    }
    let state = State {
        id,
        end: version.len() as u64,
        is_writing: false,
        looked: clock::seconds(),
    };
    Ok((file, name, state))
}

/// Creates a file that was not there.
fn created(path: &Path) -> io::Result<KeptFile> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match KeptFile::open(options.clone().create_new(true), path) {
        Err(error) if is_unsupported(&error) => {
            if path.try_exists()? {
                return Err(ErrorKind::AlreadyExists.into());
            }
            KeptFile::open(options.create(true).truncate(false), path)
        }
        created => created,
    }
}

/// The highest number of a stream in a folder.
fn latest(folder: &Path) -> io::Result<u64> {
    let mut latest = 0;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let found = name.to_str().and_then(StreamName::parse);
        latest = latest.max(found.map_or(0, |found| found.id));
    }
    Ok(latest)
}

fn nanoseconds() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.map_or(0, |elapsed| elapsed.as_nanos() as u64)
}
