//! Names of streams.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The directory of streams, in that of the log.
pub const DIRECTORY: &str = "ranks";
/// Digits of the number that a name begins with.
const DIGITS: usize = 20;
/// End of a name, but for the number of a segment.
const SUFFIX: &str = ".stream";

/// The name of a stream, `ID.HOST.PID.stream`, in an object store with the number of a segment behind it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamName {
    /// Nanoseconds of the clock of its maker, but more than any that it saw.
    pub id: u64,
    /// The name without the number of a segment.
    pub name: String,
    /// Number of the segment.
    pub segment: Option<u64>,
}

impl StreamName {
    /// The parts of a name, if it is one of a stream.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (digits, rest) = name.split_once('.')?;
        let is_id = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        let id = digits.parse().ok().filter(|_| is_id)?;
        if rest.ends_with(SUFFIX) {
            return Some(Self {
                id,
                name: name.into(),
                segment: None,
            });
        }
        let (whole, number) = name.rsplit_once('.')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let segment = number.parse().ok().filter(|_| is_number)?;
        whole.ends_with(SUFFIX).then(|| Self {
            id,
            name: whole.into(),
            segment: Some(segment),
        })
    }
}

/// The files of streams in the directory of a log, in their order; none if there is no directory for them.
///
/// # Errors
///
/// Errors of the operating system.
pub fn streams_in(directory: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let entries = match fs::read_dir(directory.join(DIRECTORY)) {
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
