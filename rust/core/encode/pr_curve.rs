//! Precision-recall curves, counted here or by the caller.

use prost::Message;

use super::event;
use crate::error::{Error, Result};
use crate::pr_curve::ROWS;
use crate::proto::event::At;
use crate::proto::pr_curve::PrCurvePluginData;
use crate::proto::summary::{Data, Summary, SummaryMetadata};
use crate::proto::tensor::TensorProto;

/// A curve whose six rows stand one after the other, as [`crate::pr_curve::pr_curve`] makes it.
#[must_use]
pub fn pr_curve(at: At, tag: &str, curve: &[f64]) -> Vec<u8> {
    let thresholds = curve.len() / ROWS;
    let values = curve.iter().map(|&value| value as f32).collect();
    let tensor = Data::Tensor(TensorProto::floats(&[ROWS, thresholds], values));
    let plugin = PrCurvePluginData {
        version: 0,
        num_thresholds: thresholds as u32,
    };
    let metadata = SummaryMetadata::with_content("pr_curves", plugin.encode_to_vec());
    event(at, Summary::described(tag, tensor, metadata))
}

/// A curve that the caller has counted; `rows` are named for error texts.
///
/// # Errors
///
/// `is_shape` unless all rows have the same length.
pub fn raw_pr_curve(at: At, tag: &str, rows: [(&str, &[f64]); ROWS]) -> Result<Vec<u8>> {
    let [(first, expected), ..] = rows;
    for (name, row) in rows {
        if row.len() != expected.len() {
            return Err(Error::shape(format!(
                "{name} must have one number per threshold as {first} has, not {} but {}",
                row.len(),
                expected.len()
            )));
        }
    }
    Ok(pr_curve(at, tag, &rows.map(|(_, row)| row).concat()))
}
