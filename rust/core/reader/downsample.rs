//! Fewer points that look like all of them.

/// Methods of choosing points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Those that span the largest triangles with their neighbours (Steinarsson 2013), as plots are thinned out.
    Lttb,
    /// The lowest and the highest of each stretch of equal length, so that no peak is lost.
    MinMax,
    /// At equal distances.
    Uniform,
}

/// Places of at most `most` of the points, ascending; the first and the last are always among them.
#[must_use]
pub fn downsample(steps: &[i64], values: &[f64], most: usize, method: Method) -> Vec<usize> {
    let count = steps.len().min(values.len());
    if count <= most {
        return (0..count).collect();
    }
    match (method, most) {
        (_, 0) => Vec::new(),
        (_, 1) => vec![count - 1],
        (_, 2) => vec![0, count - 1],
        (Method::Uniform, _) => uniform(count, most),
        (Method::MinMax, _) => min_max(values, count, most),
        (Method::Lttb, _) => lttb(steps, values, count, most),
    }
}

fn uniform(count: usize, most: usize) -> Vec<usize> {
    let at = |n: usize| (n as u128 * (count - 1) as u128 / (most - 1) as u128) as usize;
    (0..most).map(at).collect()
}

/// Index at which the n-th of `parts` stretches of the points between the first and the last begins.
fn edge(count: usize, parts: usize, n: usize) -> usize {
    1 + (n as u128 * (count - 2) as u128 / parts as u128) as usize
}

fn min_max(values: &[f64], count: usize, most: usize) -> Vec<usize> {
    let parts = ((most - 2) / 2).max(1);
    let mut kept = vec![0];
    for part in 0..parts {
        let stretch = edge(count, parts, part)..edge(count, parts, part + 1);
        // What is not a number is neither the lowest nor the highest.
        let numbers = || stretch.clone().filter(|&at| !values[at].is_nan());
        let by_value = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]);
        let low = numbers().min_by(by_value).unwrap_or(stretch.start);
        let high = numbers().max_by(by_value).unwrap_or(stretch.start);
        kept.extend([low.min(high), low.max(high)]);
    }
    kept.push(count - 1);
    kept.dedup();
    // With three points there is no room for two in the middle.
    if kept.len() > most {
        kept.remove(1);
    }
    kept
}

fn lttb(steps: &[i64], values: &[f64], count: usize, most: usize) -> Vec<usize> {
    let parts = most - 2;
    // The distance of a NaN is unknown.
    let point = |at: usize| {
        let value = values[at];
        (
            steps[at] as f64,
            if value.is_finite() { value } else { 0.0 },
        )
    };
    let mut kept = Vec::with_capacity(most);
    kept.push(0);
    let mut last = point(0);
    for part in 0..parts {
        let stretch = edge(count, parts, part)..edge(count, parts, part + 1);
        let next = stretch.end..if part + 1 == parts {
            count
        } else {
            edge(count, parts, part + 2)
        };
        let size = next.len() as f64;
        let (mut x, mut y) = (0.0, 0.0);
        for at in next {
            let (step, value) = point(at);
            (x, y) = (x + step / size, y + value / size);
        }
        let mut best = (stretch.start, -1.0);
        for at in stretch {
            let (step, value) = point(at);
            let area = ((last.0 - x) * (value - last.1) - (last.0 - step) * (y - last.1)).abs();
            if area > best.1 {
                best = (at, area);
            }
        }
        kept.push(best.0);
        last = point(best.0);
    }
    kept.push(count - 1);
    kept
}

#[cfg(test)]
mod tests {
    use super::{Method, downsample};

    #[test]
    fn a_peak_stays_and_so_do_the_ends() {
        let steps: Vec<i64> = (0..1000).collect();
        let mut values = vec![0.5; 1000];
        values[321] = 9.0;
        for method in [Method::Lttb, Method::MinMax] {
            for most in [3, 4, 5, 10, 100, 999] {
                let kept = downsample(&steps, &values, most, method);
                assert!(kept.len() <= most, "{method:?} {most}: {}", kept.len());
                assert!(kept.is_sorted_by(|a, b| a < b), "{method:?} {most}");
                assert_eq!((kept.first(), kept.last()), (Some(&0), Some(&999)));
                assert!(kept.contains(&321), "{method:?} {most}");
            }
        }
    }

    #[test]
    fn uniform_points_are_at_equal_distances() {
        let steps: Vec<i64> = (0..101).collect();
        let values = vec![0.0; 101];
        assert_eq!(
            downsample(&steps, &values, 5, Method::Uniform),
            [0, 25, 50, 75, 100]
        );
        assert_eq!(downsample(&steps, &values, 1, Method::Uniform), [100]);
        assert_eq!(downsample(&steps, &values, 0, Method::Uniform), []);
        assert_eq!(downsample(&steps, &values, 101, Method::Uniform).len(), 101);
    }
}
