//! The local files through which the processes of a node share a stream.
//!
//! | file | contents | lock |
//! |---|---|---|
//! | `KEY.state` | which stream it is, and where it ends | held while a process looks, begins a stream, or appends |
//! | `KEY.users` | none | shared by each process that has the stream open: a process that gets it for itself alone is the only one |
//!
//! The key is made of the folder: its path, device and number, and of the name of this machine, for a temporary directory
//! that machines share.

use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::{FileAt, identity, make_private};
use crate::kept_file::KeptFile;

/// With the version of the layout.
const MAGIC: [u8; 8] = *b"tbranks1";
/// Bytes of the numbers.
const HEAD: usize = 40;
/// The stream's name follows here.
const NAME_AT: u64 = 64;
const LONGEST_NAME: usize = 512;

/// What the processes of a node know of their stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// With which the stream's name begins.
    pub id: u64,
    /// Bytes of whole records.
    pub end: u64,
    /// A process is appending, or was killed meanwhile.
    pub is_writing: bool,
    /// When a process last asked the store whether the stream is still there, in seconds since the epoch.
    pub looked: u64,
}

/// The two files, open.
#[derive(Debug)]
pub(super) struct LocalFiles {
    pub state: Arc<KeptFile>,
    pub users: Arc<KeptFile>,
}

impl LocalFiles {
    /// Opens the files that belong to a folder, which is there.
    pub(super) fn open(directory: &Path, folder: &Path) -> io::Result<Self> {
        let key = key(folder)?;
        fs::create_dir_all(directory)?;
        let open = |end: &str| {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            let path: PathBuf = directory.join(format!("{key:016x}.{end}"));
            KeptFile::open(make_private(&mut options), &path).map(Arc::new)
        };
        Ok(Self {
            state: open("state")?,
            users: open("users")?,
        })
    }

    /// Both of them.
    pub(super) fn both(&self) -> [Arc<KeptFile>; 2] {
        [&self.state, &self.users].map(Arc::clone)
    }
}

fn key(folder: &Path) -> io::Result<u64> {
    let folder = folder.canonicalize()?;
    let found = folder.metadata()?;
    let mut hasher = DefaultHasher::new();
    (folder, identity(&found), gethostname::gethostname()).hash(&mut hasher);
    Ok(hasher.finish())
}

/// Reads the state; `None` if there is none, or of another version.
pub(super) fn read(file: &File) -> io::Result<Option<State>> {
    let mut head = [0; HEAD];
    match file.read_exact_at(&mut head, 0) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    let mut numbers = head.chunks_exact(8).map(|bytes| {
        let mut number = [0; 8];
        number.copy_from_slice(bytes);
        number
    });
    if numbers.next() != Some(MAGIC) {
        return Ok(None);
    }
    let mut numbers = numbers.map(u64::from_le_bytes);
    let mut next = || numbers.next().unwrap_or_default();
    Ok(Some(State {
        id: next(),
        end: next(),
        is_writing: next() != 0,
        looked: next(),
    }))
}

/// Writes the state, with one call.
pub(super) fn write(file: &File, state: State) -> io::Result<()> {
    let State {
        id,
        end,
        is_writing,
        looked,
    } = state;
    let mut head = [0; HEAD];
    let (magic, numbers) = head.split_at_mut(MAGIC.len());
    magic.copy_from_slice(&MAGIC);
    let values = [id, end, u64::from(is_writing), looked];
    for (bytes, value) in numbers.chunks_exact_mut(8).zip(values) {
        bytes.copy_from_slice(&value.to_le_bytes());
    }
    file.write_all_at(&head, 0)
}

/// Reads the name of the stream; `None` if it is not whole.
pub(super) fn read_name(file: &File) -> io::Result<Option<String>> {
    let mut bytes = vec![0; LONGEST_NAME];
    let mut length = 0;
    while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, NAME_AT + length as u64)? {
            0 => break,
            read => length += read,
        }
    }
    bytes.truncate(length);
    let end = bytes.iter().position(|&byte| byte == 0);
    bytes.truncate(end.unwrap_or(0));
    Ok(String::from_utf8(bytes)
        .ok()
        .filter(|name| !name.is_empty()))
}

/// Writes the name of a stream that begins. Until its state is written, nothing is known of it.
pub(super) fn write_name(file: &File, name: &str) -> io::Result<()> {
    file.set_len(0)?;
    let mut bytes = name.as_bytes().to_vec();
    bytes.push(0);
    file.write_all_at(&bytes, NAME_AT)
}
