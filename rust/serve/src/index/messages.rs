//! What the index says of event files.

use prost::Message;
use tensorbolt::proto::summary::SummaryMetadata;

/// Contents of a file of the index.
#[derive(Clone, PartialEq, Message)]
pub struct Contents {
    /// What is served, and how: an index for something else counts for nothing.
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(message, repeated, tag = "2")]
    pub files: Vec<FileRecord>,
}

/// An event file.
#[derive(Clone, PartialEq, Message)]
pub struct FileRecord {
    #[prost(string, tag = "1")]
    pub run: String,
    #[prost(string, tag = "2")]
    pub name: String,
    #[prost(message, required, tag = "3")]
    pub stamp: StampRecord,
    #[prost(message, required, tag = "4")]
    pub position: PositionRecord,
    #[prost(message, repeated, tag = "5")]
    pub scalars: Vec<ScalarsRecord>,
    #[prost(message, repeated, tag = "6")]
    pub others: Vec<OthersRecord>,
    #[prost(sint64, optional, tag = "7")]
    pub floor: Option<i64>,
    #[prost(double, optional, tag = "8")]
    pub start: Option<f64>,
    #[prost(uint64, tag = "9")]
    pub events: u64,
    #[prost(uint64, tag = "10")]
    pub damaged: u64,
    /// Pairs of an offset and a length.
    #[prost(uint64, repeated, tag = "11")]
    pub unchecked: Vec<u64>,
    #[prost(bool, tag = "12")]
    pub is_strict: bool,
}

/// What tells whether a file was changed.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct StampRecord {
    #[prost(uint64, tag = "1")]
    pub size: u64,
    /// Nanoseconds since the epoch.
    #[prost(uint64, optional, tag = "2")]
    pub modified: Option<u64>,
    #[prost(fixed64, tag = "3")]
    pub device: u64,
    #[prost(fixed64, tag = "4")]
    pub number: u64,
}

/// How far a file was read.
#[derive(Clone, PartialEq, Message)]
pub struct PositionRecord {
    #[prost(message, optional, tag = "1")]
    pub identity: Option<IdentityRecord>,
    #[prost(uint64, tag = "2")]
    pub offset: u64,
    #[prost(bytes = "vec", tag = "3")]
    pub tail: Vec<u8>,
    #[prost(bool, tag = "4")]
    pub is_given_up: bool,
    #[prost(message, repeated, tag = "5")]
    pub tags: Vec<TagRecord>,
}

/// A file of a system that numbers them.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct IdentityRecord {
    #[prost(fixed64, tag = "1")]
    pub device: u64,
    #[prost(fixed64, tag = "2")]
    pub number: u64,
}

/// Metadata that later values of a tag lack.
#[derive(Clone, PartialEq, Message)]
pub struct TagRecord {
    #[prost(bytes = "vec", tag = "1")]
    pub tag: Vec<u8>,
    #[prost(message, required, tag = "2")]
    pub metadata: SummaryMetadata,
}

/// A series of scalars. Its points are elsewhere in the file of the index.
#[derive(Clone, PartialEq, Message)]
pub struct ScalarsRecord {
    #[prost(string, tag = "1")]
    pub tag: String,
    #[prost(message, optional, tag = "2")]
    pub described: Option<SummaryMetadata>,
    #[prost(sint64, tag = "3")]
    pub floor: i64,
    #[prost(uint64, tag = "4")]
    pub count: u64,
    #[prost(message, optional, tag = "5")]
    pub end: Option<EndRecord>,
    #[prost(uint64, tag = "6")]
    pub offset: u64,
    #[prost(uint64, tag = "7")]
    pub length: u64,
}

/// The end of a curve.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct EndRecord {
    #[prost(sint64, tag = "1")]
    pub step: i64,
    #[prost(double, tag = "2")]
    pub time: f64,
    #[prost(float, tag = "3")]
    pub value: f32,
    #[prost(double, tag = "4")]
    pub max_time: f64,
}

/// A series whose values stay in their files.
#[derive(Clone, PartialEq, Message)]
pub struct OthersRecord {
    #[prost(string, tag = "1")]
    pub tag: String,
    #[prost(message, optional, tag = "2")]
    pub described: Option<SummaryMetadata>,
    #[prost(sint64, tag = "3")]
    pub floor: i64,
    #[prost(message, repeated, tag = "4")]
    pub data: Vec<DatumRecord>,
    #[prost(uint64, tag = "5")]
    pub stride: u64,
    #[prost(uint64, tag = "6")]
    pub since: u64,
    #[prost(bool, tag = "7")]
    pub is_last_spare: bool,
}

/// A point of such a series.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct DatumRecord {
    #[prost(sint64, tag = "1")]
    pub step: i64,
    #[prost(double, tag = "2")]
    pub time: f64,
    #[prost(uint64, tag = "3")]
    pub offset: u64,
    #[prost(uint32, tag = "4")]
    pub length: u32,
    #[prost(uint32, tag = "5")]
    pub blobs: u32,
    /// One more than the number of its form; 0 for bytes that are no message.
    #[prost(uint32, tag = "6")]
    pub form: u32,
}
