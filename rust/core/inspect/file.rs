//! An examination of a file on disk, and a new file with what can be kept.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::examination::{Examination, Summary};
use super::steps::Steps;
use crate::error::{Error, Result};

/// Bytes read at a time.
const PIECE: usize = 1 << 20;
/// Bytes between two looks at whether somebody wants to stop.
const TURN: u64 = 16 << 20;

/// One file that is being read.
#[derive(Debug)]
pub struct FileExamination {
    path: PathBuf,
    input: File,
    output: Option<(PathBuf, File)>,
    examination: Examination,
    piece: Vec<u8>,
}

impl FileExamination {
    /// Opens a file, and makes one for what can be kept of it.
    ///
    /// # Errors
    ///
    /// `is_store` if there is no such file, or one of the output's name already.
    pub fn open(path: &Path, output: Option<&Path>) -> Result<Self> {
        let input = File::open(path).map_err(|source| failed("open", path, source))?;
        let output = output
            .map(|path| {
                let file = OpenOptions::new().write(true).create_new(true).open(path);
                let file = file.map_err(|source| failed("make", path, source))?;
                Ok((path.to_path_buf(), file))
            })
            .transpose()?;
        Ok(Self {
            path: path.into(),
            input,
            output,
            examination: Examination::new(),
            piece: vec![0; PIECE],
        })
    }

    /// Goes on for some megabytes. `true` once the file is done; what is kept is then on the device.
    ///
    /// # Errors
    ///
    /// `is_store` if the file cannot be read, or what is kept cannot be written.
    pub fn advance(&mut self, steps: &mut Steps) -> Result<bool> {
        let until = self.examination.summary().bytes + TURN;
        while self.examination.summary().bytes < until {
            let read = read_some(&mut self.input, &mut self.piece).map_err(|source| {
                let at = self.examination.summary().bytes;
                failed(&format!("read beyond byte {at} of"), &self.path, source)
            })?;
            match self.piece.get(..read) {
                Some(bytes) if !bytes.is_empty() => self.examination.push(bytes, steps),
                _ => {
                    self.examination.end(steps);
                    self.save()?;
                    if let Some((path, file)) = &self.output {
                        file.sync_all()
                            .map_err(|source| failed("synchronise", path, source))?;
                    }
                    return Ok(true);
                }
            }
            self.save()?;
        }
        Ok(false)
    }

    /// What was found so far.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        self.examination.summary()
    }

    fn save(&mut self) -> Result<()> {
        let kept = self.examination.take_kept();
        match &mut self.output {
            Some((path, file)) => file
                .write_all(&kept)
                .map_err(|source| failed("write to", path, source)),
            None => Ok(()),
        }
    }
}

fn read_some(input: &mut File, piece: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(piece) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn failed(what: &str, path: &Path, source: io::Error) -> Error {
    Error::store(format!("cannot {what} {}", path.display()), source)
}
