//! `Summary`: values of tags.

use prost::{Message, Oneof};

use super::tensor::TensorProto;
use crate::error::{Error, Result};

/// Values of one or more tags at one step.
#[derive(Clone, PartialEq, Message)]
pub struct Summary {
    /// One entry per tag.
    #[prost(message, repeated, tag = "1")]
    pub value: Vec<Value>,
}

/// Checks that readers accept the bytes of a summary that the caller has serialised.
///
/// # Errors
///
/// `is_argument` if they are none.
pub fn check_summary(bytes: &[u8]) -> Result<()> {
    Summary::decode(bytes).map(drop).map_err(|error| {
        Error::argument(format!(
            "summary must be a serialised Summary, but its bytes are not: {error}"
        ))
    })
}

/// The value of one tag.
#[derive(Clone, PartialEq, Message)]
pub struct Value {
    /// Name of the series.
    #[prost(string, tag = "1")]
    pub tag: String,
    /// A graph node's name; readers use it as the tag if there is none.
    #[prost(string, tag = "7")]
    pub node_name: String,
    /// Metadata for its display; readers keep the first they see per tag.
    #[prost(message, optional, tag = "9")]
    pub metadata: Option<SummaryMetadata>,
    /// The data.
    #[prost(oneof = "Data", tags = "2, 4, 5, 6, 8")]
    pub data: Option<Data>,
}

/// The data of a [`Value`].
#[derive(Clone, PartialEq, Oneof)]
pub enum Data {
    /// A scalar.
    #[prost(float, tag = "2")]
    SimpleValue(f32),
    /// An encoded image.
    #[prost(message, tag = "4")]
    Image(Image),
    /// A histogram.
    #[prost(message, tag = "5")]
    Histo(HistogramProto),
    /// Encoded audio.
    #[prost(message, tag = "6")]
    Audio(Audio),
    /// Anything else.
    #[prost(message, tag = "8")]
    Tensor(TensorProto),
}

/// An encoded image.
#[derive(Clone, PartialEq, Message)]
pub struct Image {
    /// Rows.
    #[prost(int32, tag = "1")]
    pub height: i32,
    /// Columns.
    #[prost(int32, tag = "2")]
    pub width: i32,
    /// 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.
    #[prost(int32, tag = "3")]
    pub colorspace: i32,
    /// A PNG, JPEG, GIF or BMP file.
    #[prost(bytes = "vec", tag = "4")]
    pub encoded_image_string: Vec<u8>,
}

/// Encoded audio.
#[derive(Clone, PartialEq, Message)]
pub struct Audio {
    /// Frames per second.
    #[prost(float, tag = "1")]
    pub sample_rate: f32,
    /// 1 mono, 2 stereo.
    #[prost(int64, tag = "2")]
    pub num_channels: i64,
    /// Frames in all.
    #[prost(int64, tag = "3")]
    pub length_frames: i64,
    /// A WAV file.
    #[prost(bytes = "vec", tag = "4")]
    pub encoded_audio_string: Vec<u8>,
    /// `audio/wav`.
    #[prost(string, tag = "5")]
    pub content_type: String,
}

/// Bucket `i` reaches from `bucket_limit[i - 1]` to `bucket_limit[i]`; the first one from minus the largest double.
#[derive(Clone, PartialEq, Message)]
pub struct HistogramProto {
    /// Smallest value.
    #[prost(double, tag = "1")]
    pub min: f64,
    /// Largest value.
    #[prost(double, tag = "2")]
    pub max: f64,
    /// Number of values.
    #[prost(double, tag = "3")]
    pub num: f64,
    /// Sum of values.
    #[prost(double, tag = "4")]
    pub sum: f64,
    /// Sum of squared values.
    #[prost(double, tag = "5")]
    pub sum_squares: f64,
    /// Right edge of each bucket.
    #[prost(double, repeated, tag = "6")]
    pub bucket_limit: Vec<f64>,
    /// Values in each bucket.
    #[prost(double, repeated, tag = "7")]
    pub bucket: Vec<f64>,
}

/// Metadata for the display of a tag.
#[derive(Clone, PartialEq, Message)]
pub struct SummaryMetadata {
    /// Dashboard that shows it.
    #[prost(message, optional, tag = "1")]
    pub plugin_data: Option<PluginData>,
    /// Title instead of the tag.
    #[prost(string, tag = "2")]
    pub display_name: String,
    /// Markdown text.
    #[prost(string, tag = "3")]
    pub summary_description: String,
    /// See [`DataClass`].
    #[prost(enumeration = "DataClass", tag = "4")]
    pub data_class: i32,
}

/// Dashboard that shows a tag.
#[derive(Clone, PartialEq, Message)]
pub struct PluginData {
    /// Name of the dashboard's plugin.
    #[prost(string, tag = "1")]
    pub plugin_name: String,
    /// The plugin's own message.
    #[prost(bytes = "vec", tag = "2")]
    pub content: Vec<u8>,
}

/// Storage of a tag in readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum DataClass {
    /// Derived from the plugin's name.
    Unknown = 0,
    /// One float a step.
    Scalar = 1,
    /// A small tensor a step.
    Tensor = 2,
    /// A sequence of files a step.
    BlobSequence = 3,
}

impl SummaryMetadata {
    /// Metadata that only names the plugin.
    #[must_use]
    pub fn plugin(name: &str) -> Self {
        Self::with_content(name, Vec::new())
    }

    /// Metadata with the plugin's own message.
    #[must_use]
    pub fn with_content(name: &str, content: Vec<u8>) -> Self {
        Self {
            plugin_data: Some(PluginData {
                plugin_name: name.into(),
                content,
            }),
            ..Self::default()
        }
    }
}

impl Summary {
    /// One value without metadata.
    #[must_use]
    pub fn single(tag: &str, data: Data) -> Self {
        Self::of(tag, Some(data), None)
    }

    /// One value with metadata.
    #[must_use]
    pub fn described(tag: &str, data: Data, metadata: SummaryMetadata) -> Self {
        Self::of(tag, Some(data), Some(metadata))
    }

    /// Metadata alone.
    #[must_use]
    pub fn without_data(tag: &str, metadata: SummaryMetadata) -> Self {
        Self::of(tag, None, Some(metadata))
    }

    fn of(tag: &str, data: Option<Data>, metadata: Option<SummaryMetadata>) -> Self {
        let value = Value {
            tag: tag.into(),
            metadata,
            data,
            ..Value::default()
        };
        Self { value: vec![value] }
    }
}
