//! The editor of one run.

use std::collections::{HashMap, HashSet};

use super::each_record;
use super::fields::{fields, push_bytes, push_int, push_with_text, text};
use super::names::{NewName, Tags};
use super::numbers::{
    FILE_VERSION, METADATA, RUN_METADATA_TAG, STEP, SUMMARY, TAG, TAGGED_RUN_METADATA, VALUE,
};
use super::restarts::{Parsed, Replaced, Restarts};
use crate::error::{Error, Result};
use crate::record;

/// What to change.
#[derive(Default)]
pub struct Edits {
    /// New names of tags; no name changes if there is none.
    pub new_name: Option<NewName>,
    /// The first step that stays.
    pub from_step: Option<i128>,
    /// The first step that does not stay any more.
    pub to_step: Option<i128>,
    /// What is added to the steps, after the choice of steps.
    pub shift_step: i128,
    /// Of the points of each tag that are left, the first one stays, and each that is this many further; 0 and 1 keep all.
    pub keep_every: u64,
    /// Steps that stay, of the tags for which not all do.
    pub kept: HashMap<Vec<u8>, HashSet<i64>>,
    /// Restarts of the run, whose points are left out.
    pub purge: Option<Restarts>,
    /// True if nothing is changed; events and values are counted.
    pub is_nothing: bool,
}

/// What became of events and values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events that were read.
    pub events: u64,
    /// Events of which nothing is left.
    pub events_left_out: u64,
    /// Values that were read.
    pub values: u64,
    /// Values that are left out.
    pub values_left_out: u64,
    /// Values whose tag has another name.
    pub values_renamed: u64,
}

/// Changes the records of one run, which are given in their order.
#[derive(Default)]
pub struct RunEditor {
    edits: Edits,
    replaced: Option<Replaced>,
    counts: Counts,
    tags: Tags,
    parsed: Parsed,
    // Room for what is made, used again for each event.
    event: Vec<u8>,
    pieces: Vec<usize>,
    summary: Vec<u8>,
    value: Vec<u8>,
}

/// What becomes of an event, a summary or a value. What is made lies in the room for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Becomes {
    Same,
    LeftOut,
    Made,
}

impl RunEditor {
    /// An editor at the start of a run.
    #[must_use]
    pub fn new(mut edits: Edits) -> Self {
        let replaced = edits.purge.take().map(Restarts::finish);
        Self {
            edits,
            replaced,
            ..Self::default()
        }
    }

    /// What became of events and values so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Appends the next records of the run, as they are to be, to `out`. A header is left out if `skips_headers`.
    ///
    /// # Returns
    ///
    /// Bytes of the whole records, all of which were taken; bytes that the record after them needs; and true if something
    /// changed.
    ///
    /// # Errors
    ///
    /// `is_argument` if a record holds no message, or a step does not fit 64 bits; and what `new_name` returns.
    pub fn edit(
        &mut self,
        records: &[u8],
        skips_headers: bool,
        out: &mut Vec<u8>,
    ) -> Result<(usize, usize, bool)> {
        let mut differs = false;
        let (taken, needed) = each_record(records, |record, payload| {
            if skips_headers && is_header(payload)? {
                differs = true;
                return Ok(());
            }
            match self.edit_event(payload)? {
                Becomes::Same => out.extend_from_slice(record),
                Becomes::LeftOut => differs = true,
                Becomes::Made => {
                    differs = true;
                    record::encode(&self.event, out);
                }
            }
            Ok(())
        })?;
        Ok((taken, needed, differs))
    }

    fn edit_event(&mut self, payload: &[u8]) -> Result<Becomes> {
        self.counts.events += 1;
        let mut parsed = std::mem::take(&mut self.parsed);
        parsed.parse(payload)?;
        let edited = if self.edits.is_nothing {
            let counts = &mut self.counts;
            parsed.values(payload, |_| {
                counts.values += 1;
                Ok(())
            })?;
            Becomes::Same
        } else {
            self.change(payload, &parsed)?
        };
        self.parsed = parsed;
        Ok(edited)
    }

    fn change(&mut self, payload: &[u8], parsed: &Parsed) -> Result<Becomes> {
        self.event.clear();
        self.pieces.clear();
        let (mut moves, mut removed, mut left) = (parsed.is_start, false, false);
        for field in &parsed.fields {
            let start = self.event.len();
            self.pieces.push(start);
            if let Some(summary) = field.bytes(SUMMARY, payload) {
                let (becomes, of_steps) = self.change_summary(summary, parsed.step)?;
                moves |= of_steps;
                match becomes {
                    Becomes::Same => self.event.extend_from_slice(field.whole(payload)),
                    Becomes::LeftOut => removed = true,
                    Becomes::Made => push_bytes(SUMMARY, &self.summary, &mut self.event),
                }
            } else if let Some(metadata) = field.bytes(TAGGED_RUN_METADATA, payload) {
                moves = true;
                let name = text(metadata, RUN_METADATA_TAG)?;
                let Self { tags, edits, .. } = self;
                let tag = tags.get(name, edits.new_name.as_ref(), &mut edits.kept)?;
                if tag.is_dropped {
                    removed = true;
                } else if let Some(new) = &tag.renamed {
                    self.value.clear();
                    push_with_text(metadata, RUN_METADATA_TAG, new, &mut self.value)?;
                    push_bytes(TAGGED_RUN_METADATA, &self.value, &mut self.event);
                } else {
                    self.event.extend_from_slice(field.whole(payload));
                }
            } else {
                self.event.extend_from_slice(field.whole(payload));
            }
            // Time and step alone are no event.
            left |= !field.is_before(STEP + 1) && self.event.len() > start;
        }
        if removed && !left {
            self.counts.events_left_out += 1;
            return Ok(Becomes::LeftOut);
        }
        if moves && self.edits.shift_step != 0 {
            self.shift(parsed)?;
        }
        Ok(if self.event == payload {
            Becomes::Same
        } else {
            Becomes::Made
        })
    }

    /// What becomes of a summary, and whether something in it belongs to the step.
    fn change_summary(&mut self, summary: &[u8], step: i64) -> Result<(Becomes, bool)> {
        self.summary.clear();
        let (mut changed, mut of_steps) = (false, false);
        for field in fields(summary) {
            let field = field?;
            let Some(value) = field.bytes(VALUE, summary) else {
                self.summary.extend_from_slice(field.whole(summary));
                continue;
            };
            let (becomes, is_config) = self.change_value(value, step)?;
            self.counts.values += 1;
            match becomes {
                Becomes::Same => self.summary.extend_from_slice(field.whole(summary)),
                Becomes::LeftOut => {
                    self.counts.values_left_out += 1;
                    changed = true;
                    continue;
                }
                Becomes::Made => {
                    push_bytes(VALUE, &self.value, &mut self.summary);
                    changed = true;
                }
            }
            of_steps |= !is_config;
        }
        let becomes = match (changed, self.summary.is_empty()) {
            (false, _) => Becomes::Same,
            (true, true) => Becomes::LeftOut,
            (true, false) => Becomes::Made,
        };
        Ok((becomes, of_steps))
    }

    /// What becomes of a value, and whether it holds settings.
    fn change_value(&mut self, value: &[u8], step: i64) -> Result<(Becomes, bool)> {
        let name = text(value, TAG)?;
        let replaced = self
            .replaced
            .as_mut()
            .is_some_and(|replaced| replaced.next(name, step));
        let Self { tags, edits, .. } = self;
        let tag = tags.get(name, edits.new_name.as_ref(), &mut edits.kept)?;
        if tag.is_dropped {
            return Ok((Becomes::LeftOut, tag.is_config));
        }
        let mut metadata = None;
        for field in fields(value) {
            let field = field?;
            if field.is(METADATA) {
                metadata = Some(field.whole(value));
                break;
            }
        }
        if !tag.is_config && (replaced || !edits.stays(&mut tag.points, tag.kept.as_ref(), step)) {
            if tag.metadata.is_none() {
                tag.metadata = metadata.map(<[u8]>::to_vec);
            }
            return Ok((Becomes::LeftOut, false));
        }
        let missing = tag
            .metadata
            .as_deref()
            .filter(|_| metadata.is_none() && !tag.is_described);
        tag.is_described = true;
        self.value.clear();
        match (&tag.renamed, missing) {
            (None, None) => return Ok((Becomes::Same, tag.is_config)),
            (None, Some(_)) => self.value.extend_from_slice(value),
            (Some(new), _) => {
                self.counts.values_renamed += 1;
                push_with_text(value, TAG, new, &mut self.value)?;
            }
        }
        self.value.extend_from_slice(missing.unwrap_or_default());
        Ok((Becomes::Made, tag.is_config))
    }

    /// Puts the shifted step into the event that was made, after its time.
    fn shift(&mut self, parsed: &Parsed) -> Result<()> {
        let step = i128::from(parsed.step) + self.edits.shift_step;
        let step = i64::try_from(step).map_err(|_| {
            Error::argument(format!(
                "step {} would become {step}, beyond 64 bits",
                parsed.step
            ))
        })?;
        let made = std::mem::take(&mut self.event);
        let has_time = parsed
            .fields
            .first()
            .is_some_and(|field| field.is_before(STEP));
        if !has_time {
            push_int(STEP, step, &mut self.event);
        }
        let ends = self.pieces.iter().skip(1).copied().chain([made.len()]);
        for (at, ((field, &start), end)) in
            parsed.fields.iter().zip(&self.pieces).zip(ends).enumerate()
        {
            if !field.is(STEP) {
                let piece = made.get(start..end).unwrap_or_default();
                self.event.extend_from_slice(piece);
            }
            if at == 0 && has_time {
                push_int(STEP, step, &mut self.event);
            }
        }
        Ok(())
    }
}

impl Edits {
    /// True if a point stays; `points` counts those of its tag within the bounds.
    fn stays(&self, points: &mut u64, kept: Option<&HashSet<i64>>, step: i64) -> bool {
        let place = i128::from(step);
        if self.from_step.is_some_and(|from| place < from) {
            return false;
        }
        if self.to_step.is_some_and(|to| place >= to) {
            return false;
        }
        if self.keep_every > 1 {
            let number = *points;
            *points += 1;
            if !number.is_multiple_of(self.keep_every) {
                return false;
            }
        }
        kept.is_none_or(|kept| kept.contains(&step))
    }
}

/// True if an event names the version of the format.
fn is_header(payload: &[u8]) -> Result<bool> {
    for field in fields(payload) {
        if field?.is(FILE_VERSION) {
            return Ok(true);
        }
    }
    Ok(false)
}
