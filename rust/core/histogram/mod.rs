//! Histograms: how many values fall into each bucket, and their moments.
//!
//! [`histogram`] makes the contents of a `HistogramProto`, and its counts are those of `numpy.histogram`. One pass over
//! the values finds buckets and moments, in blocks that stay in the first-level cache and without a float64 copy of the
//! array:
//!
//! ```text
//! values ─ sections (one job each) ─ blocks ─┬─ float64 block ── moments         min, max, sum, sum of squares
//!                                            └─ float32 or float64 key ── slots   cell table → slot → bucket
//! small codes (bool, 8 and 16 bits) ─ one counter per code ─┬─ moments
//!                                                           └─ buckets
//! ```
//!
//! Sections are of fixed size and are added up in order, so a result does not depend on the number of threads.

mod bins;
mod codes;
mod edges;
mod float;
mod index;
mod many;
mod moments;
mod pass;
mod prefetch;
mod sample;
mod slots;
mod trim;

use rayon::ThreadPool;

pub use bins::Skipped;
pub use edges::Edges;
pub use many::{Values, histograms};

use bins::Bins;
use moments::Moments;

use crate::error::{Error, Result};
use crate::samples::{Samples, with_elements};

/// Buckets and moments of an array, as event files store them.
///
/// All statistics are over the finite values, so one NaN does not hide the rest; for finite arrays they are what the
/// reference writers store.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Smallest finite value; 0 if there is none.
    pub min: f64,
    /// Largest finite value; 0 if there is none.
    pub max: f64,
    /// Number of finite values, inside the edges or not.
    pub num: f64,
    /// Sum of the finite values.
    pub sum: f64,
    /// Sum of the squares of the finite values.
    pub sum_squares: f64,
    /// Right edge of each bucket, in ascending order. The first is the left edge of the first bucket that is not
    /// empty.
    pub limits: Vec<f64>,
    /// Number of values in each bucket; as many as `limits`. The first is 0.
    pub counts: Vec<f64>,
    /// Values that no bucket counts.
    pub skipped: Skipped,
}

/// The histogram of `samples` over `edges`.
///
/// Buckets hold their left edge, the last one its right edge too. NaN, infinities and values outside the edges are in
/// no bucket.
///
/// Empty buckets at either end are cut off, those between are kept. With `max_bins`, neighbouring buckets are joined
/// first: with `n` buckets and more than `max_bins` of them, every `n / max_bins` (rounded down) become one, so up to
/// twice `max_bins` may stay.
///
/// If no bucket counts a value, there is one bucket from the smallest to the largest finite value that holds all of
/// them; if there is no finite value either, one empty bucket that ends at 0. So a diverged run still writes a chart.
/// A single bucket that counts nothing is no exception.
///
/// Large arrays are split over the threads of `pool`, if there is one; the result is the same.
///
/// An error that satisfies [`Error::is_argument`] is returned if there are no values or if `max_bins` is 0.
///
/// ```
/// use tensorbolt::histogram::{Edges, histogram};
/// use tensorbolt::samples::Samples;
///
/// let values = [0.5_f32, 1.5, 1.5, f32::NAN];
/// let edges = Edges::new(vec![0.0, 1.0, 2.0, 3.0])?;
/// let histogram = histogram(&Samples::from(&values[..]), &edges, None, None)?;
/// assert_eq!(histogram.limits, [0.0, 1.0, 2.0]);
/// assert_eq!(histogram.counts, [0.0, 1.0, 2.0]);
/// assert_eq!(histogram.sum, 3.5);
/// assert_eq!(histogram.skipped.nan, 1);
/// # Ok::<(), tensorbolt::Error>(())
/// ```
pub fn histogram(
    samples: &Samples<'_>,
    edges: &Edges,
    max_bins: Option<usize>,
    pool: Option<&ThreadPool>,
) -> Result<Histogram> {
    if samples.is_empty() {
        return Err(Error::argument(
            "`values` is empty; a histogram needs at least one value",
        ));
    }
    if max_bins == Some(0) {
        return Err(Error::argument(
            "`max_bins` is 0; pass a positive number or None for all bins",
        ));
    }
    let (bins, moments) = with_elements!(samples, |values| pass::run(values, edges, pool));
    Ok(Histogram::new(edges, max_bins, &bins, &moments))
}

impl Histogram {
    fn new(edges: &Edges, max_bins: Option<usize>, bins: &Bins, moments: &Moments) -> Self {
        let (limits, counts) = trim::limits_and_counts(edges.as_slice(), bins.buckets(), max_bins)
            .unwrap_or_else(|| trim::without_buckets(moments));
        Self {
            min: moments.min(),
            max: moments.max(),
            num: moments.num as f64,
            sum: moments.sum.value(),
            sum_squares: moments.sum_squares.value(),
            limits,
            counts,
            skipped: bins.skipped(),
        }
    }
}
