//! Texts.

use super::event;
use crate::proto::event::At;
use crate::proto::summary::{Data, Summary, SummaryMetadata};
use crate::proto::tensor::TensorProto;

/// A Markdown text; the tag gets the suffix `/text_summary` as both incumbents give it.
#[must_use]
pub fn text(at: At, tag: &str, text: &str) -> Vec<u8> {
    let tensor = Data::Tensor(TensorProto::strings(vec![text.into()]));
    let metadata = SummaryMetadata::plugin("text");
    let tag = format!("{tag}/text_summary");
    event(at, Summary::described(&tag, tensor, metadata))
}
