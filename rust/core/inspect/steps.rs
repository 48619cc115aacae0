//! The order of the steps of each tag.

use std::collections::HashMap;

use super::event::{EventSummary, shown};
use super::finding::{Finding, Kind};

/// Tags that are followed; a hostile file could have any number.
const MAX_TAGS: usize = 1 << 20;

/// The last step of each tag of a run, over all of its files in the order of their names.
#[derive(Debug, Default)]
pub struct StepOrderCheck {
    tags: HashMap<String, Track>,
}

#[derive(Debug)]
struct Track {
    last: i64,
    /// The first time in this file that it went back, and how many times it did.
    back: Option<(Back, u64)>,
}

#[derive(Clone, Copy, Debug)]
struct Back {
    offset: u64,
    length: u64,
    from: i64,
    to: i64,
}

impl StepOrderCheck {
    /// Takes note of an event that takes `length` bytes from `offset` on.
    pub(super) fn follow(&mut self, event: &EventSummary, offset: u64, length: u64) {
        if event.purges {
            // From here on the log says that steps start again.
            self.tags
                .values_mut()
                .for_each(|track| track.last = i64::MIN);
        }
        let to = event.step;
        for tag in &event.tags {
            let Some(track) = self.tags.get_mut(tag) else {
                if self.tags.len() < MAX_TAGS {
                    let track = Track {
                        last: to,
                        back: None,
                    };
                    self.tags.insert(tag.clone(), track);
                }
                continue;
            };
            let from = std::mem::replace(&mut track.last, to);
            if to < from {
                let first = Back {
                    offset,
                    length,
                    from,
                    to,
                };
                track.back.get_or_insert((first, 0)).1 += 1;
            }
        }
    }

    /// One note for each tag whose steps went back since the last call.
    pub(super) fn take_findings(&mut self) -> Vec<Finding> {
        let went_back = self.tags.iter_mut().filter_map(|(tag, track)| {
            let (back, times) = track.back.take()?;
            let Back { offset, length, from, to } = back;
            let tag = shown(tag);
            let often = match times {
                1 => String::new(),
                times => format!(", the first of {times} times"),
            };
            let message = format!(
                "steps of {tag:?} go back from {from} to {to}{often}: TensorBoard drops what it has of the tag from there \
                 on, or draws a zigzag"
            );
            Some(Finding::at(Kind::Steps, offset, length, message))
        });
        let mut findings: Vec<_> = went_back.collect();
        findings.sort_by(|a, b| (a.offset, &a.message).cmp(&(b.offset, &b.message)));
        findings
    }
}
