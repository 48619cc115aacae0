//! The table of hyperparameters. TensorBoard takes its columns from one run that describes them, whichever it is, though
//! writers such as PyTorch's describe in each run what that run has. So every description says what all of them say.
//!
//! Runs below one with a description are the rows that it is meant for, and add nothing. Other runs add what they have.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tensorbolt::proto::hparams::{DataType, Kind, ListValue, MetricName, SessionStartInfo, Value};

use crate::catalog::Catalog;
use crate::run::Run;

/// The dashboard.
pub const HPARAMS: &str = "hparams";
/// Tag of the description.
pub const EXPERIMENT_TAG: &str = "_hparams_/experiment";
const SESSION_TAG: &str = "_hparams_/session_start_info";

/// The content of the metadata, as far as it is needed.
#[derive(Clone, PartialEq, Message)]
struct Data {
    #[prost(int32, tag = "1")]
    version: i32,
    #[prost(message, optional, tag = "2")]
    experiment: Option<Experiment>,
    #[prost(message, optional, tag = "3")]
    session: Option<SessionStartInfo>,
}

/// A description with all of its fields.
#[derive(Clone, PartialEq, Message)]
struct Experiment {
    #[prost(string, tag = "1")]
    description: String,
    #[prost(string, tag = "2")]
    user: String,
    #[prost(double, tag = "3")]
    created: f64,
    #[prost(message, repeated, tag = "4")]
    hparams: Vec<Column>,
    #[prost(message, repeated, tag = "5")]
    metrics: Vec<Metric>,
    #[prost(string, tag = "6")]
    name: String,
}

/// A hyperparameter.
#[derive(Clone, PartialEq, Message)]
struct Column {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    display_name: String,
    #[prost(string, tag = "3")]
    description: String,
    #[prost(enumeration = "DataType", tag = "4")]
    r#type: i32,
    #[prost(message, optional, tag = "5")]
    values: Option<ListValue>,
    #[prost(message, optional, tag = "6")]
    interval: Option<Interval>,
    #[prost(bool, tag = "7")]
    differs: bool,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Interval {
    #[prost(double, tag = "1")]
    min: f64,
    #[prost(double, tag = "2")]
    max: f64,
}

#[derive(Clone, PartialEq, Message)]
struct Metric {
    #[prost(message, optional, tag = "1")]
    name: Option<MetricName>,
    #[prost(string, tag = "3")]
    display_name: String,
    #[prost(string, tag = "4")]
    description: String,
    #[prost(int32, tag = "5")]
    dataset: i32,
}

/// What all descriptions together say; nothing if each says it already.
pub fn union(catalog: &Catalog) -> Option<Vec<u8>> {
    let described: BTreeMap<&str, Experiment> = catalog
        .runs
        .iter()
        .filter_map(|run| Some((run.name.as_str(), data(run, EXPERIMENT_TAG)?.experiment?)))
        .collect();
    let mut all: Option<Experiment> = None;
    // In the order in which TensorBoard would find them.
    for run in &catalog.runs {
        if let Some(experiment) = described.get(run.name.as_str()) {
            match &mut all {
                Some(all) => all.add(experiment),
                None => all = Some(experiment.clone()),
            }
        }
    }
    let mut all = all?;
    let sessions = catalog
        .runs
        .iter()
        .filter(|run| !has(&described, &run.name));
    let sessions: BTreeMap<&str, SessionStartInfo> = sessions
        .filter_map(|run| Some((run.name.as_str(), data(run, SESSION_TAG)?.session?)))
        .collect();
    all.add(&undescribed(catalog, &sessions));
    let is_said = described.values().all(|experiment| *experiment == all);
    (!is_said).then(|| {
        let data = Data {
            experiment: Some(all),
            ..Data::default()
        };
        data.encode_to_vec()
    })
}

fn data(run: &Run, tag: &str) -> Option<Data> {
    let at = run
        .others
        .binary_search_by(|one| (*one.tag).cmp(tag))
        .ok()?;
    let described = &run.others.get(at)?.described;
    if described.plugin() != HPARAMS {
        return None;
    }
    let content = &described.metadata.plugin_data.as_ref()?.content;
    let data = Data::decode(content.as_slice()).ok()?;
    // As TensorBoard has it: what is newer is not understood.
    (data.version == 0).then_some(data)
}

/// True if a run, or one that it lies below, is among some runs.
fn has<T>(runs: &BTreeMap<&str, T>, run: &str) -> bool {
    runs.contains_key(".") || parents(run).any(|parent| runs.contains_key(parent))
}

/// A run and those that it lies below, the longest name first.
fn parents(run: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(run), |run| run.rsplit_once('/').map(|parts| parts.0))
}

/// What sessions have that no run describes: their hyperparameters, and the scalars of them and of the runs below them.
fn undescribed(catalog: &Catalog, sessions: &BTreeMap<&str, SessionStartInfo>) -> Experiment {
    let mut values: BTreeMap<&str, Vec<&Kind>> = BTreeMap::new();
    for (name, value) in sessions.values().flat_map(|session| &session.hparams) {
        if let Some(kind) = &value.kind {
            values.entry(name).or_default().push(kind);
        }
    }
    let mut metrics = BTreeSet::new();
    for run in &catalog.runs {
        let session = parents(&run.name).find(|name| sessions.contains_key(name));
        let top = sessions.contains_key(".").then_some(".");
        let Some(session) = session.or(top) else {
            continue;
        };
        let group = match run.name.strip_prefix(session) {
            Some(rest) => rest.trim_start_matches('/'),
            None => &run.name,
        };
        for scalar in run
            .scalars
            .iter()
            .filter(|one| one.described.plugin() == "scalars")
        {
            metrics.insert((&*scalar.tag, group));
        }
    }
    Experiment {
        hparams: values
            .iter()
            .map(|(name, kinds)| Column::new(name, kinds))
            .collect(),
        metrics: metrics
            .into_iter()
            .map(|(tag, group)| Metric {
                name: Some(MetricName {
                    group: group.into(),
                    tag: tag.into(),
                }),
                ..Metric::default()
            })
            .collect(),
        ..Experiment::default()
    }
}

impl Experiment {
    /// Adds the columns that it lacks, and what it lacks of those that it has.
    fn add(&mut self, other: &Self) {
        for column in &other.hparams {
            match self.hparams.iter_mut().find(|one| one.name == column.name) {
                Some(own) => own.add(column),
                None => self.hparams.push(column.clone()),
            }
        }
        let mut known: BTreeSet<(String, String)> = self.metrics.iter().map(Metric::key).collect();
        let new = other
            .metrics
            .iter()
            .filter(|metric| known.insert(metric.key()));
        self.metrics.extend(new.cloned());
    }
}

impl Metric {
    fn key(&self) -> (String, String) {
        let name = self.name.clone().unwrap_or_default();
        (name.tag, name.group)
    }
}

impl Column {
    /// Of the values that some rows have.
    fn new(name: &str, kinds: &[&Kind]) -> Self {
        let mut all = Self {
            name: name.into(),
            ..Self::default()
        };
        for &kind in kinds {
            let mut one = Self {
                r#type: kind.data_type().into(),
                ..Self::default()
            };
            match *kind {
                Kind::Number(number) => {
                    one.interval = Some(Interval {
                        min: number,
                        max: number,
                    });
                }
                Kind::Text(_) | Kind::Bool(_) => {
                    let values = vec![Value::from(kind.clone())];
                    one.values = Some(ListValue { values });
                }
            }
            all.add(&one);
        }
        all.differs = kinds.windows(2).any(|pair| pair.first() != pair.last());
        all
    }

    fn add(&mut self, other: &Self) {
        let unset = DataType::Unset as i32;
        if self.r#type == unset && self.values.is_none() && self.interval.is_none() {
            self.r#type = other.r#type;
            self.values.clone_from(&other.values);
            self.interval = other.interval;
            return;
        }
        if other.r#type != unset && other.r#type != self.r#type {
            // Rows of both types stay in the table: it has no bounds.
            self.r#type = DataType::String.into();
            (self.values, self.interval) = (None, None);
            return;
        }
        match (
            &mut self.values,
            &mut self.interval,
            &other.values,
            &other.interval,
        ) {
            (Some(own), _, Some(more), _) => {
                let mut known: BTreeSet<Vec<u8>> =
                    own.values.iter().map(Message::encode_to_vec).collect();
                let new = more
                    .values
                    .iter()
                    .filter(|value| known.insert(value.encode_to_vec()));
                own.values.extend(new.cloned());
            }
            (None, Some(own), None, Some(more)) => {
                own.min = own.min.min(more.min);
                own.max = own.max.max(more.max);
            }
            // Any value: the other one has no bounds, or has others.
            _ => (self.values, self.interval) = (None, None),
        }
    }
}
