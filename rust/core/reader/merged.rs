//! The series of a run, over all of its files.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::kind::Kind;
use super::log::{Log, LogFile};
use super::policy::{Chosen, Duplicates, Repeated, Restarts, choose};
use super::series::Series;
use super::starts::Starts;
use super::tags::{FORMS, Form, Metadata};
use crate::error::{Error, Result};

/// Choice of points that a restart, or another point of the same step, may have replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Of restarts.
    pub restarts: Restarts,
    /// Of steps that several points have.
    pub duplicates: Duplicates,
}

/// One run.
pub(super) struct Run<'l> {
    pub name: &'l str,
    /// In the order of their names.
    pub files: &'l [LogFile],
    /// The starts of all files before each, and of all.
    starts: Vec<Cow<'l, Starts>>,
}

/// Points of one tag that count, of one kind.
pub(super) struct Merged<'l> {
    pub tag: &'l str,
    pub kind: Kind,
    pub metadata: Option<&'l Metadata>,
    pub series: Cow<'l, Series>,
    pub chosen: Chosen,
    /// Number of the file among those of the run, and points before the end of its part.
    ends: Vec<(usize, usize)>,
}

impl Merged<'_> {
    /// Number of the file of a point, among those of the run.
    pub(super) fn file_of(&self, point: usize) -> usize {
        let at = self.ends.partition_point(|&(_, end)| end <= point);
        self.ends.get(at).map_or(0, |&(file, _)| file)
    }
}

/// A tag in one form, over the files of a run.
#[derive(Default)]
struct Parts<'l> {
    metadata: Option<&'l Metadata>,
    /// Number of the file, and its series in each form.
    series: [Vec<(usize, &'l Series)>; FORMS.len()],
}

impl<'l> Run<'l> {
    /// The runs of a log, in the order of their names.
    pub(super) fn all(log: &'l Log) -> Vec<Self> {
        let same = |a: &LogFile, b: &LogFile| a.input.run == b.input.run;
        log.files.chunk_by(same).filter_map(Self::new).collect()
    }

    fn new(files: &'l [LogFile]) -> Option<Self> {
        let name = &files.first()?.input.run;
        let mut starts = vec![Cow::<Starts>::Owned(Starts::default())];
        for (at, file) in files.iter().enumerate() {
            let next = if at == 0 {
                Cow::Borrowed(&file.contents.starts)
            } else {
                let mut all = starts.last().cloned().unwrap_or_default().into_owned();
                all.append(&file.contents.starts);
                Cow::Owned(all)
            };
            starts.push(next);
        }
        Some(Self {
            name,
            files,
            starts,
        })
    }

    /// Its series, in the order of tags and kinds, with the points that count.
    pub(super) fn series(&self, kind: Option<Kind>, policy: Policy) -> Result<Vec<Merged<'l>>> {
        let mut tags: BTreeMap<&'l str, Parts<'l>> = BTreeMap::new();
        for (at, file) in self.files.iter().enumerate() {
            for tag in file.contents.tags.iter() {
                let parts = tags.entry(tag.name.as_str()).or_default();
                parts.metadata = parts.metadata.or(tag.metadata.as_ref());
                for (form, parts) in FORMS.into_iter().zip(&mut parts.series) {
                    parts.extend(tag.series(form).map(|series| (at, series)));
                }
            }
        }
        let mut all = Vec::with_capacity(tags.len());
        for (tag, parts) in tags {
            for (form, series) in FORMS.into_iter().zip(&parts.series) {
                for this in kinds(form, parts.metadata, series) {
                    if kind.is_none_or(|kind| kind == this) {
                        all.extend(self.merged(tag, this, form, parts.metadata, series, policy)?);
                    }
                }
            }
        }
        Ok(all)
    }

    fn merged(
        &self,
        tag: &'l str,
        kind: Kind,
        form: Form,
        metadata: Option<&'l Metadata>,
        parts: &[(usize, &'l Series)],
        policy: Policy,
    ) -> Result<Option<Merged<'l>>> {
        let mut series = Cow::<Series>::Owned(Series::default());
        for &(at, part) in parts {
            if at == 0 && parts.len() == 1 {
                series = Cow::Borrowed(part);
            } else if let Some(before) = self.starts.get(at) {
                series.to_mut().append(part, before);
            }
        }
        let ends = parts.iter().scan(0, |end, &(at, part)| {
            *end += part.len();
            Some((at, *end))
        });
        let ends = ends.collect();
        let purged = self.starts.last().and_then(|all| series.purged_after(all));
        let Policy {
            restarts,
            duplicates,
        } = match kind {
            // They describe the whole run: the first counts, whatever its step.
            Kind::HParams => Policy {
                restarts: Restarts::Keep,
                duplicates: Duplicates::All,
            },
            _ => policy,
        };
        let chosen = choose(&series.steps, &series.marks, purged, restarts, duplicates);
        let chosen = chosen.map_err(|Repeated(step)| {
            let run = self.name;
            Error::argument(format!(
                "run {run:?} has several points of tag {tag:?} at step {step}; pass duplicates=\"last\", \"first\" or \"all\""
            ))
        })?;
        let chosen = match (form, kind) {
            (Form::Tensor, Kind::Scalars) if !series.places.is_empty() => {
                chosen.filtered(|at| series.is_number(at))
            }
            (Form::Tensor, Kind::Tensors) if is_scalars(metadata) => {
                chosen.filtered(|at| !series.is_number(at))
            }
            _ => chosen,
        };
        let merged = Merged {
            tag,
            kind,
            metadata,
            series,
            chosen,
            ends,
        };
        Ok((merged.chosen.len() > 0).then_some(merged))
    }
}

fn is_scalars(metadata: Option<&Metadata>) -> bool {
    metadata.is_some_and(|metadata| Kind::of_plugin(&metadata.plugin) == Kind::Scalars)
}

/// Kind of the points of a form; those of scalars that are no numbers are tensors.
fn kinds(form: Form, metadata: Option<&Metadata>, series: &[(usize, &Series)]) -> Vec<Kind> {
    if series.is_empty() {
        return Vec::new();
    }
    match form {
        Form::Number => vec![Kind::Scalars],
        Form::Image => vec![Kind::Images],
        Form::Histogram => vec![Kind::Histograms],
        Form::Audio => vec![Kind::Audio],
        Form::Tensor if is_scalars(metadata) => vec![Kind::Scalars, Kind::Tensors],
        Form::Tensor | Form::Bare => {
            let plugin = metadata.map_or("", |metadata| &metadata.plugin);
            vec![Kind::of_plugin(plugin)]
        }
    }
}
