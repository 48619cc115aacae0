//! Mean, least and greatest value of several curves at each step.

use crate::curve::whole::{All, Sieve};
use crate::curve::{Curve, Points};

/// What is computed, in the order in which the curves are returned.
pub const STATISTICS: [&str; 3] = ["mean", "min", "max"];

/// A member, from its next point on.
struct Member<'a> {
    rest: Box<dyn Iterator<Item = (i64, f64, f64)> + 'a>,
    time: f64,
    value: f64,
    is_over: bool,
}

/// The points of all members at a step.
struct Row {
    count: f64,
    time: f64,
    sum: f64,
    min: f64,
    max: f64,
    has_nan: bool,
}

/// The curves of some curves: at each step, of those that have a point there. As numpy has it, NaN makes NaN. The time is
/// the mean of theirs, so that over relative time the curve is as long as those of its members.
///
/// Steps that a sieve does not keep are left out.
pub fn reduce(members: &[All<'_>], sieve: Sieve, most: usize) -> [Curve; 3] {
    // Next to each other, since they are searched for each step.
    let mut steps = Vec::with_capacity(members.len());
    let mut rows = Vec::with_capacity(members.len());
    for member in members {
        let mut rest = Box::new(member.iter().filter(move |point| sieve.keeps(point.0)));
        if let Some((step, time, value)) = rest.next() {
            steps.push(step);
            rows.push(Member {
                rest,
                time,
                value,
                is_over: false,
            });
        }
    }
    let mut made: [Points; 3] = Default::default();
    while let Some(&step) = steps.iter().min() {
        let mut row = Row::new();
        let mut is_any_over = false;
        for (next, member) in steps.iter_mut().zip(&mut rows) {
            if *next != step {
                continue;
            }
            row.add(member.time, member.value);
            if let Some(point) = member.rest.next() {
                (*next, member.time, member.value) = point;
            } else {
                (member.is_over, is_any_over) = (true, true);
            }
        }
        row.push(step, &mut made);
        if is_any_over {
            let mut all = rows.iter();
            steps.retain(|_| all.next().is_some_and(|member| !member.is_over));
            rows.retain(|member| !member.is_over);
        }
    }
    made.map(|points| {
        let mut curve = Curve::default();
        curve.extend(&points, most);
        curve.shrink();
        curve
    })
}

impl Row {
    fn new() -> Self {
        Self {
            count: 0.0,
            time: 0.0,
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            has_nan: false,
        }
    }

    fn add(&mut self, time: f64, value: f64) {
        self.count += 1.0;
        // Sums of seconds since the epoch would lose digits.
        self.time += (time - self.time) / self.count;
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.has_nan |= value.is_nan();
    }

    fn push(&self, step: i64, made: &mut [Points; 3]) {
        let mean = self.sum / self.count;
        let [min, max] = if self.has_nan {
            [f64::NAN; 2]
        } else {
            [self.min, self.max]
        };
        for (points, value) in made.iter_mut().zip([mean, min, max]) {
            points.steps.push(step);
            points.times.push(self.time);
            points.values.push(value as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::reduce;
    use crate::curve::whole::{All, Sieve, Whole};

    fn member(points: &[(i64, f64)]) -> All<'static> {
        let (steps, values): (Vec<_>, Vec<_>) = points.iter().copied().unzip();
        let times: Vec<f64> = steps.iter().map(|&step| 1e9 + step as f64).collect();
        All::Owned(Whole::new(&steps, &times, &values))
    }

    #[test]
    fn each_step_is_of_the_members_that_have_it() {
        let members = [
            member(&[(0, 1.0), (1, 2.0), (5, 7.0)]),
            member(&[]),
            member(&[(0, 3.0), (5, f64::NAN), (6, f64::INFINITY)]),
            member(&[(-1, 0.5), (0, 8.0), (6, f64::NEG_INFINITY)]),
        ];
        let curves = reduce(&members, Sieve::default(), 1000);
        let [mean, min, max] = curves.map(|curve| curve.points());
        assert_eq!(mean.steps, [-1, 0, 1, 5, 6]);
        assert_eq!((&mean.steps, &mean.steps), (&min.steps, &max.steps));
        assert_eq!(mean.values[..3], [0.5, 4.0, 2.0]);
        assert_eq!(min.values[..3], [0.5, 1.0, 2.0]);
        assert_eq!(max.values[..3], [0.5, 8.0, 2.0]);
        assert!([&mean, &min, &max].iter().all(|one| one.values[3].is_nan()));
        assert!(mean.values[4].is_nan());
        assert_eq!(
            (min.values[4], max.values[4]),
            (f32::NEG_INFINITY, f32::INFINITY)
        );
        assert_eq!(mean.times[1], 1e9);
    }

    #[test]
    fn a_sieve_leaves_out_the_same_steps_of_all() {
        let all: Vec<(i64, f64)> = (0..1000).map(|step| (step, step as f64)).collect();
        let mut thinned = member(&all).into_owned();
        thinned.thin(Sieve(2));
        let members = [member(&all), All::Owned(thinned)];
        let [mean, ..] = reduce(&members, Sieve(2), 10_000).map(|curve| curve.points());
        assert!((150..350).contains(&mean.steps.len()));
        let is_own = |(&step, &value): (&i64, &f32)| value == step as f32;
        assert!(mean.steps.iter().zip(&mean.values).all(is_own));
    }
}
