//! The streams of a log, and the order in which they are read.
//!
//! What is there at the beginning is read one generation after the other: streams that ran at the same time, side by side.
//! The first bytes of all streams are read before anything else, since the start of a rank there says what it replaces. Later
//! each stream is read as it grows.

use std::collections::{HashMap, HashSet};

use super::emission::Emit;
use super::point::Point;
use super::reduction::Reduction;
use super::sessions::Moment;
use super::stream::Stream;
use crate::error::Error;
use crate::rank_stream::StreamName;
use crate::reader::{Gap, OnDamage, Origin, RankRecord};

/// First bytes of a stream that are read before all else.
const HEAD_BYTES: usize = 16 << 10;
/// Bytes that are read at a time.
const CHUNK_BYTES: usize = 256 << 10;
/// Files that stay open.
const MAX_OPEN: usize = 512;

/// A file of a stream.
#[derive(Clone)]
pub struct StreamInput {
    /// Its name, without its directory.
    pub name: String,
    /// Source of its bytes.
    pub origin: Origin,
}

/// All streams of a log.
#[derive(Default)]
pub struct Streams {
    all: Vec<Stream>,
    known: HashMap<String, usize>,
    buffer: Vec<u8>,
    /// Streams that are there at the beginning, in generations; those of the first one are read now.
    generations: Vec<Vec<usize>>,
    heads: usize,
    is_caught_up: bool,
    bytes: u64,
    errors: Vec<Error>,
    on_damage: OnDamage,
}

impl Streams {
    /// Names the files that there are now, in any order; those that are known stay as they are.
    pub fn set(&mut self, reduction: &mut Reduction, mut inputs: Vec<StreamInput>) {
        inputs.sort_by(|one, other| one.name.cmp(&other.name));
        for input in inputs {
            let Some(name) = StreamName::parse(&input.name) else {
                continue;
            };
            let at = *self.known.entry(name.name.clone()).or_insert_with(|| {
                let number = reduction.add_stream(name.id, &name.name);
                self.all.push(Stream::new(&name, number, self.on_damage));
                self.all.len() - 1
            });
            self.all[at].add(name.segment.unwrap_or(0), input.origin);
        }
    }

    /// None yet; what is done about damage in those to come.
    #[must_use]
    pub fn new(on_damage: OnDamage) -> Self {
        Self {
            on_damage,
            ..Self::default()
        }
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Bytes read so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Damaged places, by stream.
    pub fn damage(&self) -> impl Iterator<Item = (&str, &Gap)> {
        let all = self.all.iter();
        all.flat_map(|stream| stream.gaps().map(|gap| (stream.name.as_str(), gap)))
    }

    /// Failures to read a stream since the last call; it is tried again.
    pub fn take_errors(&mut self) -> Vec<Error> {
        std::mem::take(&mut self.errors)
    }

    /// Reads some of what is there at the beginning, about `most` bytes; false once all of it was read.
    pub fn catch_up(
        &mut self,
        reduction: &mut Reduction,
        most: usize,
        now: Moment,
        out: &mut dyn FnMut(&Point<'_>),
    ) -> bool {
        if self.is_caught_up {
            return false;
        }
        let until = self.bytes + most as u64;
        while self.bytes < until {
            if self.heads < self.all.len() {
                self.read(self.heads, reduction, HEAD_BYTES, now);
                self.heads += 1;
                if self.heads == self.all.len() {
                    self.generations = generations(&self.all);
                }
                continue;
            }
            let Some(generation) = self.generations.first() else {
                self.is_caught_up = true;
                return false;
            };
            let unread = generation.iter().filter(|&&at| !self.all[at].is_at_end);
            let last = unread.min_by(|&&one, &&other| {
                let (one, other) = (&self.all[one], &self.all[other]);
                one.elapsed().total_cmp(&other.elapsed())
            });
            match last.copied() {
                Some(at) => {
                    self.read(at, reduction, CHUNK_BYTES, now);
                    reduction.emit(Emit::Excess, now, out);
                }
                None => {
                    self.generations.remove(0);
                }
            }
        }
        true
    }

    /// Reads about `most` bytes, one stream after the other; false once all of them were read. `take` gets the rank and the wall
    /// time of each record.
    pub fn each(&mut self, most: usize, take: &mut dyn FnMut(u32, f64, RankRecord<'_>)) -> bool {
        let until = self.bytes + most as u64;
        self.all
            .sort_by(|one, other| (one.id, &one.name).cmp(&(other.id, &other.name)));
        while let Some(stream) = self.all.get_mut(self.heads) {
            if self.bytes >= until {
                return true;
            }
            let mut accept = |_, rank, time, record: RankRecord<'_>| take(rank, time, record);
            match stream.read(&mut self.buffer, CHUNK_BYTES, &mut accept) {
                Ok(pace) => {
                    self.bytes += pace.bytes;
                    if pace.has_more {
                        continue;
                    }
                }
                Err(error) => {
                    let what = format!("cannot read {}", stream.name);
                    self.errors.push(Error::store(what, error));
                }
            }
            stream.close();
            self.heads += 1;
        }
        false
    }

    /// Reads what has come; true if there was anything.
    pub fn poll(&mut self, reduction: &mut Reduction, now: Moment) -> bool {
        let before = self.bytes;
        for at in 0..self.all.len() {
            // The others wait no longer than for some of it.
            for _ in 0..16 {
                self.read(at, reduction, CHUNK_BYTES, now);
                if self.all[at].is_at_end {
                    break;
                }
            }
        }
        self.bytes > before
    }

    fn read(&mut self, at: usize, reduction: &mut Reduction, most: usize, now: Moment) {
        let is_many = self.all.len() > MAX_OPEN;
        let Some(stream) = self.all.get_mut(at) else {
            return;
        };
        let number = stream.number;
        let mut accept = |offset, rank, time, record: RankRecord<'_>| {
            reduction.take(number, offset, rank, time, record, now);
        };
        match stream.read(&mut self.buffer, most, &mut accept) {
            Ok(pace) => {
                self.bytes += pace.bytes;
                if is_many {
                    stream.close();
                }
            }
            Err(error) => {
                stream.is_at_end = true;
                self.errors
                    .push(Error::store(format!("cannot read {}", stream.name), error));
            }
        }
    }
}

/// Streams of ranks that ran at the same time: in the order of streams, up to one with a rank that was there before, or of another
/// number of ranks.
fn generations(streams: &[Stream]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..streams.len()).collect();
    order.sort_by_key(|&at| (streams[at].id, &streams[at].name));
    let mut all: Vec<Vec<usize>> = Vec::new();
    let (mut ranks, mut size) = (HashSet::<u32>::new(), None);
    for at in order {
        let stream = &streams[at];
        let is_new = stream.ranks.iter().any(|rank| ranks.contains(rank))
            || (size.is_some() && stream.world_size.is_some() && stream.world_size != size);
        if is_new || all.is_empty() {
            all.push(Vec::new());
            ranks.clear();
            size = None;
        }
        ranks.extend(&stream.ranks);
        size = size.or(stream.world_size);
        if let Some(last) = all.last_mut() {
            last.push(at);
        }
    }
    all
}
