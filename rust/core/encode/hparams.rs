//! Hyperparameters of a run.

use prost::Message;

use super::event;
use crate::proto::event::At;
use crate::proto::hparams::{
    Content, Experiment, HParamInfo, HParamsPluginData, Kind, ListValue, MetricInfo, MetricName,
    SessionEndInfo, SessionStartInfo, Status,
};
use crate::proto::summary::{Summary, SummaryMetadata};

/// A hyperparameter's name, its value, and the values that it can have if they are known.
pub type HParam = (String, Kind, Option<Vec<Kind>>);

/// The events that make a run a row of the table: what it was started with, and that it ended well.
///
/// The table's columns come before them only where a hyperparameter says which values it can have. Readers take one
/// run's columns for all runs; where no run has any they use the union, which loses none.
#[must_use]
pub fn hparams(at: At, hparams: &[HParam], metrics: &[&str]) -> Vec<Vec<u8>> {
    let mut events = Vec::new();
    if hparams.iter().any(|(_, _, domain)| domain.is_some()) {
        let experiment = Content::Experiment(columns(hparams, metrics));
        events.push(metadata_only(at, "_hparams_/experiment", experiment));
    }
    let values = hparams
        .iter()
        .map(|(name, value, _)| (name.clone(), value.clone().into()));
    let start = Content::SessionStartInfo(SessionStartInfo {
        hparams: values.collect(),
    });
    events.push(metadata_only(at, "_hparams_/session_start_info", start));
    let end = Content::SessionEndInfo(SessionEndInfo {
        status: Status::Success.into(),
    });
    events.push(metadata_only(at, "_hparams_/session_end_info", end));
    events
}

fn columns(hparams: &[HParam], metrics: &[&str]) -> Experiment {
    let hparam_info = |(name, value, domain): &HParam| HParamInfo {
        name: name.clone(),
        r#type: value.data_type().into(),
        domain_discrete: domain.as_ref().map(|values| ListValue {
            values: values.iter().cloned().map(Into::into).collect(),
        }),
    };
    let metric_info = |tag: &&str| MetricInfo {
        name: Some(MetricName {
            group: String::new(),
            tag: (*tag).into(),
        }),
    };
    Experiment {
        hparam_infos: hparams.iter().map(hparam_info).collect(),
        metric_infos: metrics.iter().map(metric_info).collect(),
    }
}

fn metadata_only(at: At, tag: &str, content: Content) -> Vec<u8> {
    let data = HParamsPluginData {
        version: 0,
        content: Some(content),
    };
    let metadata = SummaryMetadata::with_content("hparams", data.encode_to_vec());
    event(at, Summary::without_data(tag, metadata))
}
