//! Which points stand for many.

use tensorbolt::reader::{Method, downsample};

/// Points that stand for an interval: the first, the last, the lowest, the highest.
pub const MOST_OF_INTERVAL: usize = 4;

/// Places of the first, the last, the lowest and the highest number, ascending and each once.
pub fn extremes(values: &[f32]) -> impl Iterator<Item = usize> + use<> {
    let numbers = || {
        values
            .iter()
            .enumerate()
            .filter(|(_, value)| !value.is_nan())
    };
    let by_value = |a: &(usize, &f32), b: &(usize, &f32)| a.1.total_cmp(b.1);
    let low = numbers().min_by(by_value).map_or(0, |(at, _)| at);
    let high = numbers().max_by(by_value).map_or(0, |(at, _)| at);
    let mut places = [0, low, high, values.len().saturating_sub(1)];
    places.sort_unstable();
    let mut last = None;
    let count = values.len();
    places.into_iter().filter(move |&at| {
        let is_new = last != Some(at) && at < count;
        last = Some(at);
        is_new
    })
}

/// Places of at most `most` points that show what all do: the first, the last, and the lowest and the highest of equal intervals.
pub fn spread(values: &[f32], most: usize) -> Vec<usize> {
    let values: Vec<f64> = values.iter().copied().map(f64::from).collect();
    let steps = vec![0; values.len()];
    downsample(&steps, &values, most, Method::MinMax)
}

/// Places of at most `most` of `count` points at equal distances, the last among them.
pub fn evenly(count: usize, most: usize) -> Vec<usize> {
    let (steps, values) = (vec![0; count], vec![0.0; count]);
    downsample(&steps, &values, most, Method::Uniform)
}
