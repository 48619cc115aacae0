//! `GraphDef`: the nodes of a model; and `RunMetadata`: how it ran.

use std::collections::BTreeMap;

use prost::{Message, Oneof};

use super::tensor::TensorShapeProto;

/// A model as a graph.
#[derive(Clone, PartialEq, Message)]
pub struct GraphDef {
    /// Names are unique; edges are the nodes' inputs.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeDef>,
    /// Of the format.
    #[prost(message, optional, tag = "4")]
    pub versions: Option<VersionDef>,
}

/// Version of a graph's format.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct VersionDef {
    /// Of the code that made the graph.
    #[prost(int32, tag = "1")]
    pub producer: i32,
}

/// One operation, input, output or constant.
#[derive(Clone, PartialEq, Message)]
pub struct NodeDef {
    /// Slashes make boxes.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Name of its operation.
    #[prost(string, tag = "2")]
    pub op: String,
    /// Names of nodes, with `:k` at the end for an output that is not the first.
    #[prost(string, repeated, tag = "3")]
    pub input: Vec<String>,
    /// Device on which it runs.
    #[prost(string, tag = "4")]
    pub device: String,
    /// Shown next to the node. Sorted, so that equal graphs are equal bytes.
    #[prost(btree_map = "string, message", tag = "5")]
    pub attr: BTreeMap<String, AttrValue>,
}

/// The value of an attribute.
#[derive(Clone, PartialEq, Message)]
pub struct AttrValue {
    /// The value.
    #[prost(oneof = "Attr", tags = "1, 2, 6, 7")]
    pub value: Option<Attr>,
}

/// The value of an [`AttrValue`].
#[derive(Clone, PartialEq, Oneof)]
pub enum Attr {
    /// Several.
    #[prost(message, tag = "1")]
    List(ListValue),
    /// Text.
    #[prost(bytes = "vec", tag = "2")]
    S(Vec<u8>),
    /// Number of an element type in the format's enumeration.
    #[prost(int32, tag = "6")]
    Type(i32),
    /// A shape.
    #[prost(message, tag = "7")]
    Shape(TensorShapeProto),
}

/// Several values of one kind.
#[derive(Clone, PartialEq, Message)]
pub struct ListValue {
    /// Shapes.
    #[prost(message, repeated, tag = "7")]
    pub shape: Vec<TensorShapeProto>,
}

/// A run of a graph.
#[derive(Clone, PartialEq, Message)]
pub struct RunMetadata {
    /// Times and memory.
    #[prost(message, optional, tag = "1")]
    pub step_stats: Option<StepStats>,
}

/// Times and memory of one step.
#[derive(Clone, PartialEq, Message)]
pub struct StepStats {
    /// By device.
    #[prost(message, repeated, tag = "1")]
    pub dev_stats: Vec<DeviceStepStats>,
}

/// Times and memory of one device.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct DeviceStepStats {
    /// Ends in `device:TYPE:NUMBER`.
    #[prost(string, tag = "1")]
    pub device: String,
}
