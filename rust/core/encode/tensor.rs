//! Tensors of any element type, in the encodings that TensorBoard's `make_ndarray` reads back.

use prost::Message;

use super::event;
use crate::error::{Error, Result};
use crate::proto::event::At;
use crate::proto::summary::{Data, DataClass, Summary, SummaryMetadata};
use crate::proto::tensor::{DataType, TensorProto, TensorShapeProto};
use crate::samples::Samples;

/// Bytes that a protobuf message must stay below.
const MESSAGE_LIMIT: usize = 1 << 31;

/// The most bytes that one element takes: a negative number as a varint.
const MAX_ELEMENT_BYTES: usize = 10;

/// A tensor for readers of the file; no dashboard shows it.
#[must_use]
pub fn tensor(at: At, tag: &str, tensor: TensorProto) -> Vec<u8> {
    let metadata = SummaryMetadata {
        data_class: DataClass::Tensor.into(),
        ..SummaryMetadata::plugin("tensor")
    };
    event(at, Summary::described(tag, Data::Tensor(tensor), metadata))
}

/// Numbers of this shape. bfloat16 becomes float32: readers have no such type.
///
/// # Errors
///
/// `is_argument` if no message can hold them.
pub fn typed_tensor(shape: &[usize], samples: Samples<'_>) -> Result<TensorProto> {
    let mut tensor = TensorProto {
        tensor_shape: Some(TensorShapeProto::of(shape)),
        ..TensorProto::default()
    };
    let len = samples.len();
    let dtype = match samples {
        Samples::Bool(values) => {
            tensor.bool_val = values.into_owned();
            DataType::Bool
        }
        Samples::U8(values) => {
            tensor.int_val = widened(&values);
            DataType::Uint8
        }
        Samples::U16(values) => {
            tensor.int_val = widened(&values);
            DataType::Uint16
        }
        Samples::I8(values) => {
            tensor.int_val = widened(&values);
            DataType::Int8
        }
        Samples::I16(values) => {
            tensor.int_val = widened(&values);
            DataType::Int16
        }
        Samples::I32(values) => {
            tensor.int_val = values.into_owned();
            DataType::Int32
        }
        Samples::I64(values) => {
            tensor.int64_val = values.into_owned();
            DataType::Int64
        }
        // Readers find these in `tensor_content` alone, and none at all where it is empty.
        Samples::U32(_) | Samples::U64(_) if len == 0 => DataType::Int64,
        Samples::U32(values) => {
            tensor.tensor_content = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            DataType::Uint32
        }
        Samples::U64(values) => {
            tensor.tensor_content = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            DataType::Uint64
        }
        Samples::F16(values) => {
            tensor.half_val = values.iter().map(|value| value.to_bits().into()).collect();
            DataType::Half
        }
        Samples::BF16(values) => {
            tensor.float_val = values.iter().map(|value| value.to_f32()).collect();
            DataType::Float
        }
        Samples::F32(values) => {
            tensor.float_val = values.into_owned();
            DataType::Float
        }
        Samples::F64(values) => {
            tensor.double_val = values.into_owned();
            DataType::Double
        }
    };
    tensor.dtype = dtype.into();
    fitting(tensor, len, MESSAGE_LIMIT)
}

/// Complex numbers of this shape, given as real and imaginary parts in turn, in single or double precision.
///
/// # Errors
///
/// `is_argument` if no message can hold them, or if the parts are no floats.
pub fn complex_tensor(shape: &[usize], parts: Samples<'_>) -> Result<TensorProto> {
    let mut tensor = TensorProto {
        tensor_shape: Some(TensorShapeProto::of(shape)),
        ..TensorProto::default()
    };
    let len = parts.len();
    let dtype = match parts {
        Samples::F32(values) => {
            tensor.scomplex_val = values.into_owned();
            DataType::Complex64
        }
        Samples::F64(values) => {
            tensor.dcomplex_val = values.into_owned();
            DataType::Complex128
        }
        other => {
            return Err(Error::argument(format!(
                "parts of complex numbers must be float32 or float64, not {}",
                other.dtype()
            )));
        }
    };
    tensor.dtype = dtype.into();
    fitting(tensor, len, MESSAGE_LIMIT)
}

/// Byte strings of this shape.
///
/// # Errors
///
/// `is_argument` if no message can hold them.
pub fn string_tensor(shape: &[usize], values: Vec<Vec<u8>>) -> Result<TensorProto> {
    let len = values.len() + values.iter().map(Vec::len).sum::<usize>();
    let tensor = TensorProto {
        tensor_shape: Some(TensorShapeProto::of(shape)),
        ..TensorProto::strings(values)
    };
    fitting(tensor, len, MESSAGE_LIMIT)
}

fn widened<T: Copy + Into<i32>>(values: &[T]) -> Vec<i32> {
    values.iter().map(|&value| value.into()).collect()
}

fn fitting(tensor: TensorProto, len: usize, limit: usize) -> Result<TensorProto> {
    // Counting takes a pass, which almost no tensor needs.
    if len.saturating_mul(MAX_ELEMENT_BYTES) >= limit {
        let size = tensor.encoded_len();
        if size >= limit {
            return Err(Error::argument(format!(
                "tensor takes {size} bytes, but a message holds less than 2 GiB; log a part of it"
            )));
        }
    }
    Ok(tensor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_is_the_size_in_the_message() -> Result<()> {
        // A negative number takes ten bytes there, whatever its type.
        for (number, fits) in [(1_i8, true), (-1, false)] {
            let tensor = typed_tensor(&[150], vec![number; 150].into())?;
            assert_eq!(fitting(tensor, 150, 1000).is_ok(), fits);
        }
        let strings = string_tensor(&[1], vec![vec![0; 1000]])?;
        assert!(fitting(strings, 1001, 1000).is_err_and(|error| error.is_argument()));
        Ok(())
    }
}
