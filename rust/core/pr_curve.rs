//! Precision-recall curves: true and false positives at evenly spaced thresholds.
//!
//! Counts are the ones that `numpy.histogram` with weights would make, to the last bit: doubles, summed in blocks.

use crate::error::{Error, Result};

/// Rows of a curve: true positives, false positives, true negatives, false negatives, precision, recall.
pub const ROWS: usize = 6;

/// The most thresholds a curve may have.
pub const MAX_THRESHOLDS: usize = 1 << 20;

/// Elements that numpy sums up before it adds them to the total.
const ELEMENTS_PER_SUM: usize = 1 << 16;

/// Keeps quotients finite where nothing was counted.
const MINIMUM_COUNT: f64 = 1e-7;

/// Probability that each element is positive.
#[derive(Clone, Copy, Debug)]
pub enum Predictions<'a> {
    /// In single precision, and compared with thresholds in it.
    Single(&'a [f32]),
    /// In double precision.
    Double(&'a [f64]),
}

/// A curve of `thresholds` points, its rows one after the other.
///
/// Threshold `i` of `n` is `i / (n - 1)`. Predictions below 0, above 1 and NaN are left out. A label counts as positive
/// to its own share and as negative to the rest, times its weight.
///
/// # Errors
///
/// `is_shape` unless labels, predictions and weights are equally long; `is_argument` for no threshold or too many.
pub fn pr_curve(
    labels: &[f64],
    predictions: Predictions<'_>,
    weights: Option<&[f64]>,
    thresholds: usize,
) -> Result<Vec<f64>> {
    if !(1..=MAX_THRESHOLDS).contains(&thresholds) {
        return Err(Error::argument(format!(
            "num_thresholds must be from 1 to {MAX_THRESHOLDS}, not {thresholds}"
        )));
    }
    let len = match predictions {
        Predictions::Single(values) => values.len(),
        Predictions::Double(values) => values.len(),
    };
    let weighed = weights.map_or(len, <[f64]>::len);
    if labels.len() != len || weighed != len {
        return Err(Error::shape(format!(
            "labels, predictions and weights must be equally long, not {}, {len} and {weighed}",
            labels.len()
        )));
    }
    let last = (thresholds - 1) as f64;
    let mut counts = Counts::new(thresholds);
    match predictions {
        Predictions::Single(values) => counts.add(labels, values, weights, |prediction| {
            f64::from(prediction * last as f32)
        }),
        Predictions::Double(values) => {
            counts.add(labels, values, weights, |prediction| prediction * last);
        }
    }
    Ok(counts.into_curve())
}

/// Weights of the positive and the negative labels between one threshold and the next.
struct Counts(Vec<[f64; 2]>);

impl Counts {
    fn new(thresholds: usize) -> Self {
        Self(vec![[0.0; 2]; thresholds])
    }

    fn add<T: Copy>(
        &mut self,
        labels: &[f64],
        predictions: &[T],
        weights: Option<&[f64]>,
        place_of: impl Fn(T) -> f64,
    ) {
        let mut block = Self::new(self.0.len());
        let blocks = labels
            .chunks(ELEMENTS_PER_SUM)
            .zip(predictions.chunks(ELEMENTS_PER_SUM));
        for (number, (labels, predictions)) in blocks.enumerate() {
            block.0.fill([0.0; 2]);
            let places = predictions.iter().map(|&prediction| place_of(prediction));
            let elements = labels.iter().zip(places);
            match weights.and_then(|weights| weights.get(number * ELEMENTS_PER_SUM..)) {
                Some(weights) => {
                    for ((&label, place), &weight) in elements.zip(weights) {
                        block.add_one(place, [label * weight, (1.0 - label) * weight]);
                    }
                }
                None => {
                    for (&label, place) in elements {
                        block.add_one(place, [label, 1.0 - label]);
                    }
                }
            }
            for (total, count) in self.0.iter_mut().zip(&block.0) {
                add(total, *count);
            }
        }
    }

    /// Adds one element to the bucket in which `place` is; it may be outside of all, or NaN.
    #[inline]
    fn add_one(&mut self, place: f64, weights: [f64; 2]) {
        // The cast makes 0 of everything below and of NaN, and the largest number of everything far above. Processors
        // have it for numbers with a sign; without one it takes twice the instructions.
        if place >= 0.0
            && let Some(count) = self.0.get_mut(place as i32 as usize)
        {
            add(count, weights);
        }
    }

    fn into_curve(self) -> Vec<f64> {
        let (mut positives, mut negatives): (Vec<f64>, Vec<f64>) =
            self.0.into_iter().map(<(f64, f64)>::from).unzip();
        sum_from_the_end(&mut positives);
        sum_from_the_end(&mut negatives);
        let all_positives = positives.first().copied().unwrap_or_default();
        let all_negatives = negatives.first().copied().unwrap_or_default();
        let mut curve = Vec::with_capacity(ROWS * positives.len());
        curve.extend_from_slice(&positives);
        curve.extend_from_slice(&negatives);
        curve.extend(negatives.iter().map(|count| all_negatives - count));
        curve.extend(positives.iter().map(|count| all_positives - count));
        let both = positives.iter().zip(&negatives);
        curve.extend(both.map(|(tp, fp)| tp / at_least_some(tp + fp)));
        let recalls = positives
            .iter()
            .map(|tp| tp / at_least_some(tp + (all_positives - tp)));
        curve.extend(recalls);
        curve
    }
}

#[inline]
fn add(count: &mut [f64; 2], more: [f64; 2]) {
    count[0] += more[0];
    count[1] += more[1];
}

fn sum_from_the_end(counts: &mut [f64]) {
    let mut sum = 0.0;
    for count in counts.iter_mut().rev() {
        sum += *count;
        *count = sum;
    }
}

/// NaN stays NaN, unlike with `f64::max`.
fn at_least_some(count: f64) -> f64 {
    if count < MINIMUM_COUNT {
        MINIMUM_COUNT
    } else {
        count
    }
}
