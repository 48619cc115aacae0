//! Messages of TensorBoard's protocol for data, as prost structs written from its specification.

use prost::Message;
use tensorbolt::proto::summary::SummaryMetadata;

/// Asks what the log is.
#[derive(Clone, PartialEq, Message)]
pub struct GetExperimentRequest {
    /// Names the log; a server has one.
    #[prost(string, tag = "1")]
    pub experiment_id: String,
}

/// What the log is.
#[derive(Clone, PartialEq, Message)]
pub struct GetExperimentResponse {
    /// Its directory.
    #[prost(string, tag = "1")]
    pub data_location: String,
    /// Its name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Its description.
    #[prost(string, tag = "3")]
    pub description: String,
}

/// A plugin.
#[derive(Clone, PartialEq, Message)]
pub struct PluginFilter {
    /// Its name.
    #[prost(string, tag = "1")]
    pub plugin_name: String,
}

/// Names of runs or tags.
#[derive(Clone, PartialEq, Message)]
pub struct Names {
    /// The names; none choose nothing.
    #[prost(string, repeated, tag = "1")]
    pub names: Vec<String>,
}

/// Runs and tags.
#[derive(Clone, PartialEq, Message)]
pub struct RunTagFilter {
    /// Names of runs; all if absent.
    #[prost(message, optional, tag = "1")]
    pub runs: Option<Names>,
    /// Tags; all if absent.
    #[prost(message, optional, tag = "2")]
    pub tags: Option<Names>,
}

/// The most points.
#[derive(Clone, PartialEq, Message)]
pub struct Downsample {
    /// Of each series.
    #[prost(int64, tag = "1")]
    pub num_points: i64,
}

/// Asks for the plugins that have data.
#[derive(Clone, PartialEq, Message)]
pub struct ListPluginsRequest {
    /// Names the log; a server has one.
    #[prost(string, tag = "1")]
    pub experiment_id: String,
}

/// The plugins that have data.
#[derive(Clone, PartialEq, Message)]
pub struct ListPluginsResponse {
    /// In the order of their names.
    #[prost(message, repeated, tag = "1")]
    pub plugins: Vec<Plugin>,
}

/// A plugin that has data.
#[derive(Clone, PartialEq, Message)]
pub struct Plugin {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
}

/// Asks for the runs.
#[derive(Clone, PartialEq, Message)]
pub struct ListRunsRequest {
    /// Names the log; a server has one.
    #[prost(string, tag = "1")]
    pub experiment_id: String,
}

/// The runs.
#[derive(Clone, PartialEq, Message)]
pub struct ListRunsResponse {
    /// In the order of their starts.
    #[prost(message, repeated, tag = "1")]
    pub runs: Vec<RunStart>,
}

/// A run.
#[derive(Clone, PartialEq, Message)]
pub struct RunStart {
    /// Its name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Seconds since the epoch.
    #[prost(double, tag = "3")]
    pub start_time: f64,
}

/// Asks for series, of whichever class.
#[derive(Clone, PartialEq, Message)]
pub struct ListRequest {
    /// Names the log; a server has one.
    #[prost(string, tag = "1")]
    pub experiment_id: String,
    /// Plugin whose series are asked for.
    #[prost(message, optional, tag = "2")]
    pub plugin_filter: Option<PluginFilter>,
    /// Runs and tags that are asked for.
    #[prost(message, optional, tag = "3")]
    pub run_tag_filter: Option<RunTagFilter>,
}

/// Asks for points, of whichever class.
#[derive(Clone, PartialEq, Message)]
pub struct ReadRequest {
    /// Names the log; a server has one.
    #[prost(string, tag = "1")]
    pub experiment_id: String,
    /// Plugin whose series are asked for.
    #[prost(message, optional, tag = "2")]
    pub plugin_filter: Option<PluginFilter>,
    /// Runs and tags that are asked for.
    #[prost(message, optional, tag = "3")]
    pub run_tag_filter: Option<RunTagFilter>,
    /// The most points of a series.
    #[prost(message, optional, tag = "4")]
    pub downsample: Option<Downsample>,
}

/// A reply with an entry for each run.
#[derive(Clone, PartialEq, Message)]
pub struct Runs<T: Message + Default + std::fmt::Debug> {
    /// In the order of their starts.
    #[prost(message, repeated, tag = "1")]
    pub runs: Vec<RunEntry<T>>,
}

/// The series of a run.
#[derive(Clone, PartialEq, Message)]
pub struct RunEntry<T: Message + Default + std::fmt::Debug> {
    /// Name of the run.
    #[prost(string, tag = "1")]
    pub run_name: String,
    /// In the order of their tags.
    #[prost(message, repeated, tag = "2")]
    pub tags: Vec<TagEntry<T>>,
}

/// A series.
#[derive(Clone, PartialEq, Message)]
pub struct TagEntry<T: Message + Default + std::fmt::Debug> {
    /// Its tag.
    #[prost(string, tag = "1")]
    pub tag_name: String,
    /// What is said of it.
    #[prost(message, optional, tag = "2")]
    pub content: Option<T>,
}

/// What a series of scalars or tensors is.
#[derive(Clone, PartialEq, Message)]
pub struct SeriesMetadata {
    /// The last step.
    #[prost(int64, tag = "1")]
    pub max_step: i64,
    /// The latest time, in seconds since the epoch.
    #[prost(double, tag = "2")]
    pub max_wall_time: f64,
    /// Its plugin and texts.
    #[prost(message, optional, tag = "3")]
    pub summary_metadata: Option<SummaryMetadata>,
}

/// What a series of blobs is.
#[derive(Clone, PartialEq, Message)]
pub struct BlobSequenceMetadata {
    /// The last step.
    #[prost(int64, tag = "1")]
    pub max_step: i64,
    /// The latest time, in seconds since the epoch.
    #[prost(double, tag = "2")]
    pub max_wall_time: f64,
    /// The most blobs of a point.
    #[prost(int64, tag = "3")]
    pub max_length: i64,
    /// Its plugin and texts.
    #[prost(message, optional, tag = "4")]
    pub summary_metadata: Option<SummaryMetadata>,
}

/// Points of a scalar series.
#[derive(Clone, PartialEq, Message)]
pub struct ScalarData {
    /// Global step of each point.
    #[prost(int64, repeated, tag = "1")]
    pub step: Vec<i64>,
    /// Seconds since the epoch.
    #[prost(double, repeated, tag = "2")]
    pub wall_time: Vec<f64>,
    /// The number.
    #[prost(float, repeated, tag = "3")]
    pub value: Vec<f32>,
}

/// Points of a series of tensors.
#[derive(Clone, PartialEq, Message)]
pub struct TensorData {
    /// Global step of each point.
    #[prost(int64, repeated, tag = "1")]
    pub step: Vec<i64>,
    /// Seconds since the epoch.
    #[prost(double, repeated, tag = "2")]
    pub wall_time: Vec<f64>,
    /// Messages of `TensorProto`.
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub value: Vec<Vec<u8>>,
}

/// Points of a series of blobs.
#[derive(Clone, PartialEq, Message)]
pub struct BlobSequenceData {
    /// Global step of each point.
    #[prost(int64, repeated, tag = "1")]
    pub step: Vec<i64>,
    /// Seconds since the epoch.
    #[prost(double, repeated, tag = "2")]
    pub wall_time: Vec<f64>,
    /// The blobs.
    #[prost(message, repeated, tag = "3")]
    pub values: Vec<BlobReferenceSequence>,
}

/// The blobs of a point.
#[derive(Clone, PartialEq, Message)]
pub struct BlobReferenceSequence {
    /// In their order.
    #[prost(message, repeated, tag = "1")]
    pub blob_refs: Vec<BlobReference>,
}

/// A blob.
#[derive(Clone, PartialEq, Message)]
pub struct BlobReference {
    /// What to ask for it with.
    #[prost(string, tag = "1")]
    pub blob_key: String,
    /// Another place to read it at; never set here.
    #[prost(string, tag = "2")]
    pub url: String,
}

/// Asks for a blob.
#[derive(Clone, PartialEq, Message)]
pub struct ReadBlobRequest {
    /// Its key.
    #[prost(string, tag = "1")]
    pub blob_key: String,
}

/// A piece of a blob.
#[derive(Clone, PartialEq, Message)]
pub struct ReadBlobResponse {
    /// Its bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub data: Vec<u8>,
}
