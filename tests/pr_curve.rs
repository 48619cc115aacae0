//! Precision-recall curves against a plain reference.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::collection::vec;
use proptest::prelude::*;
use tensorbolt::pr_curve::{MAX_THRESHOLDS, Predictions, ROWS, pr_curve};

/// One element: label, prediction, weight. Eighths add up without rounding.
fn element() -> impl Strategy<Value = (f64, f64, f64)> {
    let eighth = |range: std::ops::RangeInclusive<i32>| range.prop_map(|n| f64::from(n) / 8.0);
    let prediction = prop_oneof![
        8 => 0.0..=1.0,
        2 => eighth(-4..=16),
        1 => any::<f64>(),
        1 => Just(f64::NAN),
    ];
    (eighth(0..=8), prediction, eighth(0..=32))
}

/// One threshold after the other, one element after the other.
fn reference(elements: &[(f64, f64, f64)], thresholds: usize) -> Vec<f64> {
    let last = (thresholds - 1) as f64;
    let sum = |threshold: usize, share: &dyn Fn(f64) -> f64| -> f64 {
        elements
            .iter()
            .filter(|(_, p, _)| {
                let bucket = (p * last).floor();
                bucket >= threshold as f64 && bucket <= last
            })
            .map(|(label, _, weight)| share(*label) * weight)
            .sum::<f64>()
            + 0.0
    };
    let tp: Vec<f64> = (0..thresholds).map(|at| sum(at, &|label| label)).collect();
    let fp: Vec<f64> = (0..thresholds)
        .map(|at| sum(at, &|label| 1.0 - label))
        .collect();
    let tn = fp.iter().map(|count| fp[0] - count);
    let fn_: Vec<f64> = tp.iter().map(|count| tp[0] - count).collect();
    let share = |part: f64, rest: f64| part / (part + rest).max(1e-7);
    let precision = tp.iter().zip(&fp).map(|(&tp, &fp)| share(tp, fp));
    let recall = tp.iter().zip(&fn_).map(|(&tp, &fn_)| share(tp, fn_));
    let mut curve = [tp.clone(), fp.clone()].concat();
    curve.extend(tn);
    curve.extend(&fn_);
    curve.extend(precision);
    curve.extend(recall);
    curve
}

proptest! {
    #[test]
    fn counts_are_those_of_the_reference(
        elements in vec(element(), 0..200),
        thresholds in prop_oneof![1_usize..300, Just(1), Just(2), Just(127)],
    ) {
        let labels: Vec<f64> = elements.iter().map(|element| element.0).collect();
        let predictions: Vec<f64> = elements.iter().map(|element| element.1).collect();
        let weights: Vec<f64> = elements.iter().map(|element| element.2).collect();
        let made = pr_curve(&labels, Predictions::Double(&predictions), Some(&weights), thresholds).unwrap();
        prop_assert_eq!(made, reference(&elements, thresholds));

        let alike: Vec<_> = elements.iter().map(|&(l, p, _)| (l, p, 1.0)).collect();
        let made = pr_curve(&labels, Predictions::Double(&predictions), None, thresholds).unwrap();
        prop_assert_eq!(made, reference(&alike, thresholds));
    }

    #[test]
    fn single_precision_is_rounded_as_such(
        predictions in vec(0.0_f32..=1.0, 1..50),
        thresholds in 2_usize..200,
    ) {
        // A threshold met only after rounding to single precision is met.
        let buckets: Vec<f64> = predictions
            .iter()
            .map(|p| f64::from((p * (thresholds - 1) as f32).floor()) / (thresholds - 1) as f64 + 1e-9)
            .collect();
        let labels = vec![1.0; predictions.len()];
        let single = pr_curve(&labels, Predictions::Single(&predictions), None, thresholds).unwrap();
        let double = pr_curve(&labels, Predictions::Double(&buckets), None, thresholds).unwrap();
        prop_assert_eq!(single, double);
    }
}

#[test]
fn blocks_are_summed_as_by_numpy() {
    // 2 ** 53 swallows every 1 that is added to it alone, but not the sum of a later block.
    let mut labels = vec![1.0; 3 << 16];
    labels[0] = 9_007_199_254_740_992.0;
    let predictions = vec![1.0; labels.len()];
    let curve = pr_curve(&labels, Predictions::Double(&predictions), None, 1).unwrap();
    assert_eq!(curve[0], 9_007_199_254_740_992.0 + f64::from(2 << 16));
}

#[test]
fn a_weight_that_is_nan_shows() {
    let curve = pr_curve(
        &[1.0, 1.0],
        Predictions::Double(&[0.2, 0.9]),
        Some(&[f64::NAN, 1.0]),
        3,
    )
    .unwrap();
    assert!(curve[0].is_nan() && curve[3 * 4].is_nan());
    assert_eq!(curve[2], 0.0);
    assert_eq!(curve[1], 1.0);
}

#[test]
fn nothing_makes_zeros() {
    let curve = pr_curve(&[], Predictions::Single(&[]), None, 5).unwrap();
    assert_eq!(curve, vec![0.0; 5 * ROWS]);
}

#[test]
fn wrong_arguments_are_refused() {
    let none = Predictions::Double(&[]);
    for thresholds in [0, MAX_THRESHOLDS + 1, usize::MAX] {
        let error = pr_curve(&[], none, None, thresholds).unwrap_err();
        assert!(error.is_argument() && error.to_string().contains("num_thresholds"));
    }
    assert!(pr_curve(&[], none, None, MAX_THRESHOLDS).is_ok());
    assert!(pr_curve(&[1.0], none, None, 3).unwrap_err().is_shape());
    assert!(pr_curve(&[], none, Some(&[1.0]), 3).unwrap_err().is_shape());
}
