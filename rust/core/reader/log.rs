//! A log: the files of all its runs, and what has been read of them.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::contents::{Contents, OnDamage, Wanted};
use super::frames::{Cause, Gap};
use super::position::{self, Position};
use super::source::{LocalFile, Source};
use super::stretches;
use super::watch::Watch;
use crate::error::{Error, Result};
use crate::files::identity;
use crate::parallel;

/// Source of the bytes of a file.
#[derive(Clone)]
pub enum Origin {
    /// A file of this machine.
    Path(PathBuf),
    /// Anything else, which the calling thread alone reads.
    Other(Arc<dyn Source>),
}

/// A file of a run.
#[derive(Clone)]
pub struct Input {
    /// Name of its run.
    pub run: String,
    /// Its name, for people; files of a run are read in the order of their names.
    pub name: String,
    /// Source of its bytes.
    pub origin: Origin,
}

/// A file, and what has been read of it.
pub(super) struct LogFile {
    pub input: Input,
    pub contents: Contents,
    /// Identity of the file; another one of the same name is read from its start.
    pub identity: Option<(u64, u64)>,
    /// Bytes it had.
    pub length: u64,
    /// Offset at which reading begins; another process has read what is before.
    first: u64,
    /// The bytes before the place at which reading goes on; a file that has others there was written again.
    pub tail: Vec<u8>,
    /// Its contents were made of other files; nothing is read.
    pub is_made: bool,
}

type Wants = dyn Fn(&str) -> bool + Send + Sync;

/// The files of a log.
pub struct Log {
    pub(super) wanted: Wanted,
    pub(super) wants_tag: Box<Wants>,
    threads: usize,
    /// In the order of runs and names; of a run, those that are made of other files come last.
    pub(super) files: Vec<LogFile>,
    /// Positions of another process, for files that are not named yet.
    pub(super) resumed: HashMap<(String, String), Position>,
}

/// State of a file, what was read of it, and the bytes before the place at which reading goes on.
pub(super) type Read = (State, io::Result<Contents>, Vec<u8>);

/// State of a file at a poll.
pub(super) enum State {
    Gone,
    Same,
    Grown {
        length: u64,
        identity: Option<(u64, u64)>,
    },
    Other {
        length: u64,
        identity: Option<(u64, u64)>,
    },
}

impl Log {
    /// A log without files, of which this is wanted; `threads` take part in reading.
    #[must_use]
    pub fn new(wanted: Wanted, wants_tag: Box<Wants>, threads: usize) -> Self {
        Self {
            wanted,
            wants_tag,
            threads: threads.max(1),
            files: Vec::new(),
            resumed: HashMap::new(),
        }
    }

    /// Names the files that there are now. What was read of those that were there before stays; the others are
    /// forgotten. A file with a position is read from there on.
    pub fn set_files(&mut self, inputs: Vec<(Input, u64)>) {
        let before = std::mem::take(&mut self.files).into_iter();
        let mut before: HashMap<_, _> = before
            .map(|file| ((file.input.run.clone(), file.input.name.clone()), file))
            .collect();
        let file = |(input, first): (Input, u64)| {
            let key = (input.run.clone(), input.name.clone());
            let known = before.remove(&key);
            let resumed = self.resumed.remove(&key);
            known.unwrap_or_else(|| match resumed {
                Some(position) => LogFile::resumed(input, position),
                None => LogFile::new(input, first),
            })
        };
        self.files = inputs.into_iter().map(file).collect();
        self.sort();
    }

    /// Reads as `read` does, for a caller that wants to know how far it is, and may end it: then nothing of it is kept.
    ///
    /// # Errors
    ///
    /// As for `read`, and `is_stopped` if the watch ended it.
    pub fn read_watched(&mut self, watch: &Watch<'_>) -> Result<bool> {
        let (wanted, wants_tag) = (self.wanted, &*self.wants_tag);
        let pool = self.pool();
        let work = |file: &LogFile, pool: Option<&ThreadPool>| {
            file.read(&wanted, wants_tag, pool, u64::MAX, watch)
        };
        let (near, far): (Vec<_>, Vec<_>) = (0..self.files.len())
            .partition(|&at| matches!(self.files[at].input.origin, Origin::Path(_)));
        let files = &self.files;
        let look = || watch.look();
        let looks = Some((watch.every(), &look as &dyn Fn()));
        let mut read = parallel::each_watched(pool.as_ref(), near.len(), looks, |at| {
            let at = near.get(at).copied().unwrap_or_default();
            files.get(at).map(|file| (at, work(file, pool.as_ref())))
        });
        read.extend(
            far.into_iter()
                .map(|at| files.get(at).map(|file| (at, work(file, None)))),
        );
        watch.check()?;
        let mut any = false;
        let mut gone = vec![false; self.files.len()];
        for (at, read) in read.into_iter().flatten() {
            let Some(file) = self.files.get_mut(at) else {
                continue;
            };
            gone[at] = matches!(read.0, State::Gone);
            any |= file.accept(read, wanted.on_damage)?;
        }
        let mut gone = gone.into_iter();
        self.files.retain(|_| !gone.next().unwrap_or_default());
        Ok(any)
    }

    /// Threads of this read alone: a forked child would lack the threads of a lasting pool.
    pub(super) fn pool(&self) -> Option<ThreadPool> {
        let local = self
            .files
            .iter()
            .any(|file| matches!(file.input.origin, Origin::Path(_)));
        if self.threads == 1 || !local {
            return None;
        }
        ThreadPoolBuilder::new()
            .num_threads(self.threads)
            .build()
            .ok()
    }

    /// The damaged places, by file.
    pub fn damage(&self) -> impl Iterator<Item = (&Input, &Gap)> {
        self.files.iter().flat_map(|file| {
            let gaps = file.contents.gaps.iter();
            gaps.map(move |gap| (&file.input, gap))
        })
    }
}

impl State {
    /// Of a file of which only what is before an offset was read.
    fn until(self, end: u64) -> Self {
        match self {
            Self::Grown { identity, .. } => Self::Grown {
                length: end,
                identity,
            },
            Self::Other { identity, .. } => Self::Other {
                length: end,
                identity,
            },
            other => other,
        }
    }
}

impl LogFile {
    pub(super) fn new(input: Input, first: u64) -> Self {
        Self {
            input,
            contents: Contents::default(),
            identity: None,
            length: 0,
            first,
            tail: Vec::new(),
            is_made: false,
        }
    }

    /// A file of which another process has read what is before a position.
    pub(super) fn resumed(input: Input, position: Position) -> Self {
        Self {
            contents: position.contents(),
            identity: position.identity,
            length: position.offset,
            tail: position.tail,
            ..Self::new(input, 0)
        }
    }

    /// Offset at which reading goes on.
    pub(super) fn at(&self) -> u64 {
        if self.contents.begin.is_none() {
            self.first
        } else {
            self.contents.end
        }
    }

    /// Reads what begins in the next `most` bytes.
    pub(super) fn read(
        &self,
        wanted: &Wanted,
        wants_tag: &(dyn Fn(&str) -> bool + Sync),
        pool: Option<&ThreadPool>,
        most: u64,
        watch: &Watch<'_>,
    ) -> Read {
        let nothing = Ok(Contents::default());
        if watch.is_stopped() {
            return (State::Same, nothing, Vec::new());
        }
        let state = match self.look() {
            Ok(state) => state,
            Err(error) => {
                let (length, identity) = (self.length, self.identity);
                let state = State::Grown { length, identity };
                return (state, Err(error), self.tail.clone());
            }
        };
        let (from, length, identity) = match state {
            State::Gone | State::Same => return (state, nothing, Vec::new()),
            State::Grown { length, identity } => (self.at(), length, identity),
            State::Other { length, identity } => (0, length, identity),
        };
        let local;
        let (source, pool): (&dyn Source, _) = match &self.input.origin {
            Origin::Path(path) => match LocalFile::open(path) {
                Ok(file) => {
                    local = file;
                    (&local, pool)
                }
                Err(error) => return (state, Err(error), self.tail.clone()),
            },
            Origin::Other(source) => (&**source, None),
        };
        let is_same = from == 0 || self.goes_on(source);
        let (state, from) = if is_same {
            (state, from)
        } else {
            (State::Other { length, identity }, 0)
        };
        let stop = from.saturating_add(most).min(length);
        let contents = stretches::read(source, length, from..stop, wanted, wants_tag, pool, watch);
        let tail = match &contents {
            Ok(contents) => position::tail(source, contents.end).unwrap_or_default(),
            Err(_) => self.tail.clone(),
        };
        let state = match &contents {
            Ok(contents) if stop < length && !contents.is_torn() => state.until(contents.end),
            _ => state,
        };
        (state, contents, tail)
    }

    /// True if the bytes before the place at which reading goes on are those that were read.
    pub(super) fn goes_on(&self, source: &dyn Source) -> bool {
        self.tail.is_empty() || position::tail(source, self.at()).is_ok_and(|now| now == self.tail)
    }

    fn look(&self) -> io::Result<State> {
        let (length, identity) = match &self.input.origin {
            Origin::Other(source) => (source.length()?, None),
            Origin::Path(path) => match std::fs::metadata(path) {
                Ok(metadata) => (metadata.len(), identity(&metadata)),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(State::Gone),
                Err(error) => return Err(error),
            },
        };
        let is_first = self.contents.begin.is_none() && self.length == 0;
        let is_same = identity == self.identity && length >= self.length;
        Ok(match () {
            () if is_first && length < self.first => State::Other { length, identity },
            () if is_first && length == 0 => State::Same,
            () if is_first => State::Grown { length, identity },
            () if !is_same => State::Other { length, identity },
            () if length == self.length || self.contents.is_given_up => State::Same,
            () => State::Grown { length, identity },
        })
    }

    /// Takes what was read; whether that changes anything.
    pub(super) fn accept(&mut self, read: Read, on_damage: OnDamage) -> Result<bool> {
        let (state, contents, tail) = read;
        let is_other = matches!(state, State::Other { .. });
        match state {
            State::Same => return Ok(false),
            State::Gone => {}
            State::Grown { length, identity } | State::Other { length, identity } => {
                if is_other {
                    self.contents = Contents::default();
                }
                self.take(contents, length, identity, on_damage)?;
                self.tail = tail;
            }
        }
        Ok(true)
    }

    /// True if the last attempt to read it failed.
    pub(super) fn is_unreadable(&self) -> bool {
        let mut gaps = self.contents.gaps.iter();
        gaps.any(|gap| matches!(gap.cause, Cause::Unreadable(_)))
    }

    fn take(
        &mut self,
        contents: io::Result<Contents>,
        length: u64,
        identity: Option<(u64, u64)>,
        on_damage: OnDamage,
    ) -> Result<()> {
        self.contents
            .gaps
            .retain(|gap| !matches!(gap.cause, Cause::Unreadable(_)));
        let contents = match contents {
            Ok(contents) => contents,
            Err(error) => {
                // It is tried again the next time: nothing is noted of how long the file is.
                let gap = Gap {
                    offset: self.at(),
                    length: length.saturating_sub(self.at()),
                    cause: Cause::Unreadable(error.to_string()),
                };
                if on_damage == OnDamage::Raise {
                    return Err(Error::store(
                        format!("cannot read {}", self.input.name),
                        error,
                    ));
                }
                self.contents.gaps.push(gap);
                return Ok(());
            }
        };
        let damage = contents.gaps.iter().find(|gap| gap.cause.is_damage());
        if let (OnDamage::Raise, Some(gap)) = (on_damage, damage) {
            return Err(Error::corrupt(format!(
                "{}, byte {}: {}; pass on_damage=\"skip\" to read what is whole",
                self.input.name, gap.offset, gap.cause
            )));
        }
        self.contents.append(contents);
        (self.length, self.identity) = (length, identity);
        Ok(())
    }
}
