//! What a server of data is asked to do.

use std::path::PathBuf;
use std::time::Duration;

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use crate::listing::{Place, PlaceOrigin};
use crate::pattern::Pattern;
use crate::samples::Samples;

/// Settings of a provider.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The logs.
    pub places: Vec<Place>,
    /// Time between looks for what is new; nothing for a single look.
    pub interval: Option<Duration>,
    /// Points that are kept.
    pub samples: Samples,
    /// True if payloads are compared with their checksums.
    pub checksum: bool,
    /// Bytes that points may take; nothing for a quarter of the machine's memory.
    pub memory: Option<usize>,
    /// Directory of the index; nothing for none.
    pub index: Option<PathBuf>,
    /// Threads that read; 0 for as many as the machine has, up to a few.
    pub threads: usize,
    /// Runs of which others are computed.
    pub groups: Vec<Pattern>,
}

/// The most threads that read, if nothing else is asked for.
const MOST_THREADS: usize = 8;
/// Threads that wait for an object store at the same time.
const STORE_THREADS: usize = 24;
/// The least that points may take, if nothing else is asked for.
const LEAST_MEMORY: u64 = 256 << 20;

impl Settings {
    /// The logs, for people.
    #[must_use]
    pub fn location(&self) -> String {
        let place = |place: &Place| match place.name.as_str() {
            "" => place.location(),
            name => format!("{name}:{}", place.location()),
        };
        let places: Vec<_> = self.places.iter().map(place).collect();
        places.join(",")
    }

    /// What an index has to be of to count: the same logs, read in the same way by the same release.
    #[must_use]
    pub fn index_key(&self) -> String {
        let place = |place: &Place| match &place.origin {
            PlaceOrigin::Directory(path) => {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                format!("{}\t{}", place.name, path.display())
            }
            PlaceOrigin::Store(log) => format!("{}\t{}", place.name, log.url()),
        };
        let mut lines: Vec<_> = self.places.iter().map(place).collect();
        lines.push(self.samples.key());
        lines.push(self.checksum.to_string());
        lines.push(env!("CARGO_PKG_VERSION").to_owned());
        lines.join("\n")
    }

    /// Bytes that points may take.
    #[must_use]
    pub fn most_memory(&self) -> usize {
        self.memory.unwrap_or_else(|| {
            let wanted = MemoryRefreshKind::nothing().with_ram();
            let system = System::new_with_specifics(RefreshKind::nothing().with_memory(wanted));
            let all = system.map_or(0, |system| {
                let limits = system.cgroup_limits();
                limits.map_or(system.total_memory(), |limits| limits.total_memory)
            });
            usize::try_from((all / 4).max(LEAST_MEMORY)).unwrap_or(usize::MAX)
        })
    }

    /// Threads that read.
    #[must_use]
    pub fn reading_threads(&self) -> usize {
        match self.threads {
            0 if self.places.iter().any(Place::is_remote) => STORE_THREADS,
            0 => std::thread::available_parallelism()
                .map_or(2, usize::from)
                .clamp(2, MOST_THREADS),
            threads => threads,
        }
    }
}
