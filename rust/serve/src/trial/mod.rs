//! All calls over files that are damaged in any way, and that grow: none fails, and none contradicts the reader.
//!
//! Property tests and a fuzzer choose the files.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed trial")]

mod asking;
mod files;
pub(crate) mod logs;

use std::collections::BTreeMap;

use tensorbolt::reader::{Input, Log as Reader, Origin, Policy, Wanted, Watch, event_files};

use crate::calls;
use crate::catalog::Catalog;
use crate::log::Log;
use crate::pattern::Pattern;
use crate::samples::Samples;
use asking::ask;
use files::bytes;
pub use files::{Damage, Part, Written};
use logs::{Logs, asked};

/// From run and tag to steps and values.
type Points<V> = BTreeMap<(String, String), Vec<(i64, V)>>;
type Curves = Points<u32>;

/// Bits, of which NaN has one form.
fn bits(value: f32) -> u32 {
    if value.is_nan() { f32::NAN } else { value }.to_bits()
}

/// What the reader makes of the same files.
fn read(logs: &Logs) -> (Curves, Points<f64>) {
    let mut reader = Reader::new(Wanted::default(), Box::new(|_| true), 1);
    let files = event_files(logs.directory.path(), 1).unwrap().into_iter();
    let input = |file: tensorbolt::reader::Found| Input {
        run: file.run,
        name: file.path.to_string_lossy().into(),
        origin: Origin::Path(file.path),
    };
    reader.set_files(files.map(|file| (input(file), 0)).collect());
    reader.read_watched(&Watch::none()).unwrap();
    let scalars = reader.scalars(Policy::default()).unwrap();
    let (mut singles, mut doubles, mut from) = (Curves::new(), BTreeMap::new(), 0);
    for group in &scalars.groups {
        let key = (
            scalars.runs[group.run as usize].clone(),
            scalars.tags[group.tag as usize].clone(),
        );
        let part = from..from + group.count;
        let points = scalars.steps[part.clone()]
            .iter()
            .copied()
            .zip(scalars.values[part].iter().copied());
        let points: Vec<_> = points.collect();
        let rounded = points
            .iter()
            .map(|&(step, value)| (step, bits(value as f32)));
        singles.insert(key.clone(), rounded.collect());
        doubles.insert(key, points);
        from += group.count;
    }
    (singles, doubles)
}

fn shown(catalog: &Catalog) -> Curves {
    let reply = calls::read_scalars(catalog, &asked("scalars", 1000)).unwrap();
    let mut all = Curves::new();
    for run in reply.runs {
        for tag in run.tags {
            let data = tag.content.unwrap();
            assert_eq!(data.step.len(), data.wall_time.len());
            let points = data.step.into_iter().zip(data.value.into_iter().map(bits));
            all.insert((run.run_name.clone(), tag.tag_name), points.collect());
        }
    }
    all
}

/// Writes files, asks all calls now and then while they grow, and compares the curves with those that the reader makes of them.
///
/// # Panics
///
/// If a call fails, or contradicts the reader.
pub fn try_all(all: &[Written]) {
    let mut logs = Logs::new();
    let settings = || Samples::new(vec![("scalars".into(), None), ("images".into(), None)]);
    logs.log = Log::new(settings(), true, usize::MAX, None);
    logs.log.group(vec![Pattern::new("^(run)").unwrap()]);
    let (mut size, mut last) = (0, Catalog::default());
    for one in all {
        let new = bytes(one);
        size += new.len();
        let path = logs.file(&format!("run{}", one.run % 3), (one.file % 2).into());
        let mut old = std::fs::read(&path).unwrap_or_default();
        old.extend(new);
        std::fs::write(path, old).unwrap();
        if one.looks {
            let (any, catalog) = logs.look();
            if any {
                ask(&catalog, size);
                last = catalog;
            }
        }
    }
    let (any, catalog) = logs.look();
    let catalog = if any { catalog } else { last };
    ask(&catalog, size);

    let mut found = shown(&catalog);
    let groups: Curves = found
        .extract_if(.., |(run, _), _| run.starts_with("run ["))
        .collect();
    let (singles, doubles) = read(&logs);
    assert_eq!(&found, &singles);
    let mut fresh = Logs::new();
    std::mem::swap(&mut fresh.directory, &mut logs.directory);
    fresh.log = Log::new(settings(), true, usize::MAX, None);
    assert_eq!(&shown(&fresh.look().1), &singles);

    let mut sums: BTreeMap<(String, i64), (f64, f64)> = BTreeMap::new();
    for ((_, tag), points) in doubles {
        for (step, value) in points {
            let sum = sums.entry((tag.clone(), step)).or_default();
            (sum.0, sum.1) = (sum.0 + value, sum.1 + 1.0);
        }
    }
    let mut means = Curves::new();
    for ((tag, step), (sum, count)) in sums {
        let points = means.entry(("run [mean]".into(), tag)).or_default();
        points.push((step, bits((sum / count) as f32)));
    }
    let shown: Curves = groups
        .into_iter()
        .filter(|((run, _), _)| run == "run [mean]")
        .collect();
    assert_eq!(shown, means);
}
