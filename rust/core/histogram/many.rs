//! Histograms of several arrays at once.
//!
//! All threads share the sections of all arrays: none of them waits for an array that another one has begun, and a thread is
//! woken once for the call and not once for each array.

use std::sync::{Mutex, PoisonError};

use rayon::ThreadPool;

use super::bins::Bins;
use super::edges::Edges;
use super::moments::Moments;
use super::{Histogram, histogram, pass};
use crate::error::{Error, Result};
use crate::parallel::each;
use crate::samples::{Samples, with_elements};

/// Values of an array without sections that one thread counts by itself.
const VALUES_OF_ONE_THREAD: usize = 1 << 21;

/// The values of one array of several.
pub trait Values: Sync {
    /// The values where they are; `None` if they have to be copied first.
    fn in_place(&self) -> Option<Samples<'_>>;

    /// The values, copied if they have to be.
    fn samples(&self) -> Samples<'_>;

    /// Number of values.
    fn len(&self) -> usize;

    /// True if there is no value.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Values for Samples<'_> {
    fn in_place(&self) -> Option<Samples<'_>> {
        Some(self.samples())
    }

    fn samples(&self) -> Samples<'_> {
        with_elements!(self, |values| values.into())
    }

    fn len(&self) -> usize {
        Samples::len(self)
    }
}

/// The histogram of each of `arrays` over `edges`, as [`histogram`] makes it without `max_bins`.
///
/// All are shared out over the threads of `pool`, if there is one; the result is the same. What has to be copied is copied
/// by the thread that counts it, when its turn comes.
///
/// An error that satisfies [`Error::is_argument`] is returned if an array has no values.
///
/// ```
/// use tensorbolt::histogram::{Edges, histograms};
/// use tensorbolt::samples::Samples;
///
/// let arrays = [Samples::from(&[0.5_f32, 1.5][..]), Samples::from(&[1_u8, 1, 1][..])];
/// let made = histograms(&arrays, Edges::default_edges(), None)?;
/// assert_eq!(made[0].max, 1.5);
/// assert_eq!(made[1].num, 3.0);
/// # Ok::<(), tensorbolt::Error>(())
/// ```
pub fn histograms<V: Values>(
    arrays: &[V],
    edges: &Edges,
    pool: Option<&ThreadPool>,
) -> Result<Vec<Histogram>> {
    if arrays.iter().any(Values::is_empty) {
        return Err(Error::argument(
            "an array is empty; a histogram needs at least one value",
        ));
    }
    let jobs: Vec<Job<'_, V>> = arrays.iter().map(Job::new).collect();
    let parts: Vec<(&Job<'_, V>, usize)> = jobs
        .iter()
        .filter(|job| !job.needs_all_threads())
        .flat_map(|job| (0..job.parts()).map(move |number| (job, number)))
        .collect();
    each(pool, parts.len(), |part| {
        let (job, number) = parts[part];
        job.count(number, edges);
    });
    let finish = |job: Job<'_, V>| match job.made.into_inner() {
        Ok(Some(made)) => made,
        // It needs all threads.
        _ => histogram(&job.array.samples(), edges, None, pool),
    };
    jobs.into_iter().map(finish).collect()
}

/// An array, and how it is shared out.
struct Job<'a, V> {
    array: &'a V,
    /// `None` for what is counted as a whole.
    sections: Option<Sections<'a>>,
    made: Mutex<Option<Result<Histogram>>>,
}

/// An array whose sections may be counted by several threads.
struct Sections<'a> {
    samples: Samples<'a>,
    count: usize,
    counted: Mutex<Counted>,
}

/// What threads have counted so far.
#[derive(Default)]
struct Counted {
    bins: Option<Bins>,
    /// With the section of each: they are added up in that order.
    moments: Vec<(usize, Moments)>,
}

impl<'a, V: Values> Job<'a, V> {
    fn new(array: &'a V) -> Self {
        let sections = array.in_place().and_then(|samples| {
            let count = with_elements!(&samples, |values| pass::sections(values))?;
            Some(Sections {
                samples,
                count,
                counted: Mutex::default(),
            })
        });
        Self {
            array,
            sections,
            made: Mutex::default(),
        }
    }

    fn parts(&self) -> usize {
        self.sections.as_ref().map_or(1, |sections| sections.count)
    }

    fn needs_all_threads(&self) -> bool {
        self.sections.is_none() && self.array.len() > VALUES_OF_ONE_THREAD
    }

    /// Counts a section, or the whole; the last one makes the histogram.
    fn count(&self, number: usize, edges: &Edges) {
        let made = match &self.sections {
            Some(sections) => sections.count(number, edges).map(Ok),
            None => Some(histogram(&self.array.samples(), edges, None, None)),
        };
        if made.is_some() {
            *self.made.lock().unwrap_or_else(PoisonError::into_inner) = made;
        }
    }
}

impl Sections<'_> {
    /// Counts a section; the histogram once it is the last one.
    fn count(&self, number: usize, edges: &Edges) -> Option<Histogram> {
        let (bins, moments) =
            with_elements!(&self.samples, |values| pass::section(values, number, edges));
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.moments.push((number, moments));
        match &mut counted.bins {
            Some(before) => before.merge(&bins),
            none => *none = Some(bins),
        }
        if counted.moments.len() < self.count {
            return None;
        }
        let Counted { bins, mut moments } = std::mem::take(&mut *counted);
        moments.sort_unstable_by_key(|&(number, _)| number);
        let mut all = Moments::default();
        for (_, of_section) in &moments {
            all.merge(of_section);
        }
        Some(Histogram::new(edges, None, &bins?, &all))
    }
}
