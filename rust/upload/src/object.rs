//! An object of a store as a source of bytes, which is asked for ranges alone.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt as _, UpdateVersion};
use tensorbolt::reader::{Source, first_record};

use crate::requests::{GoOn, Requests, refused};

/// Bytes that are asked for after a jump; each further range is twice as long, up to the last.
const FIRST_RANGE: u64 = 64 << 10;
const LONGEST_RANGE: u64 = 8 << 20;

/// An event file in a store. It can be read as far as it reached when the store was last asked for a list.
#[derive(Debug)]
pub struct Object {
    pub(crate) requests: Arc<Requests>,
    pub(crate) key: Path,
    /// Its address.
    name: String,
    /// Name of its run.
    run: String,
    held: Mutex<Held>,
    version: Mutex<Version>,
    /// What the object was when that was asked for.
    noted: Mutex<Option<UpdateVersion>>,
}

/// What a list says of an object besides its size.
#[derive(Debug, PartialEq)]
enum Version {
    Tag(String),
    /// Milliseconds since 1970 of its last change, where the store lists no tags. Some stores have whole seconds.
    Changed(i64),
}

impl Version {
    fn of(meta: &ObjectMeta) -> Self {
        let changed = || Self::Changed(meta.last_modified.timestamp_millis());
        meta.e_tag.clone().map_or_else(changed, Self::Tag)
    }
}

/// Bytes of the object that are in memory.
#[derive(Debug, Default)]
struct Held {
    /// Bytes of the object.
    size: u64,
    /// Place of the first byte in memory.
    start: u64,
    bytes: Bytes,
    /// Bytes that the last range had.
    range: u64,
}

impl Held {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// The bytes in memory from a place on.
    fn from(&self, offset: u64) -> &[u8] {
        let start = offset.checked_sub(self.start).map(usize::try_from);
        match start {
            Some(Ok(start)) => self.bytes.get(start..).unwrap_or_default(),
            _ => &[],
        }
    }
}

impl Object {
    pub(crate) fn new(
        requests: Arc<Requests>,
        meta: &ObjectMeta,
        run: String,
        name: String,
    ) -> Self {
        let held = Held {
            size: meta.size,
            ..Held::default()
        };
        Self {
            requests,
            key: meta.location.clone(),
            name,
            run,
            held: Mutex::new(held),
            version: Mutex::new(Version::of(meta)),
            noted: Mutex::default(),
        }
    }

    /// Its address.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The last part of its address.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }

    /// Name of its run: the path from the log to it, `.` for the log itself.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Its bytes when it was listed.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.held().size
    }

    /// What stands for its bytes, as it was listed: its entity tag, or the time of its last change where the store lists no tags.
    #[must_use]
    pub fn version(&self) -> String {
        match &*self.lock_version() {
            Version::Tag(tag) => tag.clone(),
            Version::Changed(time) => time.to_string(),
        }
    }

    /// Whether the store lists tags. Only they say for sure that bytes are the same.
    #[must_use]
    pub fn is_tagged(&self) -> bool {
        matches!(*self.lock_version(), Version::Tag(_))
    }

    /// Takes note of what a list has. An object that is shorter than it was is another one, and so is one of the same length with
    /// another version.
    pub(crate) fn see(&self, meta: &ObjectMeta) {
        let size = meta.size;
        let now = Version::of(meta);
        let mut version = self.lock_version();
        let mut held = self.held();
        if size < held.size || size == held.size && *version != now {
            *held = Held::default();
        }
        held.size = size;
        *version = now;
    }

    /// Gives back the memory of what was read of it.
    pub fn release(&self) {
        let mut held = self.held();
        (held.start, held.bytes, held.range) = (0, Bytes::new(), 0);
    }

    /// Forgets all bytes; there are so many now.
    pub(crate) fn forget(&self, size: u64) {
        *self.held() = Held {
            size,
            ..Held::default()
        };
    }

    pub(crate) fn noted(&self) -> Option<UpdateVersion> {
        let noted = self.noted.lock();
        noted.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_noted(&self, version: UpdateVersion) {
        *self.noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(version);
    }

    fn lock_version(&self) -> MutexGuard<'_, Version> {
        self.version.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the bytes from a place to the end in memory, and finds the first record that begins there; the size if there is none.
    ///
    /// # Errors
    ///
    /// As for `hold`.
    pub fn hold_end(&self, from: u64, go_on: GoOn<'_>) -> io::Result<u64> {
        let size = self.hold(from, go_on)?;
        if from == 0 {
            return Ok(0);
        }
        Ok(first_record(self, from, size)?.unwrap_or(size))
    }

    /// Has the bytes from a place to the end in memory, and returns the size. What is in memory already is not asked for.
    ///
    /// # Errors
    ///
    /// Whatever keeps the bytes from being read.
    pub fn hold(&self, from: u64, go_on: GoOn<'_>) -> io::Result<u64> {
        let mut held = self.held();
        let is_end = held.end() == held.size && !held.bytes.is_empty();
        let until = if is_end { held.start } else { held.size };
        if from < until {
            let front = self.get(from, until, go_on)?;
            let mut all = BytesMut::from(&front[..]);
            if is_end {
                all.extend_from_slice(&held.bytes);
            }
            (held.start, held.bytes) = (from, all.freeze());
        }
        Ok(held.size)
    }

    /// As `read_at`, as long as the caller waits.
    ///
    /// # Errors
    ///
    /// Whatever keeps the bytes from being read.
    pub fn read_while(&self, offset: u64, out: &mut [u8], go_on: GoOn<'_>) -> io::Result<usize> {
        let mut held = self.held();
        if offset >= held.size || out.is_empty() {
            return Ok(0);
        }
        if held.from(offset).is_empty() {
            let follows = offset == held.end() && !held.bytes.is_empty();
            let range = if follows {
                (held.range * 2).clamp(FIRST_RANGE, LONGEST_RANGE)
            } else {
                FIRST_RANGE
            };
            let until = (offset + range.max(out.len() as u64)).min(held.size);
            held.bytes = self.get(offset, until, go_on)?;
            (held.start, held.range) = (offset, range);
        }
        let some = held.from(offset);
        let count = some.len().min(out.len());
        if let (Some(from), Some(to)) = (some.get(..count), out.get_mut(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }

    fn get(&self, from: u64, until: u64, go_on: GoOn<'_>) -> io::Result<Bytes> {
        let got = self.requests.make(until - from, go_on, |store| async move {
            store.objects.get_range(&self.key, from..until).await
        });
        got.map_err(|failure| refused(&failure, &self.requests.address))
    }
}

impl Source for Object {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        self.read_while(offset, out, &|| true)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.size())
    }
}
