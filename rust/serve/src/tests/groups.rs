//! Runs that are computed of others, while these grow.

use std::fs;

use tensorbolt::proto::summary::{Data, Summary, SummaryMetadata};
use tensorbolt::proto::tensor::TensorProto;

use super::{Logs, curve, event, number, start};
use crate::calls;
use crate::catalog::Catalog;
use crate::log::Log;
use crate::pattern::Pattern;
use crate::samples::Samples;

fn logs(memory: usize) -> Logs {
    let mut logs = Logs::new();
    logs.log = Log::new(Samples::default(), true, memory, None);
    logs.log
        .group(vec![Pattern::new(r"^(.*)/seed\d+$").unwrap()]);
    logs
}

fn steps(range: std::ops::Range<i64>, value: impl Fn(i64) -> f32) -> Vec<Vec<u8>> {
    range.map(|step| number("x", step, value(step))).collect()
}

fn names(catalog: &Catalog) -> Vec<String> {
    let runs = calls::runs(catalog).runs.into_iter();
    runs.map(|run| run.name).collect()
}

#[test]
fn a_group_follows_its_members() {
    let mut logs = logs(usize::MAX);
    logs.append("lr/seed1", 1, &steps(0..3, |step| step as f32));
    logs.append("lr/seed2", 1, &steps(0..2, |_| 5.0));
    logs.append("other", 1, &steps(0..2, |_| 100.0));
    let (_, catalog) = logs.look();
    assert_eq!(
        names(&catalog),
        [
            "lr [max]",
            "lr [mean]",
            "lr [min]",
            "lr/seed1",
            "lr/seed2",
            "other"
        ]
    );
    assert_eq!(
        curve(&catalog, "lr [mean]", "x"),
        [(0, 2.5), (1, 3.0), (2, 2.0)]
    );
    assert_eq!(
        curve(&catalog, "lr [min]", "x"),
        [(0, 0.0), (1, 1.0), (2, 2.0)]
    );
    assert_eq!(
        curve(&catalog, "lr [max]", "x"),
        [(0, 5.0), (1, 5.0), (2, 2.0)]
    );
    assert!(!logs.look().0);
    // One goes on, one starts again, one is new, and one goes.
    logs.append("lr/seed2", 1, &steps(2..3, |_| 6.0));
    logs.append("lr/seed1", 2, &[start(1), number("x", 1, 9.0)]);
    logs.append("lr/seed3", 1, &steps(1..2, |_| 10.0));
    let (_, catalog) = logs.look();
    assert_eq!(
        curve(&catalog, "lr [mean]", "x"),
        [(0, 2.5), (1, 8.0), (2, 6.0)]
    );
    for seed in ["lr/seed1", "lr/seed2", "lr/seed3"] {
        fs::remove_dir_all(logs.directory.path().join(seed)).unwrap();
        let (_, catalog) = logs.look();
        assert_eq!(catalog.run("lr [mean]").is_some(), seed != "lr/seed3");
    }
}

#[test]
fn a_mean_is_of_all_points_in_double_precision_however_few_are_shown() {
    let mut logs = logs(usize::MAX);
    let double = |step: i64, value: f64| {
        let tensor = Data::Tensor(TensorProto::double(value));
        let described = Summary::described("x", tensor, SummaryMetadata::plugin("scalars"));
        event(step, described)
    };
    // Their sum is a small number; in float32 it would be another one.
    let value = |step: i64| 1e9 + (step * 7919 % 10_007) as f64 / 8.0;
    let all =
        |sign: f64, add: f64| (0..20_000).map(move |step| double(step, sign * value(step) + add));
    logs.append("lr/seed1", 1, &all(1.0, 0.25).collect::<Vec<_>>());
    logs.append("lr/seed2", 1, &all(-1.0, 0.5).collect::<Vec<_>>());
    let (_, catalog) = logs.look();
    let mean = curve(&catalog, "lr [mean]", "x");
    assert!(
        mean.len() > 200 && mean.iter().all(|point| point.1 == 0.375),
        "{mean:?}"
    );
    // A peak of one member is one of the group.
    logs.append("lr/seed1", 2, &[double(20_000, 8e9), double(20_001, 0.0)]);
    let (_, catalog) = logs.look();
    assert!(curve(&catalog, "lr [max]", "x").contains(&(20_000, 8e9)));
}

#[test]
fn with_little_memory_a_mean_is_still_one_of_values_at_the_same_step() {
    let mut logs = logs(100_000);
    let value = |step: i64| (step * 7919 % 10_007) as f32;
    for (seed, add) in [1.0, 2.0, 6.0].into_iter().enumerate() {
        let run = format!("lr/seed{seed}");
        logs.append(&run, 1, &steps(0..10_000, |step| value(step) + add));
        // Members come one after the other.
        let (_, catalog) = logs.look();
        let mean = curve(&catalog, "lr [mean]", "x");
        let add = [1.0, 1.5, 3.0][seed];
        assert!(mean.iter().all(|&(step, mean)| mean == value(step) + add));
        assert!(mean.len() > 50, "{}", mean.len());
        // With those that are computed.
        let curves = catalog.runs.iter().flat_map(|run| &run.scalars);
        let bytes: usize = curves.map(|one| one.points.bytes()).sum();
        assert!(bytes <= 100_000, "{bytes}");
    }
}

#[test]
fn a_group_has_the_name_of_no_run_and_a_pattern_without_runs_is_said() {
    let mut logs = logs(usize::MAX);
    assert_eq!(logs.look().1.runs.len(), 0);
    assert_eq!(logs.log.state().1, None);
    logs.append("lr [mean]", 1, &steps(0..1, |_| 1.0));
    logs.look();
    let said = logs.log.state().1.unwrap();
    assert!(
        said.contains("none of 1 run, such as \"lr [mean]\""),
        "{said}"
    );
    logs.append("lr/seed1", 1, &steps(0..1, |_| 2.0));
    let (_, catalog) = logs.look();
    assert_eq!(logs.log.state().1, None);
    assert_eq!(curve(&catalog, "lr [mean]", "x"), [(0, 1.0)]);
    assert_eq!(curve(&catalog, "lr [[mean]]", "x"), [(0, 2.0)]);
}
