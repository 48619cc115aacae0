//! A curve as bytes of the index.

use prost::Message;

use super::{Curve, Intervals};
use crate::steps::Steps;

/// Columns of a curve.
#[derive(Clone, PartialEq, Message)]
pub struct CurveRecord {
    #[prost(bytes = "vec", tag = "1")]
    steps: Vec<u8>,
    #[prost(double, repeated, tag = "2")]
    times: Vec<f64>,
    #[prost(float, repeated, tag = "3")]
    values: Vec<f32>,
    #[prost(message, optional, tag = "4")]
    intervals: Option<IntervalsRecord>,
}

#[derive(Clone, PartialEq, Message)]
struct IntervalsRecord {
    #[prost(uint64, tag = "1")]
    width: u64,
    #[prost(uint64, tag = "2")]
    filled: u64,
    #[prost(bytes = "vec", tag = "3")]
    kept: Vec<u8>,
}

impl Curve {
    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let intervals = self.intervals.as_ref().map(|all| IntervalsRecord {
            width: all.width as u64,
            filled: all.filled as u64,
            kept: all.kept.clone(),
        });
        let record = CurveRecord {
            steps: self.steps.as_bytes().to_vec(),
            times: self.times.clone(),
            values: self.values.clone(),
            intervals,
        };
        record.encode_to_vec()
    }

    /// Of such bytes; nothing if they are others.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let record = CurveRecord::decode(bytes).ok()?;
        let steps = Steps::of_bytes(record.steps)?;
        let count = record.times.len();
        if steps.len() != count || record.values.len() != count {
            return None;
        }
        let intervals = match record.intervals {
            None => None,
            Some(all) => {
                let kept: usize = all.kept.iter().map(|&kept| usize::from(kept)).sum();
                if kept != count || all.width == 0 {
                    return None;
                }
                Some(Intervals {
                    width: usize::try_from(all.width).ok()?,
                    filled: usize::try_from(all.filled).ok()?,
                    kept: all.kept,
                })
            }
        };
        Some(Self {
            steps,
            times: record.times,
            values: record.values,
            intervals,
            ..Self::default()
        })
    }
}
