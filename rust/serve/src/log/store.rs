//! The index: what the next server of the log need not read.

use std::path::Path;

use super::{Known, Log, locked};
use crate::file::File;
use crate::index::messages::{FileRecord, StampRecord};
use crate::index::{Index, Remembered, Stored};
use crate::listing::Stamp;
use tensorbolt::reader::{Input, Origin};

/// Bytes of event files that are read about as fast as an index of them.
const LEAST_BYTES: u64 = 8 << 20;

impl Log {
    /// Begins with what the index below a directory remembers.
    pub fn set_index(&mut self, root: &Path, key: String) {
        let (index, remembered) = Index::open(root, key);
        (self.index, self.remembered) = (Some(index), remembered);
    }

    /// Files of which the index had something that was still so when they were listed.
    pub fn remembered(&self) -> usize {
        self.restored
    }

    /// Writes what is new into the index, if it is much.
    pub fn store_if_worth(&mut self) {
        // Files that were not listed at the first look are gone.
        self.remembered.clear();
        let size = self.index.as_ref().map_or(0, Index::size);
        if self.unstored >= LEAST_BYTES.max(size / 4) {
            self.store();
        }
    }

    /// Writes what is new into the index.
    pub fn store(&mut self) {
        let Some(index) = &mut self.index else {
            return;
        };
        let is_all = index.is_scattered();
        let files = self.runs.values().flat_map(|run| run.files.values());
        let is_wanted = |known: &&Known| {
            let file = locked(&known.file);
            file.events > 0 && (is_all || !file.is_stored)
        };
        let files: Vec<&Known> = files.filter(is_wanted).collect();
        if files.is_empty() {
            return;
        }
        let mut next = files.iter();
        let written = index.write(is_all, || {
            let known = next.next()?;
            let stamp = known.read.unwrap_or(known.listed);
            Some(locked(&known.file).record(&stamp))
        });
        self.unstored = 0;
        let written = match written {
            Ok(written) => written,
            Err(error) => {
                // It is no more than a help; reading goes on without it.
                log::warn!("no index is written: {error}");
                self.index = None;
                return;
            }
        };
        for (known, record) in files.into_iter().zip(&written.files) {
            let mut file = locked(&known.file);
            for series in &record.scalars {
                file.set_stored(series, Stored::new(&written.pack, series));
            }
            file.is_stored = true;
        }
    }
}

impl Remembered {
    /// The file as it was read, unless it is another one by what was listed of it.
    pub fn restored(&self, input: &Input, stamp: &Stamp) -> Option<File> {
        let is_remote = matches!(input.origin, Origin::Other(_));
        if !may_be(&self.file, &stamp.into(), is_remote) {
            return None;
        }
        File::restored(input.clone(), &self.file, |series| {
            Stored::new(&self.pack, series)
        })
    }
}

/// True if a file may be one that was read, and perhaps has grown since. An object that grows gets another version; of any file
/// the bytes before the place at which reading goes on are compared as well.
fn may_be(record: &FileRecord, now: &StampRecord, is_remote: bool) -> bool {
    let was = &record.stamp;
    if now.size < record.position.offset {
        return false;
    }
    if now.size == was.size {
        return now == was;
    }
    let is_same = is_remote || (now.device, now.number) == (was.device, was.number);
    now.size > was.size && is_same
}
