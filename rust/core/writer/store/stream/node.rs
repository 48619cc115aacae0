//! The stream that this process has open, for all its ranks.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;

use super::local::{self, LocalFiles, State};
use crate::files::{FileAt, names};
use crate::kept_file::{KeptFile, has_no_locks};
use crate::record::{Decoder, Limits};
use crate::sync::atomic::{AtomicBool, Ordering::Relaxed};
use crate::sync::{Instant, Mutex, lock, thread};
use crate::writer::clock;

/// The store is asked so often whether the stream is still there, by one process of the node.
const LOOK_SECONDS: u64 = 120;
/// A process that holds the lock for longer was stopped, by a signal or a debugger.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// The streams of this process, for those of its ranks that come later, and for forks, which copy descriptors.
static OPEN: OnceBox<ArcSwap<Vec<Weak<NodeStream>>>> = OnceBox::new();

/// What came of appending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Appending {
    Done,
    /// The node has another stream by now.
    Elsewhere,
    /// The lock cannot be had: this process must have a stream of its own.
    Alone,
}

/// A stream, open in this process.
#[derive(Debug)]
pub(super) struct NodeStream {
    file: KeptFile,
    name: String,
    id: u64,
    /// The folder, in full.
    folder: PathBuf,
    /// `None` if no other process appends to it.
    local: Option<LocalFiles>,
    /// Held while a thread of this process appends; of a stream without other processes, its state.
    turn: Mutex<State>,
    /// Id of the process that opened it; a forked child has to open it for itself.
    process: u32,
    /// The file system counts the names of a file; some give zero for each.
    counts_names: bool,
    /// Nothing more is appended to it.
    is_gone: AtomicBool,
}

impl NodeStream {
    /// A stream that was just opened. Without `local` its state is `state`.
    pub(super) fn new(
        file: KeptFile,
        name: String,
        folder: PathBuf,
        local: Option<LocalFiles>,
        state: State,
    ) -> Arc<Self> {
        let stream = Arc::new(Self {
            counts_names: file.names().is_some_and(|names| names > 0),
            file,
            name,
            id: state.id,
            folder,
            local,
            turn: Mutex::new(state),
            process: std::process::id(),
            is_gone: AtomicBool::new(false),
        });
        open().rcu(|all| {
            let living = all.iter().filter(|one| one.strong_count() > 0);
            let one = Arc::downgrade(&stream);
            living.cloned().chain([one]).collect::<Vec<_>>()
        });
        stream
    }

    /// The stream of a folder that this process has open.
    pub(super) fn find(folder: &Path, is_alone: bool) -> Option<Arc<Self>> {
        let process = std::process::id();
        let all = open().load();
        all.iter().filter_map(Weak::upgrade).find(|one| {
            one.process == process
                && one.folder == folder
                && one.local.is_none() == is_alone
                && !one.is_gone.load(Relaxed)
                && one.is_ours()
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn file(&self) -> &KeptFile {
        &self.file
    }

    pub(super) fn is_ours(&self) -> bool {
        let local = self.local.as_ref();
        self.file.is_ours()
            && local.is_none_or(|local| local.state.is_ours() && local.users.is_ours())
    }

    /// True if no reader will find it any more, as far as this machine knows.
    pub(super) fn is_lost(&self) -> bool {
        if self.counts_names && self.file.names() == Some(0) {
            self.is_gone.store(true, Relaxed);
        }
        self.is_gone.load(Relaxed)
    }

    /// Appends whole records, all or none.
    pub(super) fn append(&self, records: &[u8]) -> io::Result<Appending> {
        let mut turn = lock(&self.turn);
        if self.is_gone.load(Relaxed) {
            return Ok(Appending::Elsewhere);
        }
        let Some(local) = &self.local else {
            if turn.is_writing {
                // Of a write that failed, something stands behind the end.
                self.file.checked()?.set_len(turn.end)?;
            }
            self.append_at(&mut turn, records, &|_| Ok(()))?;
            return Ok(Appending::Done);
        };
        let file = local.state.checked()?;
        if !lock_within(file)? {
            self.is_gone.store(true, Relaxed);
            return Ok(Appending::Alone);
        }
        let outcome = self.append_locked(file, records);
        // What is written must not be written again, and a lock that is not released goes with the descriptor.
        let _ = local.state.checked().and_then(File::unlock);
        outcome
    }

    fn append_locked(&self, file: &File, records: &[u8]) -> io::Result<Appending> {
        let Some(mut state) = local::read(file)?.filter(|state| state.id == self.id) else {
            self.is_gone.store(true, Relaxed);
            return Ok(Appending::Elsewhere);
        };
        if state.is_writing {
            // A process was killed in the middle.
            state.end = self.cut_back(state.end)?;
        }
        let now = clock::seconds();
        if now.abs_diff(state.looked) >= LOOK_SECONDS {
            state.looked = now;
            if self.is_cut_short(state.end)? {
                // The caller asks whether the stream is lost, and then writes all of it elsewhere.
                self.is_gone.store(true, Relaxed);
                return Ok(Appending::Done);
            }
        }
        self.append_at(&mut state, records, &|state| local::write(file, state))?;
        Ok(Appending::Done)
    }

    /// Appends to the end that `state` says; `save` keeps the state where others look for it.
    fn append_at(
        &self,
        state: &mut State,
        records: &[u8],
        save: &dyn Fn(State) -> io::Result<()>,
    ) -> io::Result<()> {
        state.is_writing = true;
        save(*state)?;
        let file = self.file.checked()?;
        let written = file.write_all_at(records, state.end);
        if written.is_ok() {
            state.end += records.len() as u64;
        } else if file.set_len(state.end).is_err() {
            // The next one cuts it off, or writes over it.
            return written;
        }
        state.is_writing = false;
        // Should this fail, the records are there all the same, and the next one finds them.
        let saved = save(*state);
        written.and(saved.or(Ok(())))
    }

    /// Cuts off what is not whole behind `end`; returns where the stream ends.
    fn cut_back(&self, end: u64) -> io::Result<u64> {
        let file = self.file.checked()?;
        let length = file.metadata()?.len();
        let mut bytes = vec![0; usize::try_from(length.saturating_sub(end)).unwrap_or_default()];
        file.read_exact_at(&mut bytes, end)?;
        let mut decoder = Decoder::new(Limits::default());
        decoder.push(&bytes);
        while let Ok(Some(_)) = decoder.next_record() {}
        let whole = end + (bytes.len() - decoder.pending()) as u64;
        if whole < length {
            file.set_len(whole)?;
        }
        Ok(whole)
    }

    /// True if another program has removed the stream, or part of it. Asks the store.
    fn is_cut_short(&self, end: u64) -> io::Result<bool> {
        let file = self.file.checked()?;
        let is_removed = self.counts_names && names(file) == Some(0);
        Ok(is_removed || file.metadata()?.len() < end)
    }
}

/// Locks a file; false if another process has held the lock all the time.
pub(super) fn lock_within(file: &File) -> io::Result<bool> {
    let began = Instant::now();
    let mut pause = Duration::from_micros(50);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) if has_no_locks(&error) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if began.elapsed() >= LOCK_PATIENCE {
            return Ok(false);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn open() -> &'static ArcSwap<Vec<Weak<NodeStream>>> {
    OPEN.get_or_init(Box::default)
}

/// The files of this process that it locks. A forked child must not keep them.
pub(crate) fn locked() -> Vec<Arc<KeptFile>> {
    let all = open().load();
    let streams = all.iter().filter_map(Weak::upgrade);
    let local = streams.filter_map(|one| one.local.as_ref().map(LocalFiles::both));
    local.flatten().collect()
}
