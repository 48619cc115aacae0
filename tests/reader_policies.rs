//! Restarts and repeated steps in the reader.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod reader_files;

use reader_files::{Files, scalar, start};
use tensorbolt::reader::{Duplicates, Policy, Restarts, Wanted};

#[test]
fn a_restart_outside_of_the_wanted_steps_counts_all_the_same() {
    let files = Files::new();
    let steps = [5, 10, 15, 3, 10];
    let bytes: Vec<u8> = (0_u8..)
        .zip(steps)
        .flat_map(|(value, step)| scalar("a", step, value.into()))
        .collect();
    files.write("events.out.tfevents.1", &bytes);
    let wanted = Wanted {
        steps: (10, 19),
        ..Wanted::default()
    };
    let scalars = files.log_with(wanted, |_| true, 1).scalars();
    assert_eq!((scalars.steps, scalars.values), (vec![10], vec![4.0]));
}

/// One row of the table below: what the files hold, and the steps and values that are read by each policy.
struct Case {
    name: &'static str,
    files: Vec<Vec<u8>>,
    /// Purged, with the last, the first, and all of equal steps; kept, with the same.
    found: [&'static [(i64, f32)]; 6],
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn restarts_and_duplicates_are_handled_as_asked() {
    let points = |points: &[(i64, f32)]| -> Vec<u8> {
        points
            .iter()
            .flat_map(|&(step, value)| scalar("a", step, value))
            .collect()
    };
    let same = |found: &'static [(i64, f32)]| [found; 6];
    let cases = [
        Case {
            name: "ascending",
            files: vec![points(&[(0, 0.0), (1, 1.0), (2, 2.0)])],
            found: same(&[(0, 0.0), (1, 1.0), (2, 2.0)]),
        },
        Case {
            name: "steps go back",
            files: vec![points(&[(0, 0.0), (1, 1.0), (2, 2.0), (1, 3.0), (2, 4.0)])],
            found: [
                &[(0, 0.0), (1, 3.0), (2, 4.0)],
                &[(0, 0.0), (1, 3.0), (2, 4.0)],
                &[(0, 0.0), (1, 3.0), (2, 4.0)],
                &[(0, 0.0), (1, 3.0), (2, 4.0)],
                &[(0, 0.0), (1, 1.0), (2, 2.0)],
                &[(0, 0.0), (1, 1.0), (2, 2.0), (1, 3.0), (2, 4.0)],
            ],
        },
        Case {
            name: "the same step twice",
            files: vec![points(&[(0, 0.0), (0, 1.0), (3, 2.0)])],
            found: [
                &[(0, 1.0), (3, 2.0)],
                &[(0, 0.0), (3, 2.0)],
                &[(0, 0.0), (0, 1.0), (3, 2.0)],
                &[(0, 1.0), (3, 2.0)],
                &[(0, 0.0), (3, 2.0)],
                &[(0, 0.0), (0, 1.0), (3, 2.0)],
            ],
        },
        Case {
            name: "a start, and no value after it",
            files: vec![[points(&[(0, 0.0), (1, 1.0), (2, 2.0)]), start(1)].concat()],
            found: [
                &[(0, 0.0)],
                &[(0, 0.0)],
                &[(0, 0.0)],
                &[(0, 0.0), (1, 1.0), (2, 2.0)],
                &[(0, 0.0), (1, 1.0), (2, 2.0)],
                &[(0, 0.0), (1, 1.0), (2, 2.0)],
            ],
        },
        Case {
            name: "a start at the head of the first file",
            files: vec![[start(5), points(&[(5, 0.0), (6, 1.0)])].concat()],
            found: same(&[(5, 0.0), (6, 1.0)]),
        },
        Case {
            name: "a second file goes on",
            files: vec![points(&[(0, 0.0), (1, 1.0)]), points(&[(2, 2.0), (3, 3.0)])],
            found: same(&[(0, 0.0), (1, 1.0), (2, 2.0), (3, 3.0)]),
        },
        Case {
            name: "a second file goes back without a start",
            files: vec![points(&[(0, 0.0), (1, 1.0), (2, 2.0)]), points(&[(1, 3.0)])],
            found: [
                &[(0, 0.0), (1, 3.0)],
                &[(0, 0.0), (1, 3.0)],
                &[(0, 0.0), (1, 3.0)],
                &[(0, 0.0), (1, 3.0), (2, 2.0)],
                &[(0, 0.0), (1, 1.0), (2, 2.0)],
                &[(0, 0.0), (1, 1.0), (2, 2.0), (1, 3.0)],
            ],
        },
        Case {
            name: "a second file begins with a start, and logs later steps",
            files: vec![
                points(&[(0, 0.0), (1, 1.0), (2, 2.0)]),
                [start(1), points(&[(7, 3.0)])].concat(),
            ],
            found: [
                &[(0, 0.0), (7, 3.0)],
                &[(0, 0.0), (7, 3.0)],
                &[(0, 0.0), (7, 3.0)],
                &[(0, 0.0), (1, 1.0), (2, 2.0), (7, 3.0)],
                &[(0, 0.0), (1, 1.0), (2, 2.0), (7, 3.0)],
                &[(0, 0.0), (1, 1.0), (2, 2.0), (7, 3.0)],
            ],
        },
        Case {
            name: "a start in a file between two that have the tag",
            files: vec![points(&[(0, 0.0), (1, 1.0)]), start(1), points(&[(9, 2.0)])],
            found: [
                &[(0, 0.0), (9, 2.0)],
                &[(0, 0.0), (9, 2.0)],
                &[(0, 0.0), (9, 2.0)],
                &[(0, 0.0), (1, 1.0), (9, 2.0)],
                &[(0, 0.0), (1, 1.0), (9, 2.0)],
                &[(0, 0.0), (1, 1.0), (9, 2.0)],
            ],
        },
        Case {
            name: "two starts, the lower one first",
            files: vec![
                [
                    points(&[(0, 0.0), (3, 1.0)]),
                    start(1),
                    start(8),
                    points(&[(9, 2.0)]),
                ]
                .concat(),
            ],
            found: [
                &[(0, 0.0), (9, 2.0)],
                &[(0, 0.0), (9, 2.0)],
                &[(0, 0.0), (9, 2.0)],
                &[(0, 0.0), (3, 1.0), (9, 2.0)],
                &[(0, 0.0), (3, 1.0), (9, 2.0)],
                &[(0, 0.0), (3, 1.0), (9, 2.0)],
            ],
        },
        Case {
            name: "two writers at once",
            files: vec![
                points(&[(0, 0.0), (2, 1.0), (4, 2.0)]),
                points(&[(1, 3.0), (3, 4.0)]),
            ],
            found: [
                &[(0, 0.0), (1, 3.0), (3, 4.0)],
                &[(0, 0.0), (1, 3.0), (3, 4.0)],
                &[(0, 0.0), (1, 3.0), (3, 4.0)],
                &[(0, 0.0), (1, 3.0), (2, 1.0), (3, 4.0), (4, 2.0)],
                &[(0, 0.0), (1, 3.0), (2, 1.0), (3, 4.0), (4, 2.0)],
                &[(0, 0.0), (2, 1.0), (4, 2.0), (1, 3.0), (3, 4.0)],
            ],
        },
        Case {
            name: "negative steps",
            files: vec![points(&[(-5, 0.0), (-2, 1.0), (i64::MAX, 2.0), (-3, 3.0)])],
            found: [
                &[(-5, 0.0), (-3, 3.0)],
                &[(-5, 0.0), (-3, 3.0)],
                &[(-5, 0.0), (-3, 3.0)],
                &[(-5, 0.0), (-3, 3.0), (-2, 1.0), (i64::MAX, 2.0)],
                &[(-5, 0.0), (-3, 3.0), (-2, 1.0), (i64::MAX, 2.0)],
                &[(-5, 0.0), (-2, 1.0), (i64::MAX, 2.0), (-3, 3.0)],
            ],
        },
    ];
    let policies = [Restarts::Purge, Restarts::Keep]
        .into_iter()
        .flat_map(|restarts| {
            [Duplicates::Last, Duplicates::First, Duplicates::All].map(|duplicates| Policy {
                restarts,
                duplicates,
            })
        });
    let policies: Vec<_> = policies.collect();
    for case in cases {
        let files = Files::new();
        for (number, bytes) in case.files.iter().enumerate() {
            files.write(&format!("events.out.tfevents.{number}"), bytes);
        }
        let log = files.log();
        for (policy, wanted) in policies.iter().zip(case.found) {
            let scalars = log.0.scalars(*policy).unwrap();
            let found: Vec<_> = scalars
                .steps
                .into_iter()
                .zip(scalars.values.into_iter().map(|value| value as f32))
                .collect();
            assert_eq!(found, wanted, "{}, {policy:?}", case.name);
        }
    }
}

#[test]
fn a_step_that_is_there_twice_is_an_error_if_asked_for() {
    let files = Files::new();
    files.write(
        "events.out.tfevents.1",
        &[scalar("a", 1, 1.0), scalar("a", 1, 2.0)].concat(),
    );
    let policy = Policy {
        duplicates: Duplicates::Error,
        ..Policy::default()
    };
    let error = files.log().0.scalars(policy).unwrap_err();
    assert!(error.is_argument());
    assert!(error.to_string().contains("tag \"a\" at step 1"), "{error}");
}
