//! Values of series of tensors, read from their files as they are asked for.

use std::collections::HashMap;
use std::io;

use prost::Message;
use tensorbolt::proto::summary::{DataClass, HistogramProto};
use tensorbolt::reader::{Form, Place, Source, ValueData, piece, pieces};
use tonic::Status;

use crate::calls::{Asked, most, sample};
use crate::catalog::Catalog;
use crate::places::{Datum, Places};
use crate::proto::{ReadRequest, Runs, TensorData};
use crate::run::{Run, RunFile, Shown};

/// Bytes of values in one reply; TensorBoard refuses more than 256 MiB.
const MOST_REPLY_BYTES: u64 = 224 << 20;
/// A tensor of float32 without elements, for values that are nothing but metadata.
const EMPTY: &[u8] = &[0x08, 0x01, 0x12, 0x02, 0x12, 0x00];
const DOUBLE: i32 = 2;

/// Points of series of tensors. Of values that are too large for a reply there are fewer, the last among them.
pub fn read_tensors(catalog: &Catalog, request: &ReadRequest) -> Result<Runs<TensorData>, Status> {
    let asked = Asked::to_read(request)?;
    let mut most = most(request)?;
    loop {
        let mut bytes = 0;
        asked.each(
            catalog,
            |run| &run.others,
            DataClass::Tensor,
            |_, one| {
                let points = sample(&one.points, most);
                bytes += points
                    .iter()
                    .map(|point| u64::from(point.length))
                    .sum::<u64>();
                None::<TensorData>
            },
        );
        if bytes <= MOST_REPLY_BYTES || most <= 1 {
            break;
        }
        most = most.min(longest(catalog)) / 2;
    }
    let read = |run: &Run, one: &Shown<Places>| Some(values(run, &sample(&one.points, most)));
    Ok(asked.each(catalog, |run| &run.others, DataClass::Tensor, read))
}

fn longest(catalog: &Catalog) -> usize {
    let series = catalog.runs.iter().flat_map(|run| &run.others);
    series.map(|one| one.points.all().len()).max().unwrap_or(0)
}

/// A file that is open, unless it is gone.
type Opened<'r> = Option<(&'r RunFile, Box<dyn Source + 'r>)>;

fn values(run: &Run, points: &[Datum]) -> TensorData {
    let mut sources: HashMap<u32, Opened<'_>> = HashMap::new();
    let mut data = TensorData::default();
    for point in points {
        let source = sources.entry(point.file).or_insert_with(|| {
            let file = run.files.get(point.file as usize)?;
            Some((file, file.origin.open().ok()?))
        });
        let value = match (point.form, source) {
            (Some(Form::Bare), _) => Ok(EMPTY.to_vec()),
            (Some(form), Some((file, source))) => file
                .check(&**source, point.offset)
                .and_then(|()| value(&**source, point.place(), form)),
            // The file is gone; the next look will notice.
            _ => continue,
        };
        match value {
            Ok(value) => {
                data.step.push(point.step);
                data.wall_time.push(point.time);
                data.value.push(value);
            }
            Err(error) => log::warn!("run {:?}, step {}: {error}", run.name, point.step),
        }
    }
    data
}

/// A message of `TensorProto`.
fn value(source: &dyn Source, place: Place, form: Form) -> io::Result<Vec<u8>> {
    if form != Form::Histogram {
        return piece(source, pieces(source, place, form)?.data);
    }
    let end = place.offset + u64::from(place.length);
    let message = piece(source, place.offset..end)?;
    match ValueData::of(&message) {
        Some(ValueData::Histogram(histogram)) => Ok(buckets(&histogram)),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// A row of left edge, right edge and count for each bucket, without empty ones at both ends.
fn buckets(histogram: &HistogramProto) -> Vec<u8> {
    let counts = &histogram.bucket;
    let is_full = |count: &f64| *count > 0.0;
    let start = counts.iter().position(is_full).unwrap_or(counts.len());
    let end = counts
        .iter()
        .rposition(is_full)
        .map_or(start, |last| last + 1);
    let counts = counts.get(start..end).unwrap_or_default();
    let limit = |at: usize| {
        histogram
            .bucket_limit
            .get(at)
            .copied()
            .unwrap_or(histogram.max)
    };
    let mut content = Vec::with_capacity(counts.len() * 24);
    for (at, &count) in (start..end).zip(counts) {
        let left = if at == start {
            histogram.min
        } else {
            limit(at - 1)
        };
        let right = if at + 1 == end {
            histogram.max
        } else {
            limit(at)
        };
        for number in [left, right, count] {
            content.extend_from_slice(&number.to_le_bytes());
        }
    }
    let dim = |size: i64| Dim { size };
    let tensor = Tensor {
        dtype: DOUBLE,
        shape: Some(Shape {
            dim: vec![dim(counts.len() as i64), dim(3)],
        }),
        content,
    };
    tensor.encode_to_vec()
}

/// An array of doubles.
#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(int32, tag = "1")]
    dtype: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
    #[prost(bytes = "vec", tag = "4")]
    content: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(message, repeated, tag = "2")]
    dim: Vec<Dim>,
}

#[derive(Clone, PartialEq, Message)]
struct Dim {
    #[prost(int64, tag = "1")]
    size: i64,
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use tensorbolt::proto::summary::HistogramProto;

    use super::{Tensor, buckets};

    fn rows(limits: &[f64], counts: &[f64]) -> Vec<f64> {
        let histogram = HistogramProto {
            min: -2.0,
            max: 7.0,
            bucket_limit: limits.to_vec(),
            bucket: counts.to_vec(),
            ..HistogramProto::default()
        };
        let tensor = Tensor::decode(&buckets(&histogram)[..]).unwrap_or_default();
        let shape: Vec<i64> = tensor
            .shape
            .iter()
            .flat_map(|of| &of.dim)
            .map(|dim| dim.size)
            .collect();
        let numbers = tensor.content.as_chunks::<8>().0.iter();
        let numbers: Vec<f64> = numbers.map(|bytes| f64::from_le_bytes(*bytes)).collect();
        assert_eq!(shape, [numbers.len() as i64 / 3, 3]);
        numbers
    }

    #[test]
    fn empty_buckets_at_the_ends_are_left_out() {
        let limits = [-1.0, 0.0, 1.0, f64::MAX];
        assert_eq!(
            rows(&limits, &[0.0, 2.0, 3.0, 0.0]),
            [-2.0, 0.0, 2.0, 0.0, 7.0, 3.0]
        );
        assert_eq!(rows(&limits, &[0.0, 0.0, 5.0, 0.0]), [-2.0, 7.0, 5.0]);
        assert_eq!(rows(&limits, &[0.0; 4]), [0.0; 0]);
        assert_eq!(rows(&[], &[]), [0.0; 0]);
    }
}
