//! Layouts of custom scalar charts.

use pyo3::prelude::*;
use tensorbolt::encode;
use tensorbolt::proto::custom_scalars::{
    Category, Chart, Content, Layout, Margin, Multiline, Series,
};

use crate::arguments::at;
use crate::outcome::Outcome;
use crate::writer::Writer;

/// Title, whether it is a margin chart, tags.
type PlainChart = (String, bool, Vec<String>);

#[pymethods]
impl Writer {
    /// Writes the titles of categories and their charts. A margin chart has the tags of its line and of both edges.
    fn add_layout(
        &self,
        py: Python<'_>,
        categories: Vec<(String, Vec<PlainChart>)>,
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        let category = categories
            .into_iter()
            .map(|(title, charts)| Category {
                title,
                chart: charts.into_iter().map(chart).collect(),
                closed: false,
            })
            .collect();
        let layout = Layout {
            version: 0,
            category,
        };
        self.append_payload(py, &encode::custom_scalars(at(step, wall_time), &layout))
    }
}

fn chart((title, margin, tags): PlainChart) -> Chart {
    let content = if margin {
        let mut tags = tags.into_iter();
        let mut next = || tags.next().unwrap_or_default();
        let series = Series {
            value: next(),
            lower: next(),
            upper: next(),
        };
        Content::Margin(Margin {
            series: vec![series],
        })
    } else {
        Content::Multiline(Multiline { tag: tags })
    };
    Chart {
        title,
        content: Some(content),
    }
}
