//! The PR-curve plugin's own message.

use prost::Message;

/// Data for the plugin `pr_curves` about a tag.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct PrCurvePluginData {
    /// Always 0.
    #[prost(int32, tag = "1")]
    pub version: i32,
    /// Columns of the tensor.
    #[prost(uint32, tag = "2")]
    pub num_thresholds: u32,
}
