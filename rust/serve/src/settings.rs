//! What a server of data is asked to do.

use std::time::Duration;

use crate::listing::Place;
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
    /// Threads that read; 0 for as many as the machine has, up to a few.
    pub threads: usize,
}

/// The most threads that read, if nothing else is asked for.
const MOST_THREADS: usize = 8;

impl Settings {
    /// The logs, for people.
    #[must_use]
    pub fn location(&self) -> String {
        let place = |place: &Place| match place.name.as_str() {
            "" => place.path.display().to_string(),
            name => format!("{name}:{}", place.path.display()),
        };
        let places: Vec<_> = self.places.iter().map(place).collect();
        places.join(",")
    }

    /// Threads that read.
    #[must_use]
    pub fn reading_threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism()
                .map_or(2, usize::from)
                .clamp(2, MOST_THREADS),
            threads => threads,
        }
    }
}
