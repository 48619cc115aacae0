//! Histograms against a plain reference and against the values that the format's writers agree on.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use half::{bf16, f16};
use proptest::collection::vec;
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use tensorbolt::histogram::{Edges, Histogram, Skipped, histogram};
use tensorbolt::samples::{Element, Samples};

/// The definition of `numpy.histogram`, one value at a time.
fn reference(values: &[f64], edges: &[f64]) -> Vec<u64> {
    let below = |limit: f64| values.iter().filter(|&&v| v < limit).count() as u64;
    let last = edges[edges.len() - 1];
    let mut cumulative: Vec<u64> = edges.iter().map(|&edge| below(edge)).collect();
    cumulative.pop();
    cumulative.push(values.iter().filter(|&&v| v <= last).count() as u64);
    cumulative
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .collect()
}

fn make(samples: impl Into<Samples<'static>>, edges: &Edges) -> Histogram {
    histogram(&samples.into(), edges, None, None).unwrap()
}

fn custom(edges: &[f64]) -> Edges {
    Edges::new(edges.to_vec()).unwrap()
}

/// The counts of all buckets, those that the histogram leaves out included.
fn counts(made: &Histogram, edges: &Edges) -> Vec<u64> {
    let edges = edges.as_slice();
    let mut counts = vec![0; edges.len() - 1];
    if made.num == made.skipped.out_of_range as f64 {
        return counts;
    }
    // Between equal edges the last bucket holds the values.
    let first = edges
        .windows(made.limits.len())
        .rposition(|window| window == made.limits)
        .unwrap();
    for (count, stored) in counts.iter_mut().skip(first).zip(&made.counts[1..]) {
        *count = *stored as u64;
    }
    counts
}

/// Checks counts, skipped values and moments of `values` against the references.
fn check<T: Element>(values: Vec<T>, edges: &Edges)
where
    Samples<'static>: From<Vec<T>>,
{
    let doubles: Vec<f64> = values.iter().map(|v| v.to_f64()).collect();
    let samples = Samples::from(values);
    let expected = reference(&doubles, edges.as_slice());
    if samples.is_empty() {
        assert!(histogram(&samples, edges, None, None).is_err());
        return;
    }
    let made = histogram(&samples, edges, None, None).unwrap();
    assert_eq!(counts(&made, edges), expected);
    let finite: Vec<f64> = doubles.iter().copied().filter(|v| v.is_finite()).collect();
    assert_eq!(made.num, finite.len() as f64);
    let nan = doubles.iter().filter(|v| v.is_nan()).count() as u64;
    let infinite = doubles.iter().filter(|v| v.is_infinite()).count() as u64;
    let counted: u64 = expected.iter().sum();
    let out_of_range = finite.len() as u64 - counted;
    assert_eq!(
        made.skipped,
        Skipped {
            nan,
            infinite,
            out_of_range
        }
    );
    if !finite.is_empty() {
        assert_eq!(
            made.min,
            finite.iter().copied().fold(f64::INFINITY, f64::min)
        );
        assert_eq!(
            made.max,
            finite.iter().copied().fold(f64::NEG_INFINITY, f64::max)
        );
    }
    let squares: Vec<f64> = finite.iter().map(|v| v * v).collect();
    assert_close(made.sum, &finite);
    assert_close(made.sum_squares, &squares);
    assert_eq!(made.limits.len(), made.counts.len());
    assert_eq!(made.counts[0], 0.0);
    let total = if counted == 0 {
        finite.len() as u64
    } else {
        counted
    };
    assert_eq!(made.counts.iter().sum::<f64>(), total as f64);
}

/// `sum` is the sum of `terms`, to 1e-12 of the sum of their magnitudes.
fn assert_close(sum: f64, terms: &[f64]) {
    let (mut exact, mut error, mut magnitude) = (0.0_f64, 0.0, 0.0);
    for &term in terms {
        let next = exact + term;
        error += if exact.abs() >= term.abs() {
            (exact - next) + term
        } else {
            (term - next) + exact
        };
        exact = next;
        magnitude += term.abs();
    }
    if exact.is_finite() && magnitude.is_finite() {
        let exact = exact + error;
        assert!(
            (sum - exact).abs() <= 1e-12 * magnitude,
            "{sum} is not {exact}"
        );
    }
}

#[test]
fn default_edges_are_the_agreed_ones() {
    let edges = Edges::default_edges().as_slice();
    assert_eq!(edges.len(), 1549);
    assert_eq!(edges[774], 0.0);
    let positive = &edges[775..];
    for (i, edge) in [
        (0, 1e-12),
        (1, 1.100_000_000_000_000_2e-12),
        (2, 1.210_000_000_000_000_3e-12),
        (10, 2.593_742_460_100_002e-12),
        (100, 1.378_061_233_982_238_5e-8),
        (289, 0.917_246_389_039_776),
        (290, 1.008_971_027_943_753_6),
        (386, 9_496.782_049_180_354),
        (500, 496_984_196.731_245_6),
        (700, 9.437_992_127_672_93e16),
        (772, 9.018_886_928_963_438e19),
        (773, 9.920_775_621_859_783e19),
    ] {
        assert_eq!(positive[i], edge, "edge {i}");
    }
    let mirrored: Vec<f64> = edges.iter().rev().map(|edge| -edge).collect();
    assert_eq!(edges, mirrored);
}

#[test]
fn examples_of_the_format() {
    let edges = Edges::default_edges();
    let one = make(vec![1.0_f64], edges);
    assert_eq!(one.limits, [0.917_246_389_039_776, 1.008_971_027_943_753_6]);
    assert_eq!(one.counts, [0.0, 1.0]);
    let zero = make(vec![0.0_f32], edges);
    assert_eq!(
        (zero.limits, zero.counts),
        (vec![0.0, 1e-12], vec![0.0, 1.0])
    );
    let few = make(vec![0.5, 1.0, 1.0, 2.0], edges);
    assert_eq!(few.counts.len(), 17);
    assert_eq!(few.limits[0], 0.470_692_430_953_561_95);
    let used: Vec<(f64, f64)> = few
        .limits
        .into_iter()
        .zip(few.counts)
        .filter(|pair| pair.1 > 0.0)
        .collect();
    assert_eq!(
        used,
        [
            (0.517_761_674_048_918_2, 1.0),
            (1.008_971_027_943_753_6, 2.0),
            (2.162_819_005_114_428_7, 1.0)
        ]
    );
    let digits: Vec<i64> = (0..10).collect();
    assert_eq!(make(digits.clone(), edges).limits.len(), 315);
    let five = make(digits, &custom(&[0.0, 1.8, 3.6, 5.4, 7.2, 9.0]));
    assert_eq!(five.counts, [0.0, 2.0, 2.0, 2.0, 2.0, 2.0]);
    let bins = make(vec![1.0], &custom(&[0.0, 1.0, 2.0]));
    assert_eq!((bins.limits, bins.counts), (vec![1.0, 2.0], vec![0.0, 1.0]));
}

#[test]
fn max_bins_joins_neighbours() {
    let samples = Samples::from((0..1024).collect::<Vec<i32>>());
    let edges = custom(&(0..=11).map(|i| f64::from(i) * 93.0).collect::<Vec<_>>());
    let made = histogram(&samples, &edges, Some(5), None).unwrap();
    assert_eq!(
        made.limits,
        [0.0, 186.0, 372.0, 558.0, 744.0, 930.0, 1023.0]
    );
    assert_eq!(made.counts, [0.0, 186.0, 186.0, 186.0, 186.0, 186.0, 94.0]);
    let all = histogram(&samples, &edges, Some(11), None).unwrap();
    assert_eq!(all.counts.len(), 12);
}

#[test]
fn wrong_arguments_are_named() {
    let edges = Edges::default_edges();
    let empty = histogram(&Samples::from(Vec::<f32>::new()), edges, None, None).unwrap_err();
    assert!(empty.is_argument() && empty.to_string().contains("`values`"));
    let none = histogram(&Samples::from(vec![1_u8]), edges, Some(0), None).unwrap_err();
    assert!(none.is_argument() && none.to_string().contains("`max_bins`"));
    for wrong in [
        vec![],
        vec![1.0],
        vec![0.0, f64::NAN],
        vec![0.0, f64::INFINITY],
        vec![0.0, 2.0, 1.0],
    ] {
        let error = Edges::new(wrong).unwrap_err();
        assert!(error.is_argument() && error.to_string().contains("`bins`"));
    }
}

#[test]
fn diverged_values_still_make_a_chart() {
    let edges = Edges::default_edges();
    let huge = make(vec![1e30, -2e30, f64::NAN], edges);
    assert_eq!(
        (huge.limits, huge.counts),
        (vec![-2e30, 1e30], vec![0.0, 2.0])
    );
    assert_eq!(
        (huge.num, huge.skipped.nan, huge.skipped.out_of_range),
        (2.0, 1, 2)
    );
    let nothing = make(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY], edges);
    assert_eq!((nothing.limits, nothing.counts), (vec![0.0], vec![0.0]));
    assert_eq!(
        [
            nothing.min,
            nothing.max,
            nothing.num,
            nothing.sum,
            nothing.sum_squares
        ],
        [0.0; 5]
    );
    assert_eq!((nothing.skipped.nan, nothing.skipped.infinite), (1, 2));
}

#[test]
fn values_around_every_edge() {
    let specials = [
        0.0,
        -0.0,
        f64::MIN_POSITIVE,
        5e-324,
        1e300,
        f64::MAX,
        f64::MIN,
        f64::NAN,
        f64::INFINITY,
    ];
    let repeated = custom(&[
        -1.0,
        -1.0,
        -1e-40,
        0.0,
        0.0,
        1e-40,
        0.1,
        0.100_000_001,
        3.0,
        1e38,
        1e39,
        1e39,
    ]);
    for edges in [Edges::default_edges(), &repeated] {
        let doubles: Vec<f64> = (edges.as_slice().iter())
            .flat_map(|edge| [edge.next_down(), *edge, edge.next_up()])
            .chain(specials)
            .collect();
        let singles: Vec<f32> = (doubles.iter())
            .flat_map(|&v| [(v as f32).next_down(), v as f32, (v as f32).next_up()])
            .chain([f32::from_bits(1), -f32::from_bits(1)])
            .collect();
        // Again with enough values for a table of edges that are not the default.
        check(singles.repeat(2), edges);
        check(doubles.clone(), edges);
        check(doubles.repeat(20_000 / doubles.len()), edges);
    }
}

#[test]
fn every_value_of_the_small_types() {
    for edges in [
        Edges::default_edges(),
        &custom(&[-100.0, -0.5, 0.0, 0.1, 7.0, 7.0, 300.0]),
    ] {
        for repeats in [1, 9] {
            check([false, true].repeat(repeats), edges);
            check((0..=u8::MAX).collect::<Vec<_>>().repeat(repeats), edges);
            check(
                (i8::MIN..=i8::MAX).collect::<Vec<_>>().repeat(repeats),
                edges,
            );
        }
    }
    let edges = custom(&[-1e4, -3.0, -0.0, 1e-6, 0.5, 2.0, 60_000.0]);
    for repeats in [1, 8] {
        check((0..=u16::MAX).collect::<Vec<_>>().repeat(repeats), &edges);
        check(
            (i16::MIN..=i16::MAX).collect::<Vec<_>>().repeat(repeats),
            &edges,
        );
        check(
            (0..=u16::MAX)
                .map(f16::from_bits)
                .collect::<Vec<_>>()
                .repeat(repeats),
            &edges,
        );
        check(
            (0..=u16::MAX)
                .map(bf16::from_bits)
                .collect::<Vec<_>>()
                .repeat(repeats),
            &edges,
        );
    }
}

#[test]
fn many_edges_do_without_a_table() {
    let edges = custom(&(0..5000).map(|i| f64::from(i) / 10.0).collect::<Vec<_>>());
    check((0..4000).map(|i| i as f32 / 7.0).collect(), &edges);
}

#[test]
fn threads_change_nothing() {
    let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let edges = Edges::default_edges();
    let mut state = 1_u32;
    let values: Vec<f32> = (0..700_001)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from_bits(state)
        })
        .collect();
    // Few codes are shared out from more values on.
    let many = values.iter().cycle().take(2_200_000);
    let halves: Vec<bf16> = many.map(|&v| bf16::from_f32(v)).collect();
    for samples in [Samples::from(values), Samples::from(halves)] {
        let alone = histogram(&samples, edges, None, None).unwrap();
        assert_eq!(
            histogram(&samples, edges, None, Some(&pool)).unwrap(),
            alone
        );
    }
}

/// Edges as people pass them, with equal neighbours now and then.
fn any_edges() -> impl Strategy<Value = Edges> {
    let edge = prop_oneof![
        -4.0..4.0,
        Just(0.0),
        Just(1.0),
        any::<f64>().prop_filter("finite", |v| v.is_finite())
    ];
    let custom = vec(edge, 2..60).prop_map(|mut edges| {
        edges.sort_by(f64::total_cmp);
        Edges::new(edges).unwrap()
    });
    prop_oneof![Just(Edges::default_edges().clone()), custom]
}

macro_rules! agrees {
    ($($name:ident: $value:expr;)*) => {proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        $(
            #[test]
            fn $name(values in vec($value, 0..400), edges in any_edges(), repeats in prop_oneof![Just(1), Just(60)]) {
                check(values.repeat(repeats), &edges);
            }
        )*
    }};
}

agrees! {
    bool_agrees: any::<bool>();
    u8_agrees: any::<u8>();
    u16_agrees: any::<u16>();
    u32_agrees: any::<u32>();
    u64_agrees: any::<u64>();
    i8_agrees: any::<i8>();
    i16_agrees: any::<i16>();
    i32_agrees: any::<i32>();
    i64_agrees: any::<i64>();
    f16_agrees: any::<u16>().prop_map(f16::from_bits);
    bf16_agrees: any::<u16>().prop_map(bf16::from_bits);
    f32_agrees: prop_oneof![-5.0_f32..5.0, any::<u32>().prop_map(f32::from_bits)];
    f64_agrees: prop_oneof![-5.0_f64..5.0, any::<u64>().prop_map(f64::from_bits)];
}
