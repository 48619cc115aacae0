//! What was read of event files, for the next server of the same log, and for curves that find no room in memory.
//!
//! An index is a directory in the user's cache, and has nothing that could not be read again. It says of each event file how
//! far it was read, and what was found. Whether that is still so is asked of the file itself: see `Log::set_files` and
//! `File::goes_on`. Several servers may have the same index: files of it are only made whole, and removed whole.

mod directory;
pub mod messages;
mod pack;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use directory::Directory;
pub use directory::usual_directory;
use messages::{Contents, FileRecord, ScalarsRecord};
pub use pack::Stored;
use pack::{Pack, PackWriter, Room};

/// Files of the index after which all are made one.
const MOST_PACKS: usize = 6;
/// Bytes of one index.
const MOST_BYTES: u64 = 1 << 30;

/// The index of what is served.
pub struct Index {
    directory: Directory,
    key: String,
    packs: Vec<Arc<Pack>>,
    room: Room,
}

/// What the index remembers of an event file.
#[derive(Clone)]
pub struct Remembered {
    /// What was read.
    pub file: FileRecord,
    /// Where the points of its curves are.
    pub pack: Arc<Pack>,
}

/// A run and the name of a file.
pub type FileKey = (String, String);

/// Points that were written.
pub struct Written {
    /// Where they are.
    pub pack: Arc<Pack>,
    /// Of each file, in the order in which they were given.
    pub files: Vec<FileRecord>,
}

impl Index {
    /// Opens the index of what `key` names, below a directory. What cannot be read of it does not count.
    pub fn open(below: &std::path::Path, key: String) -> (Self, HashMap<FileKey, Remembered>) {
        let directory = Directory::new(below, &key);
        let mut remembered = HashMap::new();
        let mut packs = Vec::new();
        let room = Room::new(usize::MAX.into());
        for path in directory.packs() {
            let (pack, contents) = match Pack::open(path.clone(), room.clone()) {
                Ok(found) => found,
                Err(error) => {
                    log::debug!("{} is left out: {error}", path.display());
                    directory::remove(&path);
                    continue;
                }
            };
            if contents.key != key {
                continue;
            }
            let pack = Arc::new(pack);
            for file in contents.files {
                let pack = pack.clone();
                let name = (file.run.clone(), file.name.clone());
                remembered.insert(name, Remembered { file, pack });
            }
            packs.push(pack);
        }
        if let Some(last) = packs.last() {
            directory::use_now(&last.path);
        }
        let index = Self {
            directory,
            key,
            packs,
            room,
        };
        (index, remembered)
    }

    /// True if the next file is to have everything, so that the others can go.
    pub fn is_scattered(&self) -> bool {
        self.packs.len() >= MOST_PACKS
    }

    /// Bytes that curves which are read from it may take in memory until this is said again.
    pub fn set_room(&self, bytes: usize) {
        self.room.store(bytes, Relaxed);
    }

    /// Bytes of its files.
    pub fn size(&self) -> u64 {
        self.packs.iter().map(|pack| pack.size).sum()
    }

    /// Writes what `next` gives of one event file after the other: what was read, and the bytes of its curves, in the order of
    /// its series. It is not asked again once there is no room left. With `is_all`, nothing before counts any more.
    pub fn write(
        &mut self,
        is_all: bool,
        mut next: impl FnMut() -> Option<io::Result<(FileRecord, Vec<Vec<u8>>)>>,
    ) -> io::Result<Written> {
        let mut writer = PackWriter::new(self.directory.made()?)?;
        let used = if is_all { 0 } else { self.size() };
        let mut contents = Contents {
            key: self.key.clone(),
            files: Vec::new(),
        };
        while used + writer.size < MOST_BYTES
            && let Some(file) = next()
        {
            match file.and_then(|(file, curves)| add(&mut writer, file, &curves)) {
                Ok(file) => contents.files.push(file),
                Err(error) => {
                    writer.give_up();
                    return Err(error);
                }
            }
        }
        let pack = Arc::new(writer.finish(&contents, self.directory.next(), self.room.clone())?);
        let before = std::mem::take(&mut self.packs);
        if is_all {
            for old in before {
                directory::remove(&old.path);
            }
        } else {
            self.packs = before;
        }
        self.packs.push(pack.clone());
        self.directory.bound();
        Ok(Written {
            pack,
            files: contents.files,
        })
    }
}

fn add(
    writer: &mut PackWriter,
    mut file: FileRecord,
    curves: &[Vec<u8>],
) -> io::Result<FileRecord> {
    for (series, bytes) in file.scalars.iter_mut().zip(curves) {
        (series.offset, series.length) = writer.add(bytes)?;
    }
    Ok(file)
}

impl Stored {
    /// The place of the points of a series of a pack.
    pub fn new(pack: &Arc<Pack>, series: &ScalarsRecord) -> Self {
        Self {
            pack: pack.clone(),
            offset: series.offset,
            length: series.length,
        }
    }
}
