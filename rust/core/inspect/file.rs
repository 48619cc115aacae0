//! An examination of a file on disk, and a new file with what can be kept.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::examination::{Examination, Summary};
use super::steps::StepOrderCheck;
use crate::error::{Error, Result};
use crate::kept_file::{KeptFile, is_unsupported};

/// Bytes read at a time.
const READ_BYTES: usize = 1 << 20;
/// Bytes between two checks for a request to stop.
const BYTES_PER_STOP_CHECK: u64 = 16 << 20;

/// Bytes from anywhere, front to back.
pub type Stream = Box<dyn Read + Send>;

/// Source of the bytes that are looked at.
enum Input {
    File(KeptFile),
    Stream(Stream),
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File",
            Self::Stream(_) => "Stream",
        })
    }
}

/// One file that is being read.
#[derive(Debug)]
pub struct FileExamination {
    path: PathBuf,
    input: Input,
    /// Bytes of it that were read.
    position: u64,
    output: Option<(PathBuf, KeptFile)>,
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
        let input = KeptFile::open(OpenOptions::new().read(true), path)
            .map_err(|source| failed("open", path, source))?;
        let output = output
            .map(|path| {
                let file = KeptFile::open(OpenOptions::new().write(true).create_new(true), path);
                let file = file.map_err(|source| failed("make", path, source))?;
                Ok((path.to_path_buf(), file))
            })
            .transpose()?;
        Ok(Self::of(path, Input::File(input), output))
    }

    /// Reads what is no file of this machine; `name` is for people.
    #[must_use]
    pub fn stream(name: &Path, stream: Stream) -> Self {
        Self::of(name, Input::Stream(stream), None)
    }

    fn of(path: &Path, input: Input, output: Option<(PathBuf, KeptFile)>) -> Self {
        Self {
            path: path.into(),
            input,
            position: 0,
            output,
            examination: Examination::new(),
            piece: vec![0; READ_BYTES],
        }
    }

    /// Goes on for some megabytes. `true` once the file is done; what is kept is then on the device.
    ///
    /// # Errors
    ///
    /// `is_store` if the file cannot be read, or what is kept cannot be written.
    pub fn advance(&mut self, steps: &mut StepOrderCheck) -> Result<bool> {
        let until = self.examination.summary().bytes + BYTES_PER_STOP_CHECK;
        while self.examination.summary().bytes < until {
            let read = self.read().map_err(|source| {
                failed(
                    &format!("read beyond byte {} of", self.position),
                    &self.path,
                    source,
                )
            })?;
            match self.piece.get(..read) {
                Some(bytes) if !bytes.is_empty() => self.examination.push(bytes, steps),
                _ => {
                    self.examination.end(steps);
                    self.save()?;
                    self.synchronise()?;
                    return Ok(true);
                }
            }
            self.save()?;
        }
        Ok(false)
    }

    /// The summary so far.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        self.examination.summary()
    }

    /// Reads the next bytes into `piece`.
    fn read(&mut self) -> io::Result<usize> {
        let mut opened: &File;
        let input: &mut dyn Read = match &mut self.input {
            Input::Stream(stream) => stream,
            Input::File(file) => {
                if !file.is_ours() {
                    file.reopen(OpenOptions::new().read(true))?;
                    file.file()?.seek(SeekFrom::Start(self.position))?;
                }
                opened = file.file()?;
                &mut opened
            }
        };
        let read = loop {
            match input.read(&mut self.piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.position += read as u64;
        Ok(read)
    }

    fn save(&mut self) -> Result<()> {
        let kept = self.examination.take_kept();
        let Some((path, file)) = &mut self.output else {
            return Ok(());
        };
        let saved = reclaim(file).and_then(|()| file.file()?.write_all(&kept));
        saved.map_err(|source| failed("write to", path, source))
    }

    /// Waits until the device has what is kept, where the store can say so.
    fn synchronise(&mut self) -> Result<()> {
        let Some((path, file)) = &mut self.output else {
            return Ok(());
        };
        let done = reclaim(file).and_then(|()| file.file()?.sync_all());
        match done {
            Err(error) if is_unsupported(&error) => Ok(()),
            done => done.map_err(|source| failed("synchronise", path, source)),
        }
    }
}

/// Opens the output again if another part of the program has closed its descriptor.
fn reclaim(output: &mut KeptFile) -> io::Result<()> {
    if !output.is_ours() {
        output.reopen(OpenOptions::new().write(true))?;
        output.file()?.seek(SeekFrom::End(0))?;
    }
    Ok(())
}

fn failed(what: &str, path: &Path, source: io::Error) -> Error {
    Error::store(format!("cannot {what} {}", path.display()), source)
}
