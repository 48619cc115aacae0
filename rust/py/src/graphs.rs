//! Graphs of models.

use pyo3::prelude::*;
use tensorbolt::encode::{self, Shape};

use crate::arguments::at;
use crate::outcome::Outcome;
use crate::writer::Writer;

/// A node as `tensorbolt.writer.graphs.node.Node` holds it.
pub struct Node {
    name: String,
    op: String,
    inputs: Vec<String>,
    texts: Vec<(String, Vec<u8>)>,
    output_shapes: Option<Vec<Shape>>,
    dtype: Option<i32>,
    shape: Option<Vec<i64>>,
}

// Not derived: that would use `intern!`.
impl FromPyObject<'_, '_> for Node {
    type Error = PyErr;

    fn extract(node: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        Ok(Self {
            name: node.getattr("name")?.extract()?,
            op: node.getattr("op")?.extract()?,
            inputs: node.getattr("inputs")?.extract()?,
            texts: node.getattr("texts")?.extract()?,
            output_shapes: node.getattr("output_shapes")?.extract()?,
            dtype: node.getattr("dtype")?.extract()?,
            shape: node.getattr("shape")?.extract()?,
        })
    }
}

/// Serialises a graph.
#[pyfunction]
pub fn graph_def(py: Python<'_>, nodes: Vec<Node>) -> Vec<u8> {
    py.detach(|| {
        let nodes = nodes.into_iter().map(|node| encode::Node {
            name: node.name,
            op: node.op,
            inputs: node.inputs,
            texts: node.texts,
            output_shapes: node.output_shapes,
            dtype: node.dtype,
            shape: node.shape,
        });
        encode::graph_def(nodes.collect())
    })
}

/// Serialises what both reference writers say of how a graph ran: the device.
#[pyfunction]
pub fn run_metadata(device: &str) -> Vec<u8> {
    encode::run_metadata(device)
}

#[pymethods]
impl Writer {
    /// Appends a serialised graph and, under a tag, how it ran: both or, if there is no room, none.
    fn add_graph_def(
        &self,
        py: Python<'_>,
        graph_def: &[u8],
        run_metadata: Option<(String, Vec<u8>)>,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        let at = at(0, wall_time);
        let (graph, profile) = py.detach(|| {
            let profile = run_metadata.map(|(tag, data)| encode::profile(at, &tag, &data));
            (encode::graph(at, graph_def), profile)
        });
        let size = graph.len() + profile.as_ref().map_or(0, Vec::len);
        let events = 1 + u64::from(profile.is_some());
        let alert = self.append(py, events, size, |out| {
            tensorbolt::record::encode(&graph, out);
            if let Some(profile) = &profile {
                tensorbolt::record::encode(profile, out);
            }
        })?;
        Outcome::written(py, alert)
    }
}
