//! Statistics over ranks, equal to numpy's bit for bit where numpy's do not depend on the processor.

/// Numbers that are added one after the other; more are split in two halves.
const BLOCK: usize = 128;

/// Statistics of the values of a tag at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistics {
    /// `numpy.sum`.
    pub sum: f64,
    /// `numpy.mean`.
    pub mean: f64,
    /// `numpy.min`.
    pub min: f64,
    /// `numpy.max`.
    pub max: f64,
    /// `numpy.std`: by the number of values.
    pub std: f64,
    /// `numpy.median`.
    pub median: f64,
    /// `numpy.argmax`: the place of the highest value, or of the first NaN.
    pub argmax: usize,
}

impl Statistics {
    /// Of one value or more. `room` is memory that is used again.
    #[must_use]
    pub fn of(values: &[f64], room: &mut Vec<f64>) -> Self {
        let count = values.len() as f64;
        let sum = sum(values);
        let mean = sum / count;
        room.clear();
        room.extend(values.iter().map(|value| (value - mean) * (value - mean)));
        let std = (self::sum(room) / count).sqrt();
        let (mut min, mut max, mut argmax) = (f64::INFINITY, f64::NEG_INFINITY, 0);
        let nan = values.iter().position(|value| value.is_nan());
        for (at, &value) in values.iter().enumerate() {
            min = min.min(value);
            if value > max {
                (max, argmax) = (value, at);
            }
        }
        if let Some(at) = nan {
            (min, max, argmax) = (f64::NAN, f64::NAN, at);
        }
        room.clear();
        room.extend_from_slice(values);
        let median = if nan.is_some() {
            f64::NAN
        } else {
            median(room)
        };
        Self {
            sum,
            mean,
            min,
            max,
            std,
            median,
            argmax,
        }
    }
}

/// The sum in numpy's order.
fn sum(values: &[f64]) -> f64 {
    if values.len() < 8 {
        return values.iter().sum();
    }
    if values.len() > BLOCK {
        let half = values.len() / 2;
        let (left, right) = values.split_at(half - half % 8);
        return sum(left) + sum(right);
    }
    let (eights, rest) = values.as_chunks::<8>();
    let sums = eights.iter().copied().reduce(|mut sums, eight| {
        sums.iter_mut()
            .zip(eight)
            .for_each(|(sum, value)| *sum += value);
        sums
    });
    let sums = sums.unwrap_or_default();
    let left = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    let all = left + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    rest.iter().fold(all, |sum, value| sum + value)
}

/// The median of numbers, whose order changes.
fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    let is_odd = values.len() % 2 == 1;
    if values.is_empty() {
        return f64::NAN;
    }
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if is_odd {
        return upper;
    }
    let lower = below.iter().copied().reduce(f64::max).unwrap_or(upper);
    // As numpy does: too large a sum is infinite.
    let sum = lower + upper;
    sum / 2.0
}
