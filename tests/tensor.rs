//! Tensors: which field holds the elements of each type.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use half::{bf16, f16};
use prost::Message;
use tensorbolt::encode::{complex_tensor, string_tensor, typed_tensor};
use tensorbolt::proto::tensor::{DataType, TensorProto};
use tensorbolt::samples::Samples;

fn typed(samples: impl Into<Samples<'static>>) -> TensorProto {
    let samples = samples.into();
    typed_tensor(&[samples.len()], samples).unwrap()
}

#[test]
fn elements_are_where_readers_look_for_them() {
    let made = typed(vec![f16::ONE]);
    assert_eq!(
        (made.dtype(), made.half_val),
        (DataType::Half, vec![0x3c00])
    );
    let made = typed(vec![200_u8]);
    assert_eq!((made.dtype(), made.int_val), (DataType::Uint8, vec![200]));
    let made = typed(vec![u16::MAX]);
    assert_eq!(
        (made.dtype(), made.int_val),
        (DataType::Uint16, vec![65535])
    );
    let made = typed(vec![-1_i8]);
    assert_eq!((made.dtype(), made.int_val), (DataType::Int8, vec![-1]));
    let made = typed(vec![u32::MAX - 1]);
    assert_eq!(made.dtype(), DataType::Uint32);
    assert_eq!(made.tensor_content, [0xfe, 0xff, 0xff, 0xff]);
    let made = typed(vec![bf16::from_f32(1e10)]);
    assert_eq!(made.dtype(), DataType::Float);
    assert_eq!(made.float_val, [bf16::from_f32(1e10).to_f32()]);
}

#[test]
fn negative_numbers_take_ten_bytes_each() {
    // The reason for counting bytes before writing and not elements.
    let made = typed(vec![-1_i8; 100]);
    assert!(made.encoded_len() > 1000);
}

#[test]
fn empty_tensors_are_of_a_type_that_readers_know() {
    assert_eq!(typed(Vec::<u64>::new()).dtype(), DataType::Int64);
    assert_eq!(typed(Vec::<u32>::new()).dtype(), DataType::Int64);
    assert_eq!(typed(Vec::<u16>::new()).dtype(), DataType::Uint16);
}

#[test]
fn complex_numbers_are_pairs_of_floats() {
    let made = complex_tensor(&[1], vec![1.0_f32, 2.0].into()).unwrap();
    assert_eq!(made.dtype(), DataType::Complex64);
    assert_eq!(made.scomplex_val, [1.0, 2.0]);
    let made = complex_tensor(&[1], vec![1.0_f64, 2.0].into()).unwrap();
    assert_eq!(made.dtype(), DataType::Complex128);
    assert_eq!(made.dcomplex_val, [1.0, 2.0]);
    assert!(
        complex_tensor(&[1], vec![1_u8, 2].into())
            .unwrap_err()
            .is_argument()
    );
}

#[test]
fn strings_keep_their_bytes() {
    let made = string_tensor(&[1, 2], vec![b"a\0".to_vec(), vec![]]).unwrap();
    assert_eq!(made.dtype(), DataType::String);
    assert_eq!(made.string_val, [b"a\0".to_vec(), vec![]]);
    assert_eq!(made.tensor_shape.unwrap().dim.len(), 2);
}
