//! Meshes: what is stored, and what is refused.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use half::f16;
use proptest::collection::vec;
use proptest::prelude::*;
use tensorbolt::mesh::{Mesh, Rows};
use tensorbolt::samples::Samples;

fn rows(shape: &[usize], samples: impl Into<Samples<'static>>) -> Rows<'static> {
    Rows {
        shape: shape.to_vec(),
        samples: samples.into(),
    }
}

fn points(count: usize) -> Rows<'static> {
    rows(&[1, count, 3], vec![0.5_f64; count * 3])
}

fn colors(values: impl Into<Samples<'static>>) -> Vec<f32> {
    let samples = values.into();
    let count = samples.len() / 3;
    let mesh = Mesh::new(&points(count), None, Some(&rows(&[1, count, 3], samples))).unwrap();
    mesh.parts[1].values.clone()
}

#[test]
fn shares_of_every_byte_come_back() {
    for single in [true, false] {
        for byte in 0..=255_u8 {
            let share = f64::from(byte) / 255.0;
            let stored = if single {
                colors(vec![share as f32; 3])
            } else {
                colors(vec![share; 3])
            };
            assert_eq!(stored, vec![f32::from(byte); 3]);
        }
    }
}

#[test]
fn only_floats_up_to_1_are_scaled() {
    assert_eq!(colors(vec![0_u8, 1, 1]), [0.0, 1.0, 1.0]);
    assert_eq!(colors(vec![0_i64, 1, 1]), [0.0, 1.0, 1.0]);
    assert_eq!(colors(vec![0.0_f32, 1.0, 2.5]), [0.0, 1.0, 2.5]);
    assert_eq!(colors(vec![f16::from_f32(0.5); 3]), [128.0; 3]);
    assert_eq!(colors(vec![-1.0_f64, f64::NAN, 1.0]), [0.0, 0.0, 255.0]);
    assert_eq!(
        colors(vec![-1.0_f64, f64::NAN, f64::INFINITY]),
        [0.0, 0.0, 255.0]
    );
    assert_eq!(colors(vec![-1_i32, 300, 255]), [0.0, 255.0, 255.0]);
}

#[test]
fn a_single_mesh_is_a_batch_of_one() {
    let mesh = Mesh::new(&rows(&[2, 3], vec![1_u8; 6]), None, None).unwrap();
    assert_eq!(mesh.parts[0].shape, [1, 2, 3]);
}

#[test]
fn shapes_must_fit() {
    for shape in [vec![], vec![3], vec![2, 2], vec![1, 1, 1, 3], vec![1, 3, 2]] {
        let length = shape.iter().product::<usize>();
        let wrong = rows(&shape, vec![0.0_f32; length]);
        let error = Mesh::new(&wrong, None, None).unwrap_err();
        assert!(error.is_shape() && error.to_string().contains("vertices"));
        let error = Mesh::new(&points(9), Some(&wrong), None).unwrap_err();
        assert!(error.is_shape() && error.to_string().contains("faces"));
    }
    let two = rows(&[2, 4, 3], vec![0.0_f32; 24]);
    for (faces, colors) in [(Some(&two), None), (None, Some(&two))] {
        assert!(Mesh::new(&points(4), faces, colors).unwrap_err().is_shape());
    }
    let error = Mesh::new(&points(5), None, Some(&points(4))).unwrap_err();
    assert!(error.is_shape() && error.to_string().contains("one row per vertex"));
    let endless = rows(&[1 << 40, 0, 3], Vec::<f32>::new());
    assert!(Mesh::new(&endless, None, None).unwrap_err().is_shape());
}

proptest! {
    #[test]
    fn faces_name_vertices_that_there_are(
        faces in vec(0_i64..12, 0..10).prop_map(|mut faces| { faces.truncate(faces.len() / 3 * 3); faces }),
    ) {
        let shape = [1, faces.len() / 3, 3];
        let made = Mesh::new(&points(10), Some(&rows(&shape, faces.clone())), None);
        if faces.iter().all(|&face| face < 10) {
            let stored: Vec<f32> = faces.iter().map(|&face| face as f32).collect();
            prop_assert_eq!(&made.unwrap().parts[1].values, &stored);
        } else {
            let place = faces.iter().position(|&face| face >= 10).unwrap();
            let name = format!("faces[0, {}, {}]", place / 3, place % 3);
            let error = made.unwrap_err();
            prop_assert!(error.is_argument() && error.to_string().contains(&name));
        }
    }
}

#[test]
fn faces_are_whole_numbers() {
    for index in [0.5, -1.0, f64::NAN, f64::INFINITY, 10.0] {
        let faces = rows(&[1, 1, 3], vec![0.0, 1.0, index]);
        let error = Mesh::new(&points(10), Some(&faces), None).unwrap_err();
        assert!(error.to_string().contains("faces[0, 0, 2]"), "{error}");
    }
}
