//! The journal of a spool: a line per upload begun and per upload done, so that a later process goes on where this one
//! was killed, and forked children see how far the uploads are.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use tensorbolt::{Error, Result};

/// Name of the journal in a spool.
pub(crate) const NAME: &str = "journal.jsonl";

/// What happened to the bytes from `start` to `end` of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "lowercase")]
pub(crate) enum Entry {
    /// They are about to be put into the segment of this number.
    Begin {
        file: String,
        number: u64,
        start: u64,
        end: u64,
    },
    /// They are in it.
    Done {
        file: String,
        number: u64,
        start: u64,
        end: u64,
    },
    /// They are damaged and were left out.
    Skip { file: String, start: u64, end: u64 },
    /// A file of this size and time of change, in nanoseconds, is in the store.
    Sidecar {
        file: String,
        size: u64,
        changed: u64,
    },
}

impl Entry {
    /// The file it is about.
    pub fn file(&self) -> &str {
        match self {
            Self::Begin { file, .. }
            | Self::Done { file, .. }
            | Self::Skip { file, .. }
            | Self::Sidecar { file, .. } => file,
        }
    }
}

/// Appends to a journal.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
}

impl Journal {
    /// Opens the journal of a spool, and makes it if there is none. A line that its writer did not finish is ended.
    pub fn open(spool: &Path) -> Result<Self> {
        let path = spool.join(NAME);
        let open = || {
            let mut file = OpenOptions::new()
                .read(true)
                .append(true)
                .create(true)
                .open(&path)?;
            let length = file.seek(SeekFrom::End(0))?;
            if length > 0 {
                let mut last = [0];
                file.seek(SeekFrom::Start(length - 1))?;
                file.read_exact(&mut last)?;
                if last != *b"\n" {
                    file.write_all(b"\n")?;
                }
            }
            Ok(file)
        };
        let file =
            open().map_err(|error| Error::store(format!("opening {}", path.display()), error))?;
        Ok(Self { file })
    }

    /// Adds a line; what is begun is on the disk before it is sent.
    pub fn append(&mut self, entry: &Entry) -> Result<()> {
        let failed = |error| Error::store("writing the journal of a spool", error);
        let mut line = serde_json::to_vec(entry).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(failed)?;
        if matches!(entry, Entry::Begin { .. }) {
            self.file.sync_data().map_err(failed)?;
        }
        Ok(())
    }
}

/// Reads a journal that may be growing.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    offset: u64,
}

impl Reader {
    /// The entries since the last call; what is no entry is left out.
    pub fn read(&mut self, spool: &Path) -> Result<Vec<Entry>> {
        let path = spool.join(NAME);
        let mut bytes = Vec::new();
        let mut read = || {
            let mut file = File::open(&path)?;
            file.seek(SeekFrom::Start(self.offset))?;
            file.read_to_end(&mut bytes)
        };
        match read() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::store(format!("reading {}", path.display()), error)),
            Ok(_) => {}
        }
        let whole = bytes
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |last| last + 1);
        self.offset += whole as u64;
        let lines = bytes
            .get(..whole)
            .unwrap_or_default()
            .split(|&byte| byte == b'\n');
        Ok(lines
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_is_left_out_and_ended() {
        let spool = tempfile::tempdir().unwrap();
        let entry = |number| Entry::Begin {
            file: "a".into(),
            number,
            start: 1,
            end: 2,
        };
        Journal::open(spool.path())
            .unwrap()
            .append(&entry(0))
            .unwrap();
        let path = spool.path().join(NAME);
        let whole = std::fs::read(&path).unwrap();
        let torn = [&whole[..], &whole[..whole.len() / 2]].concat();
        std::fs::write(&path, torn).unwrap();
        let mut reader = Reader::default();
        assert_eq!(reader.read(spool.path()).unwrap(), [entry(0)]);
        Journal::open(spool.path())
            .unwrap()
            .append(&entry(1))
            .unwrap();
        assert_eq!(reader.read(spool.path()).unwrap(), [entry(1)]);
        assert_eq!(reader.read(spool.path()).unwrap(), []);
        assert_eq!(
            Reader::default().read(spool.path()).unwrap(),
            [entry(0), entry(1)]
        );
    }
}
