//! Meshes and point clouds: batches of points with colours and triangles, checked so that a page can draw them.

use crate::error::{Error, Result};
use crate::proto::mesh::ContentType;
use crate::samples::{Element, Samples, with_elements};

/// Points, triangles and colours each have three numbers.
const WIDTH: usize = 3;

/// Whole numbers up to here are exact in single precision, in which indices are stored.
const MAX_INDEX: f64 = 16_777_216.0;

/// Bytes that a protobuf message must stay below.
const MESSAGE_LIMIT: usize = 1 << 31;

/// An array with its shape: (batch, rows, 3), or (rows, 3) for a batch of one.
#[derive(Debug)]
pub struct Rows<'a> {
    /// Outermost first.
    pub shape: Vec<usize>,
    /// In row-major order.
    pub samples: Samples<'a>,
}

/// One part of a mesh, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Kind of the part.
    pub content_type: ContentType,
    /// (batch, rows, 3).
    pub shape: [usize; 3],
    /// In row-major order.
    pub values: Vec<f32>,
}

/// The parts of a mesh that there are: vertices, faces, colours.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    /// In the order in which they are stored.
    pub parts: Vec<Part>,
}

impl Mesh {
    /// Checks that the parts belong together, and copies them.
    ///
    /// Colours of a floating-point type of which none is above 1 reach from 0 to 1 and are scaled to whole numbers from
    /// 0 to 255; all others are kept. Either way they are clipped to what a byte can hold, and NaN is 0.
    ///
    /// # Errors
    ///
    /// `is_shape` for shapes that do not fit each other; `is_argument` for a face without such vertices, and for a mesh
    /// that no message can hold.
    pub fn new(
        vertices: &Rows<'_>,
        faces: Option<&Rows<'_>>,
        colors: Option<&Rows<'_>>,
    ) -> Result<Self> {
        let shape = shape(vertices, "vertices")?;
        let [batch, count, _] = shape;
        let mut parts = vec![Part {
            content_type: ContentType::Vertex,
            shape,
            values: floats(&vertices.samples),
        }];
        if let Some(faces) = faces {
            let shape = self::shape(faces, "faces")?;
            same_batch(shape, batch, "faces")?;
            parts.push(Part {
                content_type: ContentType::Face,
                shape,
                values: indices(faces, shape, count)?,
            });
        }
        if let Some(colors) = colors {
            let shape = self::shape(colors, "colors")?;
            same_batch(shape, batch, "colors")?;
            if shape[1] != count {
                return Err(Error::shape(format!(
                    "colors must have one row per vertex, not {} for {count} vertices",
                    shape[1]
                )));
            }
            parts.push(Part {
                content_type: ContentType::Color,
                shape,
                values: bytes(&colors.samples),
            });
        }
        let size: usize = parts.iter().map(|part| 4 * part.values.len()).sum();
        if size >= MESSAGE_LIMIT {
            return Err(Error::argument(format!(
                "vertices, faces and colors take {size} bytes, but a message holds less than 2 GiB; leave some out"
            )));
        }
        Ok(Self { parts })
    }
}

fn shape(rows: &Rows<'_>, name: &str) -> Result<[usize; 3]> {
    let shape = match *rows.shape.as_slice() {
        [batch, count, WIDTH] => [batch, count, WIDTH],
        [count, WIDTH] => [1, count, WIDTH],
        _ => {
            return Err(Error::shape(format!(
                "{name} must have the shape (batch, rows, 3), or (rows, 3) for a single one, not {:?}",
                rows.shape
            )));
        }
    };
    if shape.iter().any(|&size| i32::try_from(size).is_err()) {
        return Err(Error::shape(format!(
            "{name} must have sizes below 2 ** 31, not {shape:?}"
        )));
    }
    Ok(shape)
}

fn same_batch(shape: [usize; 3], batch: usize, name: &str) -> Result<()> {
    if shape[0] == batch {
        return Ok(());
    }
    Err(Error::shape(format!(
        "{name} must have the same batch size as vertices, not {} for {batch}",
        shape[0]
    )))
}

fn floats(samples: &Samples<'_>) -> Vec<f32> {
    with_elements!(samples, |values| values
        .iter()
        .map(|value| value.to_f64() as f32)
        .collect())
}

/// The indices of faces, each of them one of `count` vertices.
fn indices(faces: &Rows<'_>, shape: [usize; 3], count: usize) -> Result<Vec<f32>> {
    with_elements!(&faces.samples, |values| {
        let wrong = values.iter().position(|value| {
            let index = value.to_f64();
            let known = index >= 0.0 && index < count as f64;
            !known || index.fract() != 0.0 || index > MAX_INDEX
        });
        match wrong.and_then(|place| Some((place, values.get(place)?.to_f64()))) {
            Some((place, index)) => Err(wrong_index(place, index, shape, count)),
            None => Ok(floats(&faces.samples)),
        }
    })
}

#[cold]
fn wrong_index(place: usize, index: f64, shape: [usize; 3], count: usize) -> Error {
    let (row, corner) = (place / WIDTH, place % WIDTH);
    let (sample, face) = (row / shape[1].max(1), row % shape[1].max(1));
    let limit = if index > MAX_INDEX {
        format!("at most {MAX_INDEX}, the largest that is stored exactly")
    } else {
        format!("a whole number from 0 to below {count}, the number of vertices")
    };
    Error::argument(format!(
        "faces[{sample}, {face}, {corner}] must be {limit}, not {index}"
    ))
}

/// Colours from 0 to 255.
fn bytes(samples: &Samples<'_>) -> Vec<f32> {
    let floating = matches!(
        samples,
        Samples::F16(_) | Samples::BF16(_) | Samples::F32(_) | Samples::F64(_)
    );
    with_elements!(samples, |values| {
        let shares = floating && !values.iter().any(|value| value.to_f64() > 1.0);
        let byte = |value: f64| {
            let value = if shares {
                (value * 255.0).round()
            } else {
                value
            };
            // NaN is neither.
            if value > 0.0 { value.min(255.0) } else { 0.0 }
        };
        values
            .iter()
            .map(|value| byte(value.to_f64()) as f32)
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_that_single_precision_cannot_hold_are_refused() {
        let faces = |index: i64| Rows {
            shape: vec![1, 1, 3],
            samples: vec![0, 1, index].into(),
        };
        let check = |index| indices(&faces(index), [1, 1, 3], 1 << 25);
        assert!(check(1 << 24).is_ok());
        let error = check((1 << 24) + 1).map_err(|error| error.to_string());
        assert!(error.is_err_and(|text| text.contains("at most 16777216")));
    }
}
