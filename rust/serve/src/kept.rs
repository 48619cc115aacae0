//! A curve that is in memory, in the index, or in both. How it ends is always known.

use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::curve::{Curve, End, Points};
use crate::index::Stored;

/// Counts the uses of curves, so that the one used least recently is known.
static USES: AtomicU64 = AtomicU64::new(1);

/// A curve.
#[derive(Debug, Default)]
pub struct Kept {
    /// Points of it.
    count: usize,
    end: Option<End>,
    places: Mutex<Places>,
    used: AtomicU64,
    is_lost: AtomicBool,
}

/// Where its points are: in at least one of the two.
#[derive(Debug, Default)]
struct Places {
    memory: Option<Arc<Curve>>,
    index: Option<Stored>,
}

impl From<Arc<Curve>> for Kept {
    fn from(curve: Arc<Curve>) -> Self {
        Self::new(curve)
    }
}

impl From<Curve> for Kept {
    fn from(curve: Curve) -> Self {
        Self::new(Arc::new(curve))
    }
}

impl Kept {
    fn new(curve: Arc<Curve>) -> Self {
        Self {
            count: curve.len(),
            end: curve.end(),
            places: Mutex::new(Places {
                memory: Some(curve),
                index: None,
            }),
            used: AtomicU64::new(USES.fetch_add(1, Relaxed)),
            is_lost: AtomicBool::new(false),
        }
    }

    /// One that is in the index alone.
    pub fn stored(count: usize, end: Option<End>, at: Stored) -> Self {
        Self {
            count,
            end,
            places: Mutex::new(Places {
                memory: None,
                index: Some(at),
            }),
            ..Self::default()
        }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of its points.
    pub fn len(&self) -> usize {
        self.count
    }

    /// How it ends; nothing if it has no point.
    pub fn end(&self) -> Option<End> {
        self.end
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        let places = self.places();
        let points = places.memory.as_ref().map_or(0, |curve| curve.bytes());
        size_of::<Self>() + points
    }

    /// Points that are in memory, of the curve or of all that a group needs, whichever are more.
    pub fn longest(&self) -> usize {
        let places = self.places();
        places.memory.as_ref().map_or(0, |curve| curve.longest())
    }

    /// Its points, read from the index if they are not in memory.
    pub fn curve(&self) -> io::Result<Arc<Curve>> {
        self.used.store(USES.fetch_add(1, Relaxed), Relaxed);
        let mut places = self.places();
        if let Some(curve) = &places.memory {
            return Ok(curve.clone());
        }
        let Some(at) = &places.index else {
            return Ok(Arc::default());
        };
        let bytes = at.read();
        let curve = bytes.and_then(|bytes| {
            let last = self.end.map(|end| end.step);
            let is_it = |curve: &Curve| (curve.len(), curve.last_step()) == (self.count, last);
            let curve = Curve::decode(&bytes).filter(is_it);
            curve.ok_or_else(|| ErrorKind::InvalidData.into())
        });
        match curve {
            Ok(curve) => {
                let curve = Arc::new(curve);
                if at.pack.has_room(curve.bytes()) {
                    places.memory = Some(curve.clone());
                }
                Ok(curve)
            }
            Err(error) => {
                self.is_lost.store(true, Relaxed);
                Err(error)
            }
        }
    }

    /// At most `most` points; see `Curve::sample`.
    pub fn sample(&self, most: usize) -> io::Result<Points> {
        match (most, self.end) {
            (0, _) | (_, None) => Ok(Points::default()),
            // Asked for of all series at once.
            (1, Some(end)) => Ok(Points {
                steps: vec![end.step],
                times: vec![end.time],
                values: vec![end.value],
            }),
            _ => Ok(self.curve()?.sample(most)),
        }
    }

    /// Changes a curve that no one else has.
    pub fn change_own(&mut self, change: impl FnOnce(&mut Curve)) {
        let places = self
            .places
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let mut curve = places.memory.take().unwrap_or_default();
        change(Arc::make_mut(&mut curve));
        *self = Self::new(curve);
    }

    /// Puts a changed curve in its place. One that a reply may still use stays as it is.
    pub fn change(kept: &mut Arc<Self>, change: impl FnOnce(&mut Curve)) -> io::Result<()> {
        let mut curve = kept.curve()?;
        if let Some(own) = Arc::get_mut(kept) {
            own.places().memory = None;
        }
        change(Arc::make_mut(&mut curve));
        *kept = Arc::new(Self::new(curve));
        Ok(())
    }

    /// True if its points were in the index, and cannot be read any more.
    pub fn is_lost(&self) -> bool {
        self.is_lost.load(Relaxed)
    }

    /// The bytes of its points, from wherever they are.
    pub fn encoded(&self) -> io::Result<Vec<u8>> {
        let places = self.places();
        match (&places.memory, &places.index) {
            (Some(curve), _) => Ok(curve.encode()),
            (None, Some(at)) => at.read(),
            (None, None) => Ok(Vec::new()),
        }
    }

    /// Takes note of its place in the index.
    pub fn set_stored(&self, at: Stored) {
        self.places().index = Some(at);
    }

    /// When it was used last, on a clock of uses; nothing if it cannot leave memory.
    pub fn spare(&self) -> Option<u64> {
        let places = self.places();
        let is_spare = places.memory.is_some() && places.index.is_some();
        is_spare.then(|| self.used.load(Relaxed))
    }

    /// Leaves memory if it is in the index; the bytes that this brings.
    pub fn leave(&self) -> usize {
        let mut places = self.places();
        if places.index.is_none() {
            return 0;
        }
        places.memory.take().map_or(0, |curve| curve.bytes())
    }
}
