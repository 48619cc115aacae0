//! When a place is listed again: at each look, but an object store in which nothing happens less and less often.

use std::time::{Duration, Instant};

use rayon::ThreadPool;
use tensorbolt::Result;
use tensorbolt_upload::GoOn;

use crate::listing::{Listed, Place, RankStream};

/// The longest pause between two lists of a store.
const LONGEST: Duration = Duration::from_mins(1);

/// A place, and what its last list had.
pub struct Watched<'p> {
    place: &'p Place,
    /// The files of the last list that succeeded.
    pub listed: Vec<Listed>,
    /// Streams of ranks next to them.
    pub streams: Vec<RankStream>,
    /// Not before this moment, unless someone asks.
    next: Option<Instant>,
    pause: Duration,
}

impl<'p> Watched<'p> {
    /// A place that was not listed yet.
    pub fn new(place: &'p Place) -> Self {
        Self {
            place,
            listed: Vec::new(),
            streams: Vec::new(),
            next: None,
            pause: Duration::ZERO,
        }
    }

    /// Lists it, if it is time to. After a failure the files of the list before stay.
    pub fn list(
        &mut self,
        is_asked: bool,
        pool: Option<&ThreadPool>,
        go_on: GoOn<'_>,
    ) -> Result<()> {
        let is_early = self.next.is_some_and(|next| Instant::now() < next);
        if is_early && !is_asked {
            return Ok(());
        }
        self.next = None;
        self.listed = self.place.list(pool, go_on)?;
        self.streams = self.place.streams(&self.listed);
        Ok(())
    }

    /// After a look that brought something, or nothing.
    pub fn rest(&mut self, any: bool, interval: Duration) {
        if !self.place.is_remote() || self.next.is_some() {
            return;
        }
        self.pause = if any {
            interval
        } else {
            (self.pause * 2).clamp(interval, LONGEST.max(interval))
        };
        // The look that ends a little early is not to be missed.
        self.next = Instant::now().checked_add(self.pause.mul_f64(0.95));
    }
}
