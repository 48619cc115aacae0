//! Histograms of several arrays at once are those of each array alone.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use half::bf16;
use proptest::collection::vec;
use proptest::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tensorbolt::histogram::{Edges, Values, histogram, histograms};
use tensorbolt::samples::Samples;

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
}

/// An array whose values may have to be copied, as those of a view with gaps.
struct Array {
    samples: Samples<'static>,
    scattered: bool,
}

impl Values for Array {
    fn in_place(&self) -> Option<Samples<'_>> {
        (!self.scattered).then(|| Values::samples(&self.samples))
    }

    fn samples(&self) -> Samples<'_> {
        Values::samples(&self.samples)
    }

    fn len(&self) -> usize {
        self.samples.len()
    }
}

/// Values of many magnitudes and both signs, with some that no bucket counts.
fn values(count: usize, seed: usize) -> Vec<f32> {
    (0..count)
        .map(|place| match (place * 7 + seed) % 1000 {
            0 => f32::NAN,
            1 => f32::INFINITY,
            other => (other as f32 - 500.0) * 1e-3 * 0.7_f32.powi((place % 60) as i32),
        })
        .collect()
}

fn check(arrays: &[Array], edges: &Edges) {
    let alone: Vec<_> = arrays
        .iter()
        .map(|array| histogram(&array.samples, edges, None, None).unwrap())
        .collect();
    assert_eq!(histograms(arrays, edges, None).unwrap(), alone);
    for threads in [1, 2, 3] {
        let together = histograms(arrays, edges, Some(&pool(threads))).unwrap();
        assert_eq!(together, alone, "{threads} threads");
    }
}

#[test]
fn sections_of_all_arrays_are_shared_out() {
    // Lengths below, at and above the ends of a section, in place and not.
    let lengths = [1, 7, 131_071, 131_072, 131_073, 300_000, 5, 400_001];
    let arrays: Vec<Array> = lengths
        .iter()
        .enumerate()
        .map(|(seed, &length)| Array {
            samples: values(length, seed).into(),
            scattered: seed % 3 == 2,
        })
        .collect();
    check(&arrays, Edges::default_edges());
    check(&arrays, &Edges::new(vec![-1.0, 0.0, 1e-3, 0.2]).unwrap());
}

#[test]
fn large_arrays_that_are_counted_as_a_whole_have_all_threads() {
    let large = (1 << 21) + 1;
    let codes: Vec<bf16> = (0..large)
        .map(|place| bf16::from_f32((place % 300) as f32 - 150.0))
        .collect();
    let arrays = [
        Array {
            samples: vec![true, false, true].into(),
            scattered: false,
        },
        Array {
            samples: codes.into(),
            scattered: false,
        },
        Array {
            samples: values(large, 1).into(),
            scattered: true,
        },
        Array {
            samples: values(1000, 2).into(),
            scattered: false,
        },
    ];
    check(&arrays, Edges::default_edges());
}

#[test]
fn an_empty_array_is_refused_and_none_is_fine() {
    let edges = Edges::default_edges();
    let arrays = [
        Samples::from(vec![1.0_f64]),
        Samples::from(Vec::<f64>::new()),
    ];
    let error = histograms(&arrays, edges, None).unwrap_err();
    assert!(error.is_argument(), "{error}");
    assert!(
        histograms::<Samples<'_>>(&[], edges, None)
            .unwrap()
            .is_empty()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_arrays(arrays in vec((vec(any::<f64>(), 1..300), any::<bool>(), 1_usize..3000), 0..6)) {
        let pool = pool(2);
        let edges = Edges::default_edges();
        let arrays: Vec<Array> = arrays
            .into_iter()
            .map(|(values, scattered, repeats)| Array { samples: values.repeat(repeats).into(), scattered })
            .collect();
        let alone: Vec<_> = arrays
            .iter()
            .map(|array| histogram(&array.samples, edges, None, None).unwrap())
            .collect();
        prop_assert_eq!(histograms(&arrays, edges, Some(&pool)).unwrap(), alone);
    }
}
