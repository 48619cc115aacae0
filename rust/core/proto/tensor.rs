//! `TensorProto`: arrays of any type.

use prost::Message;

/// An array. Either `tensor_content` or the field of its type holds the elements, in row-major order.
#[derive(Clone, PartialEq, Message)]
pub struct TensorProto {
    /// See [`DataType`].
    #[prost(enumeration = "DataType", tag = "1")]
    pub dtype: i32,
    /// Absent means rank 0.
    #[prost(message, optional, tag = "2")]
    pub tensor_shape: Option<TensorShapeProto>,
    /// Raw little-endian elements of any fixed-width type.
    #[prost(bytes = "vec", tag = "4")]
    pub tensor_content: Vec<u8>,
    /// Elements of `Float`.
    #[prost(float, repeated, tag = "5")]
    pub float_val: Vec<f32>,
    /// Elements of `Double`.
    #[prost(double, repeated, tag = "6")]
    pub double_val: Vec<f64>,
    /// Elements of the integers of up to 32 bits, but `Uint32`.
    #[prost(int32, repeated, tag = "7")]
    pub int_val: Vec<i32>,
    /// Elements of `String`.
    #[prost(bytes = "vec", repeated, tag = "8")]
    pub string_val: Vec<Vec<u8>>,
    /// Real and imaginary parts of `Complex64` in turn.
    #[prost(float, repeated, tag = "9")]
    pub scomplex_val: Vec<f32>,
    /// Elements of `Int64`.
    #[prost(int64, repeated, tag = "10")]
    pub int64_val: Vec<i64>,
    /// Elements of `Bool`.
    #[prost(bool, repeated, tag = "11")]
    pub bool_val: Vec<bool>,
    /// Real and imaginary parts of `Complex128` in turn.
    #[prost(double, repeated, tag = "12")]
    pub dcomplex_val: Vec<f64>,
    /// Bits of `Half`, in the lower 16 of each.
    #[prost(int32, repeated, tag = "13")]
    pub half_val: Vec<i32>,
}

/// Shape of a tensor.
#[derive(Clone, PartialEq, Message)]
pub struct TensorShapeProto {
    /// Outermost first.
    #[prost(message, repeated, tag = "2")]
    pub dim: Vec<Dim>,
    /// True if not even the rank is known.
    #[prost(bool, tag = "3")]
    pub unknown_rank: bool,
}

/// One dimension.
#[derive(Clone, PartialEq, Message)]
pub struct Dim {
    /// Its size; -1 if unknown.
    #[prost(int64, tag = "1")]
    pub size: i64,
    /// Its name.
    #[prost(string, tag = "2")]
    pub name: String,
}

/// Element types that this crate writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum DataType {
    /// None.
    Invalid = 0,
    /// float32.
    Float = 1,
    /// float64.
    Double = 2,
    /// int32.
    Int32 = 3,
    /// uint8.
    Uint8 = 4,
    /// int16.
    Int16 = 5,
    /// int8.
    Int8 = 6,
    /// Bytes.
    String = 7,
    /// Two float32.
    Complex64 = 8,
    /// int64.
    Int64 = 9,
    /// Truth values.
    Bool = 10,
    /// uint16.
    Uint16 = 17,
    /// Two float64.
    Complex128 = 18,
    /// float16.
    Half = 19,
    /// uint32.
    Uint32 = 22,
    /// uint64.
    Uint64 = 23,
}

impl TensorProto {
    /// A float32 without a shape message, which readers take for rank 0.
    #[must_use]
    pub fn float(value: f32) -> Self {
        Self {
            dtype: DataType::Float.into(),
            float_val: vec![value],
            ..Self::default()
        }
    }

    /// A float64 without a shape message, which readers take for rank 0.
    #[must_use]
    pub fn double(value: f64) -> Self {
        Self {
            dtype: DataType::Double.into(),
            double_val: vec![value],
            ..Self::default()
        }
    }

    /// float32 elements of this shape, in row-major order.
    #[must_use]
    pub fn floats(shape: &[usize], values: Vec<f32>) -> Self {
        Self {
            dtype: DataType::Float.into(),
            tensor_shape: Some(TensorShapeProto::of(shape)),
            float_val: values,
            ..Self::default()
        }
    }

    /// Byte strings of shape `[n]`.
    #[must_use]
    pub fn strings(values: Vec<Vec<u8>>) -> Self {
        Self {
            dtype: DataType::String.into(),
            tensor_shape: Some(TensorShapeProto::of(&[values.len()])),
            string_val: values,
            ..Self::default()
        }
    }

    /// One byte string of rank 0, as plugins keep a message of theirs.
    #[must_use]
    pub fn bytes(value: Vec<u8>) -> Self {
        Self {
            dtype: DataType::String.into(),
            tensor_shape: Some(TensorShapeProto::of(&[])),
            string_val: vec![value],
            ..Self::default()
        }
    }
}

impl TensorShapeProto {
    /// A shape that is known, outermost first.
    #[must_use]
    pub fn of(shape: &[usize]) -> Self {
        let dim = |&size: &usize| Dim {
            size: size as i64,
            name: String::new(),
        };
        Self {
            dim: shape.iter().map(dim).collect(),
            unknown_rank: false,
        }
    }
}
