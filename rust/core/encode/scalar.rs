//! Scalars that need more than the fast path's two fields.

use super::event;
use crate::proto::event::At;
use crate::proto::summary::{Data, DataClass, Summary, SummaryMetadata};
use crate::proto::tensor::TensorProto;

/// A scalar stored as a tensor, as `torch.utils.tensorboard` does with `new_style=True`.
#[must_use]
pub fn tensor_scalar(at: At, tag: &str, value: f64, double_precision: bool) -> Vec<u8> {
    let tensor = tensor(value, double_precision);
    let metadata = SummaryMetadata::plugin("scalars");
    event(at, Summary::described(tag, Data::Tensor(tensor), metadata))
}

fn tensor(value: f64, double_precision: bool) -> TensorProto {
    if double_precision {
        TensorProto::double(value)
    } else {
        TensorProto::float(value as f32)
    }
}

/// A scalar with a title and a Markdown description; with `double_precision` as a tensor.
///
/// Plugin and data class are written with the texts: without them TensorBoard's default loader drops both.
#[must_use]
pub fn described_scalar(
    at: At,
    tag: &str,
    value: f64,
    double_precision: bool,
    title: &str,
    description: &str,
) -> Vec<u8> {
    let metadata = SummaryMetadata {
        display_name: title.into(),
        summary_description: description.into(),
        data_class: DataClass::Scalar.into(),
        ..SummaryMetadata::plugin("scalars")
    };
    let data = if double_precision {
        Data::Tensor(tensor(value, true))
    } else {
        Data::SimpleValue(value as f32)
    };
    event(at, Summary::described(tag, data, metadata))
}
