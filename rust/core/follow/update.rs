//! Updates that an event brings to a reader that follows its file.

use prost::Message;

use super::Seen;
use crate::proto::event::{Event, SessionStatus, What};
use crate::proto::summary::{Data, Value};
use crate::proto::tensor::{DataType, TensorProto};

/// The dashboard of scalars, by the name of its plugin.
const SCALARS: &str = "scalars";

/// A change of a curve.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// A point of the curve of a tag.
    Scalar {
        /// Name of the curve.
        tag: String,
        /// Global step.
        step: i64,
        /// Seconds since the epoch.
        wall_time: f64,
        /// The value; float32 unless the log has it more exactly.
        value: f64,
    },
    /// Points of the run from this step on are no longer valid.
    Purge(i64),
}

/// Summary of a tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// Name of the plugin that shows it, that of the first value; empty if the log does not name it.
    pub plugin: String,
    /// Values.
    pub count: u64,
    /// Bytes of all values together.
    pub bytes: u64,
}

impl Seen {
    /// Takes one record's payload.
    pub(super) fn take(&mut self, payload: &[u8], updates: &mut Vec<Update>) {
        let Ok(event) = Event::decode(payload) else {
            self.damage += 1;
            return;
        };
        if event.wall_time.is_nan() {
            self.nan_times += 1;
        }
        match event.what {
            Some(What::Summary(summary)) => {
                for value in summary.value {
                    self.value(value, event.step, event.wall_time, updates);
                }
            }
            Some(What::SessionLog(log)) if log.status == i32::from(SessionStatus::Start) => {
                updates.push(Update::Purge(event.step));
            }
            _ => {}
        }
    }

    fn value(&mut self, value: Value, step: i64, wall_time: f64, updates: &mut Vec<Update>) {
        let Some(data) = &value.data else { return };
        let bytes = value.encoded_len() as u64;
        let tag = if value.tag.is_empty() {
            value.node_name
        } else {
            value.tag
        };
        if !self.series.contains_key(&tag) {
            let named = value.metadata.and_then(|metadata| metadata.plugin_data);
            let plugin = match (data, named) {
                // Readers go by these kinds of data, whatever the metadata says.
                (Data::SimpleValue(_), _) => SCALARS.into(),
                (Data::Image(_), _) => "images".into(),
                (Data::Histo(_), _) => "histograms".into(),
                (Data::Audio(_), _) => "audio".into(),
                (Data::Tensor(_), named) => named.unwrap_or_default().plugin_name,
            };
            let series = Series {
                plugin,
                ..Series::default()
            };
            self.series.insert(tag.clone(), series);
        }
        let Some(series) = self.series.get_mut(&tag) else {
            return;
        };
        series.count += 1;
        series.bytes += bytes;
        let number = match data {
            Data::SimpleValue(number) => Some(f64::from(*number)),
            Data::Tensor(tensor) if series.plugin == SCALARS => number(tensor),
            _ => None,
        };
        if let Some(value) = number {
            updates.push(Update::Scalar {
                tag,
                step,
                wall_time,
                value,
            });
        }
    }
}

/// The one number of a tensor, in any form that TensorBoard's readers take for a scalar.
fn number(tensor: &TensorProto) -> Option<f64> {
    let content = tensor.tensor_content.as_slice();
    match DataType::try_from(tensor.dtype).ok()? {
        DataType::Float => one(&tensor.float_val, content, f32::from_le_bytes).map(f64::from),
        DataType::Double => one(&tensor.double_val, content, f64::from_le_bytes),
        DataType::Int32 => one(&tensor.int_val, content, i32::from_le_bytes).map(f64::from),
        DataType::Int64 => {
            one(&tensor.int64_val, content, i64::from_le_bytes).map(|number| number as f64)
        }
        _ => None,
    }
}

/// The only element, from the field of its type or from the raw bytes.
fn one<T: Copy, const N: usize>(
    elements: &[T],
    content: &[u8],
    from_bytes: fn([u8; N]) -> T,
) -> Option<T> {
    match elements {
        [element] => Some(*element),
        [] => content.try_into().ok().map(from_bytes),
        _ => None,
    }
}
