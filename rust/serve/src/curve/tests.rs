use super::whole::{Sieve, Whole};
use super::{Curve, Points};

fn points(from: i64, values: &[f32]) -> Points {
    Points {
        steps: (from..).take(values.len()).collect(),
        times: (from..)
            .take(values.len())
            .map(|step| step as f64)
            .collect(),
        values: values.to_vec(),
    }
}

/// Numbers without a pattern that intervals could share.
fn value(at: i64) -> f32 {
    ((at * 7919) % 10_007) as f32
}

#[test]
fn few_points_are_all_kept() {
    let mut curve = Curve::default();
    let all: Vec<f32> = (0..1000).map(value).collect();
    curve.extend(&points(0, &all[..500]), 1000);
    curve.extend(&points(500, &all[500..]), 1000);
    assert_eq!(curve.points(), points(0, &all));
    assert_eq!(curve.sample(1000), points(0, &all));
    assert_eq!(curve.sample(1).steps, [999]);
    assert_eq!(curve.sample(0), Points::default());
}

#[test]
fn of_many_points_the_ends_and_the_extremes_stay() {
    for (most, batch) in [(1000, 1), (1000, 37), (1000, 20_000), (8, 3), (100, 5000)] {
        let mut curve = Curve::default();
        let (mut lowest, mut highest) = (f32::MAX, f32::MIN);
        let mut from = 0;
        while from < 20_000 {
            let mut some: Vec<f32> = (from..from + batch).map(value).collect();
            if (from..from + batch).contains(&12_345) {
                some[(12_345 - from) as usize] = 1e9;
            }
            lowest = some.iter().copied().fold(lowest, f32::min);
            highest = some.iter().copied().fold(highest, f32::max);
            curve.extend(&points(from, &some), most);
            from += batch;
            let kept = curve.points();
            assert!(
                curve.len() <= most.max(12),
                "{most} {batch}: {}",
                curve.len()
            );
            assert!(kept.steps.is_sorted_by(|a, b| a < b));
            assert_eq!((kept.steps[0], curve.last_step()), (0, Some(from - 1)));
            assert!(kept.values.contains(&lowest) && kept.values.contains(&highest));
            let is_own = |at: usize| kept.times[at] == kept.steps[at] as f64;
            assert!((0..kept.steps.len()).all(is_own));
        }
        assert!(curve.points().steps.contains(&12_345));
        assert!(curve.len() >= most / 4, "{most} {batch}: {}", curve.len());
    }
}

#[test]
fn a_restart_drops_what_it_replaces() {
    for most in [8, 100, 10_000] {
        let mut curve = Curve::default();
        let all: Vec<f32> = (0..5000).map(value).collect();
        curve.extend(&points(0, &all), most);
        curve.cut(1234);
        assert!(curve.last_step() < Some(1234));
        curve.extend(&points(1234, &all), most);
        assert_eq!(curve.last_step(), Some(6233));
        let steps = curve.points().steps;
        assert!(steps.is_sorted_by(|a, b| a < b));
        curve.cut(-1);
        assert_eq!((curve.len(), curve.last_step()), (0, None));
        curve.extend(&points(0, &[1.0]), most);
        assert_eq!(curve.points().values, [1.0]);
    }
}

#[test]
fn a_curve_that_is_thinned_keeps_its_peak_and_goes_on() {
    let mut curve = Curve::default();
    let mut all = vec![0.5; 50_000];
    all[33_333] = 7.0;
    curve.extend(&points(0, &all), usize::MAX);
    assert_eq!(curve.len(), 50_000);
    for most in [1000, 100, 64] {
        curve.thin(most, Sieve::default());
        assert!(curve.len() <= most);
        assert!(curve.points().values.contains(&7.0));
        assert_eq!(
            (curve.points().steps[0], curve.last_step()),
            (0, Some(49_999))
        );
    }
    curve.extend(&points(50_000, &all), usize::MAX);
    assert_eq!(curve.last_step(), Some(99_999));
    assert!(curve.len() < 5000, "{}", curve.len());
    assert!(curve.points().steps.is_sorted_by(|a, b| a < b));
}

#[test]
fn what_is_not_a_number_is_kept_at_the_ends_alone() {
    let mut curve = Curve::default();
    let mut all = vec![f32::NAN; 5000];
    all[2500] = 1.0;
    curve.extend(&points(0, &all), 100);
    let kept = curve.points();
    assert!(kept.values.contains(&1.0));
    assert_eq!((kept.steps[0], curve.last_step()), (0, Some(4999)));
}

#[test]
fn a_point_takes_thirteen_bytes() {
    let mut curve = Curve::default();
    curve.extend(&points(0, &vec![0.5; 1000]), 1000);
    curve.shrink();
    assert!(curve.bytes() < 13_000 + 200, "{}", curve.bytes());
}

#[test]
fn a_member_of_a_group_keeps_all_points_exactly_and_needs_memory_for_that_only_where_it_must() {
    let all = |from: i64, count: i64, scale: f64| {
        let steps: Vec<i64> = (from..from + count).collect();
        let values: Vec<f64> = steps.iter().map(|&step| step as f64 / scale).collect();
        Whole::new(&steps, &values, &values)
    };
    let single = |whole: &Whole| {
        let (mut points, mut last) = (Points::default(), 0.0);
        for (step, time, value) in whole.iter() {
            points.steps.push(step);
            points.times.push(time);
            points.values.push(value as f32);
            last = value;
        }
        assert!(last.is_finite());
        points
    };
    let mut curve = Curve::default();
    let add = |curve: &mut Curve, new: &Whole| {
        curve.keep_all(new, 100, Sieve::default());
        curve.extend(&single(new), 100);
    };
    add(&mut curve, &all(0, 100, 2.0));
    assert!(curve.whole.is_none());
    assert_eq!(curve.all().into_owned(), all(0, 100, 2.0));
    add(&mut curve, &all(100, 5000, 2.0));
    assert_eq!(curve.all().into_owned(), all(0, 5100, 2.0));
    assert!(curve.len() <= 100);
    curve.cut(3000);
    assert_eq!(curve.all().into_owned(), all(0, 3000, 2.0));
    // Thinned, and then put together with another file.
    let before = curve.all().len();
    curve.thin(50, Sieve(1));
    assert!(curve.all().len() < before * 6 / 10);
    let mut both = Curve::default();
    both.add(&curve, 10_000);
    let mut other = Curve::default();
    add(&mut other, &all(3000, 10, 3.0));
    assert!(other.whole.is_some());
    both.add(&other, 10_000);
    assert_eq!(both.all().len(), curve.all().len() + 10);
    assert_eq!(both.all().iter().last(), all(3009, 1, 3.0).iter().last());
}
