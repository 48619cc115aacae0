//! Whether rank 0 has left out the end of what the ranks logged, as when it was killed before them.
//!
//! While it writes, nothing is read for this: its last point is recent. Later the ends of the streams are compared with its curves.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::time::{Duration, Instant, SystemTime};

use tensorbolt::rank_stream::StreamName;
use tensorbolt::reader::{Origin, RankRecord, RankStream as Reader};

use crate::listing::RankStream;
use crate::run::Run;

/// Begins the tag of a curve that rank 0 writes of every tag.
pub const WRITTEN: &str = "ranks/max_rank/";
/// Bytes of a stream that are its end.
const END_BYTES: u64 = 64 << 10;
/// Rank 0 writes a point within this time. It waits for late ranks, by default for 30 seconds.
const PATIENCE: Duration = Duration::from_mins(2);
/// In an object store several intervals of uploads, of up to a minute, come on top.
const PATIENCE_IN_STORE: Duration = Duration::from_mins(6);

/// A step, and the time of its value.
type Last = (i64, f64);

/// The ends of the streams of a job.
#[derive(Default)]
pub struct Ends {
    /// By the name of the stream.
    known: HashMap<String, End>,
    /// When rank 0 was first seen to lack something.
    since: Option<Instant>,
}

#[derive(Default)]
struct End {
    id: u64,
    segment: Option<u64>,
    size: u64,
    ranks: HashSet<u32>,
    /// Of each tag.
    last: HashMap<String, Last>,
}

impl Ends {
    /// True if streams have values that came after those of the curves in rank 0's event files, and it writes no more. With
    /// `is_last` there will be no other look.
    ///
    /// # Errors
    ///
    /// Whatever keeps a stream from being read.
    pub fn go_further(
        &mut self,
        run: &Run,
        streams: &[RankStream],
        is_last: bool,
    ) -> io::Result<bool> {
        let is_store = streams.iter().any(|stream| stream.object.is_some());
        let patience = if is_store {
            PATIENCE_IN_STORE
        } else {
            PATIENCE
        };
        let curves = run.scalars.iter();
        let written: HashMap<&str, Last> = curves
            .filter_map(|one| Some((one.tag.strip_prefix(WRITTEN)?, (one.max_step, one.max_time))))
            .collect();
        let latest = written.values().map(|last| last.1);
        let latest = latest.fold(f64::NEG_INFINITY, f64::max);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let before = now
            .unwrap_or_default()
            .saturating_sub(patience)
            .as_secs_f64();
        if latest > before {
            self.since = None;
            return Ok(false);
        }
        self.read(streams)?;
        let lacking: Vec<Last> = self
            .ends()
            .flat_map(|end| &end.last)
            .filter(|(tag, (step, time))| {
                let none = (i64::MIN, latest);
                let last = written.get(tag.as_str()).copied().unwrap_or(none);
                *step > last.0 && *time > last.1
            })
            .map(|(_, last)| *last)
            .collect();
        if lacking.is_empty() {
            self.since = None;
            return Ok(false);
        }
        // A job may go on after a long pause, and its rank 0 with it.
        let since = self.since.get_or_insert_with(Instant::now);
        let is_old = lacking.iter().any(|last| last.1 <= before);
        Ok(is_last || is_old || since.elapsed() >= patience)
    }

    /// Those in which a rank logged last. After a restart, streams from before it have values that do not count.
    fn ends(&self) -> impl Iterator<Item = &End> {
        let mut latest: HashMap<u32, u64> = HashMap::new();
        for end in self.known.values() {
            for &rank in &end.ranks {
                let id = latest.entry(rank).or_default();
                *id = end.id.max(*id);
            }
        }
        let is_latest = move |end: &&End| end.ranks.iter().any(|rank| latest[rank] == end.id);
        self.known.values().filter(is_latest)
    }

    /// Reads the ends of the streams that have changed.
    fn read(&mut self, streams: &[RankStream]) -> io::Result<()> {
        let mut last: BTreeMap<String, (StreamName, &RankStream)> = BTreeMap::new();
        for stream in streams {
            let Some(name) = StreamName::parse(&stream.name) else {
                continue;
            };
            let known = last.get(&name.name);
            if known.is_none_or(|(known, _)| known.segment < name.segment) {
                last.insert(name.name.clone(), (name, stream));
            }
        }
        self.known.retain(|name, _| last.contains_key(name));
        for (name, stream) in last.into_values() {
            let size = match &stream.origin {
                Origin::Path(path) => std::fs::metadata(path)?.len(),
                Origin::Other(source) => source.length()?,
            };
            let end = self.known.entry(name.name).or_default();
            if (end.segment, end.size) == (name.segment, size) {
                continue;
            }
            let read = read(stream, size);
            if let Some(object) = &stream.object {
                object.release();
            }
            let (ranks, last) = read?;
            *end = End {
                id: name.id,
                segment: name.segment,
                size,
                ranks,
                last,
            };
        }
        Ok(())
    }
}

/// The ranks at the end of a stream, and the last value of each tag there.
fn read(stream: &RankStream, size: u64) -> io::Result<(HashSet<u32>, HashMap<String, Last>)> {
    let source = stream.origin.open()?;
    let mut by_rank: HashMap<u32, HashMap<String, Last>> = HashMap::new();
    let mut take = |_, rank, time, record: RankRecord<'_>| {
        let tags = by_rank.entry(rank).or_default();
        match record {
            RankRecord::Value { tag, step, .. } => {
                let tag = String::from_utf8_lossy(tag).into_owned();
                let last = tags.entry(tag).or_insert((step, time));
                if step >= last.0 {
                    *last = (step, time);
                }
            }
            RankRecord::Start {
                resumed: Some(step),
                ..
            } => tags.retain(|_, last| last.0 < step),
            _ => {}
        }
    };
    let mut reader = Reader::starting_at(size.saturating_sub(END_BYTES));
    let most = usize::try_from(END_BYTES).unwrap_or(usize::MAX);
    reader.read(&*source, &mut Vec::new(), most, &mut take)?;
    let ranks = by_rank.keys().copied().collect();
    let mut all: HashMap<String, Last> = HashMap::new();
    for (tag, last) in by_rank.into_values().flatten() {
        let highest = all.entry(tag).or_insert(last);
        if last.0 > highest.0 {
            *highest = last;
        }
    }
    Ok((ranks, all))
}
