//! The files of streams in a log.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::rank_stream::{FOLDER, StreamName};
use crate::reader::{Found, files_below};

/// The files of streams in the directory of a log, in their order; none if there is no directory for them.
///
/// # Errors
///
/// Errors of the operating system.
pub fn streams_in(directory: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let entries = match fs::read_dir(directory.join(FOLDER)) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if let Some(name) = entry.file_name().to_str()
            && StreamName::parse(name).is_some()
        {
            found.push((name.to_owned(), entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

/// The streams below a directory, each with its run, in the order of runs and names.
///
/// # Errors
///
/// Errors of the operating system, as for event files.
pub fn streams_below(top: &Path) -> io::Result<Vec<Found>> {
    let is_stream = |name: &OsStr| name.to_str().and_then(StreamName::parse).is_some();
    let found = files_below(top, 1, &is_stream)?;
    Ok(found
        .into_iter()
        .filter_map(|file| {
            let run = run_of(&file.run)?.to_owned();
            Some(Found { run, ..file })
        })
        .collect())
}

/// The run that a directory of streams belongs to, if it is one.
#[must_use]
pub fn run_of(directory: &str) -> Option<&str> {
    if directory == FOLDER {
        return Some(".");
    }
    directory.strip_suffix(FOLDER)?.strip_suffix('/')
}
