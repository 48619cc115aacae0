//! Points that a restart, or a later point of the same tag, replaces.

use std::collections::HashMap;

use super::each_record;
use super::fields::{Field, fields, text};
use super::names::is_config;
use super::numbers::{SESSION_LOG, STATUS, STATUS_START, STEP, SUMMARY, TAG, VALUE};
use crate::error::Result;

/// A place in the sequence of a run's values, and the step that values from there on go back to.
type Mark = (u64, i64);

/// The fields of an event, its step, and whether it says that a session began.
#[derive(Default)]
pub(super) struct Parsed {
    pub fields: Vec<Field>,
    pub step: i64,
    pub is_start: bool,
}

impl Parsed {
    /// Takes another event apart.
    pub(super) fn parse(&mut self, payload: &[u8]) -> Result<()> {
        (self.step, self.is_start) = (0, false);
        self.fields.clear();
        for field in fields(payload) {
            let field = field?;
            if let Some(step) = field.int(STEP, payload) {
                self.step = step;
            } else if let Some(session) = field.bytes(SESSION_LOG, payload) {
                self.is_start |= is_start(session)?;
            }
            self.fields.push(field);
        }
        Ok(())
    }

    /// Calls `each` with tag and bytes of each value of the summary.
    pub(super) fn values(
        &self,
        payload: &[u8],
        mut each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        for field in &self.fields {
            let Some(summary) = field.bytes(SUMMARY, payload) else {
                continue;
            };
            for one in fields(summary) {
                if let Some(value) = one?.bytes(VALUE, summary) {
                    each(text(value, TAG)?)?;
                }
            }
        }
        Ok(())
    }
}

fn is_start(session: &[u8]) -> Result<bool> {
    for field in fields(session) {
        if field?.int(STATUS, session) == Some(STATUS_START) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where the steps of a run, or of one of its tags, go back.
#[derive(Default)]
pub struct Restarts {
    place: u64,
    starts: Vec<Mark>,
    tags: HashMap<Vec<u8>, OfTag>,
    parsed: Parsed,
}

#[derive(Default)]
struct OfTag {
    last: Option<i64>,
    marks: Vec<Mark>,
}

impl Restarts {
    /// Takes the next records of the run.
    ///
    /// # Returns
    ///
    /// As `RunEditor::edit`.
    ///
    /// # Errors
    ///
    /// `is_argument` if a record holds no message.
    pub fn observe(&mut self, records: &[u8]) -> Result<(usize, usize)> {
        each_record(records, |_, payload| self.event(payload))
    }

    fn event(&mut self, payload: &[u8]) -> Result<()> {
        let Self {
            place,
            starts,
            tags,
            parsed,
        } = self;
        parsed.parse(payload)?;
        let step = parsed.step;
        if parsed.is_start {
            starts.push((*place, step));
        }
        parsed.values(payload, |name| {
            if !is_config(name) {
                let tag = match tags.get_mut(name) {
                    Some(tag) => tag,
                    None => tags.entry(name.to_vec()).or_default(),
                };
                if tag.last.is_some_and(|last| step <= last) {
                    tag.marks.push((*place, step));
                }
                tag.last = Some(step);
            }
            *place += 1;
            Ok(())
        })
    }

    /// What the marks leave out.
    pub(super) fn finish(self) -> Replaced {
        let tags = self.tags.into_iter();
        Replaced {
            place: 0,
            starts: Ahead::new(self.starts),
            tags: tags
                .filter(|(_, tag)| !tag.marks.is_empty())
                .map(|(name, tag)| (name, Ahead::new(tag.marks)))
                .collect(),
        }
    }
}

/// The marks ahead, the next one last; each with the lowest step from it on.
struct Ahead(Vec<Mark>);

impl Ahead {
    fn new(mut marks: Vec<Mark>) -> Self {
        marks.reverse();
        let mut lowest = i64::MAX;
        for (_, step) in &mut marks {
            lowest = lowest.min(*step);
            *step = lowest;
        }
        Self(marks)
    }

    /// True if a mark after this place replaces a value of this step.
    fn replaces(&mut self, place: u64, step: i64) -> bool {
        // A start before a value stands at its place; the mark of a tag is the value itself.
        while self.0.pop_if(|mark| mark.0 <= place).is_some() {}
        self.0.last().is_some_and(|&(_, lowest)| step >= lowest)
    }
}

/// Answers, for the values of a run in their order, whether a later one takes their place.
pub(super) struct Replaced {
    place: u64,
    starts: Ahead,
    tags: HashMap<Vec<u8>, Ahead>,
}

impl Replaced {
    /// Takes the next value, and says whether it is replaced later.
    pub(super) fn next(&mut self, tag: &[u8], step: i64) -> bool {
        let place = self.place;
        self.place += 1;
        if is_config(tag) {
            return false;
        }
        let by_tag = self
            .tags
            .get_mut(tag)
            .is_some_and(|ahead| ahead.replaces(place, step));
        self.starts.replaces(place, step) | by_tag
    }
}
