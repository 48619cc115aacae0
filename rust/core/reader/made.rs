//! Scalars of a log that no event file has: they are made of other files.

use std::sync::Arc;

use super::contents::Contents;
use super::frames::Gap;
use super::kind::Kind;
use super::log::{Input, Log, LogFile, Origin};
use super::series::Point;
use super::tags::Form;

/// Scalars of one run that are being made.
#[derive(Debug, Default)]
pub struct Made(Contents);

impl Log {
    /// Takes a point, unless its tag, its step or scalars are not wanted.
    pub fn push(&self, made: &mut Made, tag: &[u8], step: i64, time: f64, value: f64) {
        let Made(contents) = made;
        contents.events += 1;
        if time.is_finite() {
            let (first, last) = contents.times.unwrap_or((time, time));
            contents.times = Some((first.min(time), last.max(time)));
        }
        let (tag, _) = contents.tags.intern(tag, &*self.wants_tag);
        if tag.is_wanted && self.wanted.kinds.has(Kind::Scalars) {
            let point = Point {
                step,
                time,
                value: Some(value),
                place: None,
                bytes: size_of::<f64>() as u64,
            };
            let series = tag.series_mut(Form::Number);
            series.push(point, &contents.starts, self.wanted.steps);
        }
    }

    /// Adds what was made to a run, in place of what was made of this name before. Scalars of the same tags in its event files are left out, if it replaces them.
    pub fn add_made(&mut self, run: &str, name: &str, made: Made, replaces: bool) {
        let Made(mut contents) = made;
        if replaces {
            let of_run = |file: &&mut LogFile| file.input.run == run;
            for file in self.files.iter_mut().filter(of_run) {
                for tag in contents.tags.iter() {
                    file.contents.tags.forget_scalars(&tag.name);
                }
            }
        }
        self.files
            .retain(|file| !file.is_made || file.input.run != run || file.input.name != name);
        contents.begin = Some(0);
        let input = Input {
            run: run.into(),
            name: name.into(),
            origin: Origin::Other(Arc::new(Vec::new())),
        };
        let mut file = LogFile::new(input, 0);
        (file.contents, file.is_made) = (contents, true);
        self.files.push(file);
        self.sort();
    }
}

impl Log {
    pub(super) fn sort(&mut self) {
        // What was made of streams stays after all event files, in which a session may begin that replaces points.
        let key = |file: &LogFile| {
            let Input { run, name, .. } = &file.input;
            (run.clone(), file.is_made, name.clone())
        };
        self.files.sort_by_cached_key(key);
    }
}

impl Made {
    /// The run was resumed: what it had from this step on is replaced.
    pub fn start(&mut self, step: i64) {
        self.0.starts.push(step);
    }

    /// Notes damage.
    pub fn damaged(&mut self, gap: Gap) {
        self.0.gaps.push(gap);
    }
}
