//! The points of one kind whose values are long: where each value is, and the value once it is asked for.

use std::io;

use super::kind::Kind;
use super::log::Log;
use super::merged::{Policy, Run};
use super::source::{Source, exactly};
use super::tags::Metadata;
use super::value::Data;
use super::wire::Fault;
use crate::error::{Error, Result};

/// Fields of an event with a graph, a profile, or a graph with what belongs to it.
const GRAPH_FIELDS: [u32; 3] = [4, 8, 9];

/// Points of one run and tag, which follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowGroup {
    /// Number of the run.
    pub run: u32,
    /// Number of the tag.
    pub tag: u32,
    /// Points.
    pub count: usize,
    /// Metadata from the tag's first value.
    pub metadata: Metadata,
}

/// Place of a value among the files of a log. It holds until the log's files are named again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowPlace {
    /// Number of the file.
    pub file: usize,
    /// First byte of the value's message.
    pub offset: u64,
    /// Bytes.
    pub length: u32,
}

/// Points of one kind, in the order of runs and tags, and in each by step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Names of the runs, in order.
    pub runs: Vec<String>,
    /// Tags, in order.
    pub tags: Vec<String>,
    /// Run and tag of the points.
    pub groups: Vec<RowGroup>,
    /// Global step of each.
    pub steps: Vec<i64>,
    /// Seconds since the epoch.
    pub times: Vec<f64>,
    /// Where the values are.
    pub places: Vec<RowPlace>,
}

impl Log {
    /// The points of a kind.
    ///
    /// # Errors
    ///
    /// `is_argument` if a step is there twice where none may be.
    pub fn rows(&self, kind: Kind, policy: Policy) -> Result<Rows> {
        let mut rows = Rows::default();
        let mut names = Vec::new();
        let mut first_file = 0;
        for run in Run::all(self) {
            let all = run.series(Some(kind), policy)?;
            if !all.is_empty() {
                rows.runs.push(run.name.into());
            }
            for merged in all {
                rows.groups.push(RowGroup {
                    run: (rows.runs.len() - 1) as u32,
                    tag: 0,
                    count: merged.chosen.len(),
                    metadata: merged.metadata.cloned().unwrap_or_default(),
                });
                names.push(merged.tag);
                merged.chosen.extend(&merged.series.steps, &mut rows.steps);
                merged.chosen.extend(&merged.series.times, &mut rows.times);
                let points = (0..merged.chosen.len()).filter_map(|n| merged.chosen.nth(n));
                rows.places.extend(points.map(|point| {
                    let place = merged.series.places.get(point).copied().unwrap_or_default();
                    RowPlace {
                        file: first_file + merged.file_of(point),
                        offset: place.offset,
                        length: place.length,
                    }
                }));
            }
            first_file += run.files.len();
        }
        let mut tags = names.clone();
        tags.sort_unstable();
        tags.dedup();
        for (group, name) in rows.groups.iter_mut().zip(&names) {
            group.tag = tags.binary_search(name).unwrap_or_default() as u32;
        }
        rows.tags = tags.into_iter().map(Into::into).collect();
        Ok(rows)
    }

    /// Names of the run and of the file of this number.
    #[must_use]
    pub fn file_of(&self, number: usize) -> Option<(&str, &str)> {
        let input = &self.files.get(number)?.input;
        Some((&input.run, &input.name))
    }

    /// The graphs and profiles that events have without a tag, and the places of their messages: the number of their field in
    /// an event, step and time of each.
    #[must_use]
    pub fn graphs(&self) -> Vec<(RowPlace, u32, i64, f64)> {
        let files = self.files.iter().enumerate();
        let all =
            files.flat_map(|(file, of)| of.contents.extras.iter().map(move |one| (file, one)));
        let graphs = all.filter(|(_, extra)| GRAPH_FIELDS.contains(&extra.field));
        graphs
            .map(|(file, extra)| {
                let place = RowPlace {
                    file,
                    offset: extra.offset,
                    // A longer message is none: protobuf's own limit is half of that.
                    length: extra.length.try_into().unwrap_or(u32::MAX),
                };
                (place, extra.field, extra.step, extra.time)
            })
            .collect()
    }

    /// The values at these places, in their order; nothing for one that is no message.
    ///
    /// # Errors
    ///
    /// `is_store` if a file cannot be read, `is_argument` if a place is none of this log.
    pub fn values(&self, places: &[RowPlace]) -> Result<Vec<Option<Data>>> {
        self.each(places, |message| match Data::parse(&message) {
            Ok(data) => Ok(Some(data)),
            Err(Fault::Malformed) => Ok(None),
            Err(Fault::Io(error)) => Err(error),
        })
    }

    /// The bytes at these places, in their order.
    ///
    /// # Errors
    ///
    /// `is_store` if a file cannot be read, `is_argument` if a place is none of this log.
    pub fn messages(&self, places: &[RowPlace]) -> Result<Vec<Vec<u8>>> {
        self.each(places, Ok)
    }

    fn each<T>(
        &self,
        places: &[RowPlace],
        make: impl Fn(Vec<u8>) -> io::Result<T>,
    ) -> Result<Vec<T>> {
        let mut open: Option<(usize, Box<dyn Source + '_>)> = None;
        let mut all = Vec::with_capacity(places.len());
        for place in places {
            let file = self.files.get(place.file);
            let file = file.ok_or_else(|| Error::argument("the log was closed or read again"))?;
            let failed = |error| Error::store(format!("cannot read {}", file.input.name), error);
            if open
                .as_ref()
                .is_none_or(|(number, _)| *number != place.file)
            {
                open = Some((place.file, file.input.origin.open().map_err(failed)?));
            }
            let Some((_, source)) = &open else { continue };
            if place.offset + u64::from(place.length) > file.length {
                return Err(Error::argument("the file of this value was replaced"));
            }
            let message = exactly(&**source, place.offset, place.length as usize);
            all.push(message.and_then(&make).map_err(failed)?);
        }
        Ok(all)
    }
}
