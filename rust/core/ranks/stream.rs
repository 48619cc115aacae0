//! One stream: its file, or its segments in an object store, and how far they were read.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::files::FileAt;
use crate::kept_file::KeptFile;
use crate::rank_stream::StreamName;
use crate::reader::{Gap, OnDamage, Origin, Pace, RankRecord, RankStream, Source};

/// Bits of an offset in a segment; the number of the segment stands above them.
const OFFSET_BITS: u32 = 44;

/// A stream.
pub(super) struct Stream {
    pub name: String,
    pub id: u64,
    /// Its number in the reduction.
    pub number: usize,
    segments: BTreeMap<u64, Origin>,
    /// The segment that is read, and how far.
    segment: u64,
    reader: RankStream,
    open: Option<Arc<dyn Source>>,
    gaps: Vec<Gap>,
    on_damage: OnDamage,
    /// Wall times of the first and of the last record.
    times: Option<(f64, f64)>,
    /// Ranks in its first bytes, and the number of ranks that one of them named.
    pub ranks: Vec<u32>,
    pub world_size: Option<u32>,
    /// All that it has was read, a moment ago.
    pub is_at_end: bool,
}

impl Stream {
    pub(super) fn new(name: &StreamName, number: usize, on_damage: OnDamage) -> Self {
        Self {
            name: name.name.clone(),
            id: name.id,
            number,
            segments: BTreeMap::new(),
            segment: name.segment.unwrap_or(0),
            reader: RankStream::new(on_damage),
            open: None,
            gaps: Vec::new(),
            on_damage,
            times: None,
            ranks: Vec::new(),
            world_size: None,
            is_at_end: false,
        }
    }

    /// Adds a segment, if it is a new one.
    pub(super) fn add(&mut self, segment: u64, origin: Origin) {
        self.segments.entry(segment).or_insert(origin);
    }

    /// Seconds from its first to its last record, as far as it was read: clocks of machines differ, but run at the same pace.
    pub(super) fn elapsed(&self) -> f64 {
        self.times.map_or(0.0, |(first, last)| last - first)
    }

    /// Damaged places so far.
    pub(super) fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.gaps.iter().chain(self.reader.gaps())
    }

    /// Closes the file; the next read opens it again.
    pub(super) fn close(&mut self) {
        self.open = None;
    }

    /// Reads on, about `most` bytes.
    ///
    /// `accept` gets the offset of each record, its rank and its wall time.
    pub(super) fn read(
        &mut self,
        buffer: &mut Vec<u8>,
        most: usize,
        accept: &mut dyn FnMut(u64, u32, f64, RankRecord<'_>),
    ) -> io::Result<Pace> {
        let is_head = self.times.is_none();
        let (ranks, world, times) = (&mut self.ranks, &mut self.world_size, &mut self.times);
        let base = self.segment << OFFSET_BITS;
        let mut take = |offset, rank, time, record: RankRecord<'_>| {
            if is_head && !ranks.contains(&rank) {
                ranks.push(rank);
            }
            if let RankRecord::Start {
                world_size: Some(size),
                ..
            } = record
            {
                *world = Some(size);
            }
            match times {
                Some((_, last)) => *last = time,
                None => *times = Some((time, time)),
            }
            accept(base + offset, rank, time, record);
        };
        let open = match self.open.take() {
            Some(open) => open,
            None => match self.segments.get(&self.segment) {
                Some(Origin::Path(path)) => Arc::new(Kept::open(path)?),
                Some(Origin::Other(source)) => Arc::clone(source),
                None => return Ok(Pace::default()),
            },
        };
        let mut pace = self.reader.read(&*open, buffer, most, &mut take)?;
        self.open = Some(open);
        let next = self.segments.range(self.segment + 1..).next();
        if let Some((&next, _)) = next.filter(|_| !pace.has_more) {
            // A segment grows no more once there is another one.
            let reader = std::mem::replace(&mut self.reader, RankStream::new(self.on_damage));
            self.gaps.extend_from_slice(reader.gaps());
            (self.segment, self.open) = (next, None);
            pace.has_more = true;
        }
        self.is_at_end = !pace.has_more;
        Ok(pace)
    }
}

/// A file that stays open. Nothing is asked of it but its bytes, so a network file system is not asked for its length.
#[derive(Debug)]
struct Kept(KeptFile);

impl Kept {
    fn open(path: &Path) -> io::Result<Self> {
        KeptFile::open(OpenOptions::new().read(true), path).map(Self)
    }
}

impl Source for Kept {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        loop {
            match FileAt::read_at(self.0.checked()?, out, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn length(&self) -> io::Result<u64> {
        self.0
            .checked()
            .and_then(File::metadata)
            .map(|found| found.len())
    }
}
