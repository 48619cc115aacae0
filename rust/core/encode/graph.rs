//! Graphs of models.

use prost::Message;

use crate::proto::event::{At, Event, TaggedRunMetadata, What};
use crate::proto::graph::{
    Attr, AttrValue, DeviceStepStats, GraphDef, ListValue, NodeDef, RunMetadata, StepStats,
    VersionDef,
};
use crate::proto::tensor::{Dim, TensorShapeProto};

/// Version of `TensorFlow`'s graph format that `TensorBoard` reads; both reference writers write it.
const PRODUCER: i32 = 22;

/// Sizes of the dimensions, -1 for one that is unknown; `None` if not even the rank is known.
pub type Shape = Option<Vec<i64>>;

/// A node of a graph.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Unique name; slashes make boxes.
    pub name: String,
    /// Name of its operation.
    pub op: String,
    /// Names of the nodes it reads.
    pub inputs: Vec<String>,
    /// Attributes that are text.
    pub texts: Vec<(String, Vec<u8>)>,
    /// Shapes of its outputs, which label the edges.
    pub output_shapes: Option<Vec<Shape>>,
    /// Number of its element type.
    pub dtype: Option<i32>,
    /// Shape of a variable.
    pub shape: Option<Vec<i64>>,
}

/// A serialised `GraphDef`.
#[must_use]
pub fn graph_def(nodes: Vec<Node>) -> Vec<u8> {
    GraphDef {
        node: nodes.into_iter().map(node_def).collect(),
        versions: Some(VersionDef { producer: PRODUCER }),
    }
    .encode_to_vec()
}

/// A serialised `RunMetadata` that says no more than the device.
#[must_use]
pub fn run_metadata(device: &str) -> Vec<u8> {
    RunMetadata {
        step_stats: Some(StepStats {
            dev_stats: vec![DeviceStepStats {
                device: device.into(),
            }],
        }),
    }
    .encode_to_vec()
}

/// A graph, from its serialised `GraphDef`.
#[must_use]
pub fn graph(at: At, graph_def: &[u8]) -> Vec<u8> {
    Event::new(at, What::GraphDef(graph_def.into())).encode_to_vec()
}

/// The event of a run of the graph, from its serialised `RunMetadata`.
#[must_use]
pub fn profile(at: At, tag: &str, run_metadata: &[u8]) -> Vec<u8> {
    let tagged = TaggedRunMetadata {
        tag: tag.into(),
        run_metadata: run_metadata.into(),
    };
    Event::new(at, What::TaggedRunMetadata(tagged)).encode_to_vec()
}

fn node_def(node: Node) -> NodeDef {
    let texts = node
        .texts
        .into_iter()
        .map(|(key, text)| (key, Attr::S(text)));
    let shapes = node.output_shapes.map(|shapes| {
        Attr::List(ListValue {
            shape: shapes.into_iter().map(shape_proto).collect(),
        })
    });
    let rest = [
        ("_output_shapes", shapes),
        ("dtype", node.dtype.map(Attr::Type)),
        (
            "shape",
            node.shape
                .map(|shape| Attr::Shape(shape_proto(Some(shape)))),
        ),
    ];
    let rest = rest
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)));
    NodeDef {
        name: node.name,
        op: node.op,
        input: node.inputs,
        device: String::new(),
        attr: texts
            .chain(rest)
            .map(|(key, value)| (key, AttrValue { value: Some(value) }))
            .collect(),
    }
}

fn shape_proto(shape: Shape) -> TensorShapeProto {
    let unknown_rank = shape.is_none();
    let dim = shape.unwrap_or_default().into_iter();
    TensorShapeProto {
        dim: dim
            .map(|size| Dim {
                size,
                ..Dim::default()
            })
            .collect(),
        unknown_rank,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_sorted_and_absent_ones_left_out() -> Result<(), prost::DecodeError> {
        let node = Node {
            name: "a/b".into(),
            texts: vec![("attr".into(), b"{}".to_vec())],
            output_shapes: Some(vec![Some(vec![2, -1]), None]),
            ..Node::default()
        };
        let bytes = graph_def(vec![node.clone()]);
        assert_eq!(bytes, graph_def(vec![node]));
        let graph = GraphDef::decode(bytes.as_slice())?;
        assert_eq!(graph.versions, Some(VersionDef { producer: 22 }));
        let attributes: Vec<_> = graph.node[0].attr.iter().collect();
        let shape = vec![shape_proto(Some(vec![2, -1])), shape_proto(None)];
        let value = |value| AttrValue { value: Some(value) };
        assert_eq!(
            attributes,
            [
                (
                    &"_output_shapes".into(),
                    &value(Attr::List(ListValue { shape }))
                ),
                (&"attr".into(), &value(Attr::S(b"{}".to_vec()))),
            ]
        );
        Ok(())
    }
}
