//! The layout of custom scalar charts.

use prost::Message;

use super::event;
use crate::proto::custom_scalars::Layout;
use crate::proto::event::At;
use crate::proto::summary::{Data, Summary, SummaryMetadata};
use crate::proto::tensor::TensorProto;

/// The tag of layouts.
pub const LAYOUT_TAG: &str = "custom_scalars__config__";

/// A run's layout; readers use the last one.
#[must_use]
pub fn custom_scalars(at: At, layout: &Layout) -> Vec<u8> {
    let tensor = Data::Tensor(TensorProto::bytes(layout.encode_to_vec()));
    let metadata = SummaryMetadata::plugin("custom_scalars");
    let summary = Summary::described(LAYOUT_TAG, tensor, metadata);
    event(at, summary)
}
