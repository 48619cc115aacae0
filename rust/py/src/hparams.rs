//! Hyperparameters, with the metrics that were reached with them.

use pyo3::prelude::*;
use tensorbolt::proto::event::At;
use tensorbolt::proto::hparams::Kind;
use tensorbolt::proto::scalar;
use tensorbolt::{encode, record};

use crate::arguments::at;
use crate::outcome::Outcome;
use crate::writer::Writer;

/// A hyperparameter's value. A `bool` is taken for a number too, so the order of the variants matters.
#[derive(FromPyObject)]
enum Value {
    Bool(bool),
    Number(f64),
    Text(String),
}

#[pymethods]
impl Writer {
    /// Writes a session: hyperparameters with their values and domains, and metrics with their values and steps.
    fn add_hparams(
        &self,
        py: Python<'_>,
        hparams: Vec<(String, Value, Option<Vec<Value>>)>,
        metrics: Vec<(String, f64, i64)>,
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        let hparams: Vec<_> = hparams
            .into_iter()
            .map(|(name, value, domain)| {
                let domain = domain.map(|values| values.into_iter().map(Kind::from).collect());
                (name, Kind::from(value), domain)
            })
            .collect();
        let tags: Vec<_> = metrics.iter().map(|(tag, ..)| tag.as_str()).collect();
        let at = at(step, wall_time);
        let events = encode::hparams(at, &hparams, &tags);
        let count = events.len() + metrics.len();
        let mut records = Vec::new();
        for event in &events {
            record::encode(event, &mut records);
        }
        for (tag, value, step) in &metrics {
            let at = At { step: *step, ..at };
            record::encode_with(&mut records, |out| {
                scalar::encode(out, at, tag, *value as f32);
            });
        }
        let alert = self.append(py, count as u64, records.len(), |out| {
            out.extend_from_slice(&records);
        })?;
        Outcome::written(py, alert)
    }
}

impl From<Value> for Kind {
    fn from(value: Value) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(value),
            Value::Number(value) => Self::Number(value),
            Value::Text(value) => Self::Text(value),
        }
    }
}
