//! A file of the index: the points of curves, then what says whose they are. It never changes; another one takes its place.
//!
//! ```text
//! record: points of a curve ─ … ─ record: contents ─ where the last record is, and a mark
//! ```

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use prost::Message as _;
use tensorbolt::crc;
use tensorbolt::reader::{LocalFile, Source as _, piece};
use tensorbolt::record::{self, FOOTER_LEN, HEADER_LEN};

use super::messages::Contents;

/// Ends a whole file; another number stands for another format.
const MARK: &[u8; 8] = b"tbindex1";
const END_BYTES: u64 = 16;

/// An open file of the index.
#[derive(Debug)]
pub struct Pack {
    source: LocalFile,
    /// Its path.
    pub path: PathBuf,
    /// Its bytes.
    pub size: u64,
    room: Room,
}

/// Bytes of memory that curves of the index may still take.
pub type Room = Arc<AtomicUsize>;

/// A place in a file of the index.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The file.
    pub pack: Arc<Pack>,
    /// First byte of the record.
    pub offset: u64,
    /// Bytes of the record.
    pub length: u64,
}

impl Stored {
    /// The bytes there, if they are as they were written.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        self.pack.record(self.offset, self.length)
    }
}

impl Pack {
    /// Opens a file, and reads what is in it.
    pub fn open(path: PathBuf, room: Room) -> io::Result<(Self, Contents)> {
        let source = LocalFile::open(&path)?;
        let size = source.length()?;
        let pack = Self {
            source,
            path,
            size,
            room,
        };
        let at = size.checked_sub(END_BYTES).ok_or(ErrorKind::InvalidData)?;
        let end = piece(&pack.source, at..size)?;
        let (offset, mark) = end.split_first_chunk().ok_or(ErrorKind::InvalidData)?;
        let offset = u64::from_le_bytes(*offset);
        if mark != MARK || offset >= at {
            return Err(ErrorKind::InvalidData.into());
        }
        let contents = pack.record(offset, at - offset)?;
        let contents = Contents::decode(contents.as_slice());
        Ok((pack, contents.map_err(|_| ErrorKind::InvalidData)?))
    }

    /// True if so many bytes may stay in memory, which then are counted.
    pub fn has_room(&self, bytes: usize) -> bool {
        let take = |room: usize| room.checked_sub(bytes);
        self.room.fetch_update(Relaxed, Relaxed, take).is_ok()
    }

    fn record(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let end = offset.checked_add(length).ok_or(ErrorKind::InvalidData)?;
        let bytes = piece(&self.source, offset..end)?;
        let payload = whole(&bytes).ok_or(ErrorKind::InvalidData)?;
        Ok(payload.to_vec())
    }
}

/// The payload of a record, if it is one.
fn whole(record: &[u8]) -> Option<&[u8]> {
    let (header, rest) = record.split_first_chunk::<HEADER_LEN>()?;
    let (payload, checksum) = rest.split_last_chunk::<FOOTER_LEN>()?;
    let length = u64::from_le_bytes(*header.first_chunk()?);
    let is_whole =
        length == payload.len() as u64 && crc::masked(payload) == u32::from_le_bytes(*checksum);
    is_whole.then_some(payload)
}

/// A file that is being written. It has another name until it is whole.
pub struct PackWriter {
    out: BufWriter<File>,
    path: PathBuf,
    /// Bytes written.
    pub size: u64,
}

impl PackWriter {
    /// A new file in a directory.
    pub fn new(directory: &Path) -> io::Result<Self> {
        let path = directory.join(format!("{}.part", std::process::id()));
        Ok(Self {
            out: BufWriter::with_capacity(1 << 20, File::create(&path)?),
            path,
            size: 0,
        })
    }

    /// Appends a record; its first byte and its bytes.
    pub fn add(&mut self, payload: &[u8]) -> io::Result<(u64, u64)> {
        let mut record = Vec::with_capacity(payload.len() + HEADER_LEN + FOOTER_LEN);
        record::encode(payload, &mut record);
        self.out.write_all(&record)?;
        let offset = self.size;
        self.size += record.len() as u64;
        Ok((offset, record.len() as u64))
    }

    /// Ends the file, and gives it its name.
    pub fn finish(mut self, contents: &Contents, path: PathBuf, room: Room) -> io::Result<Pack> {
        let (offset, _) = self.add(&contents.encode_to_vec())?;
        self.out.write_all(&offset.to_le_bytes())?;
        self.out.write_all(MARK)?;
        self.out.flush()?;
        fs::rename(&self.path, &path)?;
        let source = LocalFile::open(&path)?;
        let size = source.length()?;
        Ok(Pack {
            source,
            path,
            size,
            room,
        })
    }

    /// Removes what was written.
    pub fn give_up(self) {
        drop(self.out);
        let _ = fs::remove_file(self.path);
    }
}
