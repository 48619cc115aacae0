//! Histograms of several arrays at once.
//!
//! All threads share the sections of all arrays: none of them waits for an array that another one has begun, and a thread is
//! woken once for the call and not once for each array.

use std::sync::{Mutex, PoisonError};

use rayon::ThreadPool;

use super::bins::Bins;
use super::codes::VALUES_BEFORE_THREADS;
use super::edges::Edges;
use super::moments::Moments;
use super::{Histogram, histogram, pass};
use crate::error::{Error, Result};
use crate::parallel::each;
use crate::samples::{Samples, with_elements};

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
        .flat_map(|job| (0..job.parts()).map(move |number| (job, number)))
        .collect();
    let mut counted = each(pool, parts.len(), |part| {
        let (job, number) = parts[part];
        job.count(number, edges)
    })
    .into_iter();
    jobs.iter()
        .map(|job| {
            let made = counted.by_ref().take(job.parts()).flatten().last();
            made.unwrap_or_else(|| histogram(&job.array.samples(), edges, None, pool))
        })
        .collect()
}

/// An array, and how it is shared out.
struct Job<'a, V> {
    array: &'a V,
    /// `None` for what is counted as a whole.
    sections: Option<Sections<'a>>,
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
        Self { array, sections }
    }

    /// Number of parts that any thread may count; none of what is left for all threads together.
    fn parts(&self) -> usize {
        match &self.sections {
            Some(sections) => sections.count,
            None => usize::from(self.array.len() <= VALUES_BEFORE_THREADS),
        }
    }

    /// Counts a part; the histogram if it is the last one.
    fn count(&self, number: usize, edges: &Edges) -> Option<Result<Histogram>> {
        match &self.sections {
            Some(sections) => sections.count(number, edges).map(Ok),
            None => Some(histogram(&self.array.samples(), edges, None, None)),
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
