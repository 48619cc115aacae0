//! `HParamsPluginData`: what the hyperparameter dashboard keeps in a tag's metadata.

use std::collections::BTreeMap;

use prost::{Message, Oneof};

/// The content of the metadata of each of the dashboard's tags.
#[derive(Clone, PartialEq, Message)]
pub struct HParamsPluginData {
    /// 0; readers skip what is newer.
    #[prost(int32, tag = "1")]
    pub version: i32,
    /// Tag of the metric.
    #[prost(oneof = "Content", tags = "2, 3, 4")]
    pub content: Option<Content>,
}

/// The content of a [`HParamsPluginData`].
#[derive(Clone, PartialEq, Oneof)]
pub enum Content {
    /// The columns of the table; readers take those of one run, whichever it is, for all runs.
    #[prost(message, tag = "2")]
    Experiment(Experiment),
    /// Values with which a run was started.
    #[prost(message, tag = "3")]
    SessionStartInfo(SessionStartInfo),
    /// End of a run.
    #[prost(message, tag = "4")]
    SessionEndInfo(SessionEndInfo),
}

/// The columns of the table.
#[derive(Clone, PartialEq, Message)]
pub struct Experiment {
    /// One per hyperparameter.
    #[prost(message, repeated, tag = "4")]
    pub hparam_infos: Vec<HParamInfo>,
    /// One per metric.
    #[prost(message, repeated, tag = "5")]
    pub metric_infos: Vec<MetricInfo>,
}

/// A hyperparameter's column.
#[derive(Clone, PartialEq, Message)]
pub struct HParamInfo {
    /// Name of the hyperparameter.
    #[prost(string, tag = "1")]
    pub name: String,
    /// See [`DataType`].
    #[prost(enumeration = "DataType", tag = "4")]
    pub r#type: i32,
    /// The values that it can have, if they are known.
    #[prost(message, optional, tag = "5")]
    pub domain_discrete: Option<ListValue>,
}

/// Type of a hyperparameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum DataType {
    /// None.
    Unset = 0,
    /// Text.
    String = 1,
    /// Truth.
    Bool = 2,
    /// A number.
    Float64 = 3,
}

/// A metric's column.
#[derive(Clone, PartialEq, Message)]
pub struct MetricInfo {
    /// Place of its values.
    #[prost(message, optional, tag = "1")]
    pub name: Option<MetricName>,
}

/// Place of a metric's values.
#[derive(Clone, PartialEq, Message)]
pub struct MetricName {
    /// Directory of the scalar, relative to the session's run.
    #[prost(string, tag = "1")]
    pub group: String,
    /// Tag of the scalar.
    #[prost(string, tag = "2")]
    pub tag: String,
}

/// Values with which a run was started.
#[derive(Clone, PartialEq, Message)]
pub struct SessionStartInfo {
    /// From name to value.
    #[prost(btree_map = "string, message", tag = "1")]
    pub hparams: BTreeMap<String, Value>,
}

/// End of a run.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct SessionEndInfo {
    /// See [`Status`].
    #[prost(enumeration = "Status", tag = "1")]
    pub status: i32,
}

/// End of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum Status {
    /// Unknown.
    Unknown = 0,
    /// Well.
    Success = 1,
    /// Badly.
    Failure = 2,
    /// Not yet.
    Running = 3,
}

/// `google.protobuf.Value`, as far as hyperparameters need it.
#[derive(Clone, PartialEq, Message)]
pub struct Value {
    /// The value.
    #[prost(oneof = "Kind", tags = "2, 3, 4")]
    pub kind: Option<Kind>,
}

/// The value of a [`Value`].
#[derive(Clone, PartialEq, Oneof)]
pub enum Kind {
    /// A number.
    #[prost(double, tag = "2")]
    Number(f64),
    /// Text.
    #[prost(string, tag = "3")]
    Text(String),
    /// Truth.
    #[prost(bool, tag = "4")]
    Bool(bool),
}

/// `google.protobuf.ListValue`.
#[derive(Clone, PartialEq, Message)]
pub struct ListValue {
    /// The values.
    #[prost(message, repeated, tag = "1")]
    pub values: Vec<Value>,
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Self {
        Self { kind: Some(kind) }
    }
}

impl Kind {
    /// Its type's name in a column.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        match self {
            Self::Number(_) => DataType::Float64,
            Self::Text(_) => DataType::String,
            Self::Bool(_) => DataType::Bool,
        }
    }
}
