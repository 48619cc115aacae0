//! Meshes: checked and copied in the call, serialised on a lane.

use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use tensorbolt::encode::{self, PartTags};
use tensorbolt::mesh::{Mesh, Rows};

use crate::arguments::at;
use crate::array::{Borrowed, Order, View};
use crate::error::IntoPy;
use crate::outcome::Outcome;
use crate::writer::{Writer, wait_for_room};

/// An array of numbers and whether it holds the bits of bfloat16.
type Part<'py> = (Bound<'py, PyUntypedArray>, bool);

#[pymethods]
impl Writer {
    /// Writes a mesh; `config` is a JSON object, `part_tags` how the tags of the parts end.
    #[expect(clippy::too_many_arguments, reason = "they are the call's arguments")]
    fn add_mesh(
        &self,
        py: Python<'_>,
        tag: &str,
        vertices: Part<'_>,
        faces: Option<Part<'_>>,
        colors: Option<Part<'_>>,
        config: String,
        part_tags: &str,
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        let part_tags = PartTags::parse(part_tags).into_py(py)?;
        let guards = (
            borrow(&vertices)?,
            faces.as_ref().map(borrow).transpose()?,
            colors.as_ref().map(borrow).transpose()?,
        );
        let shape = |part: &Part<'_>| part.0.shape().to_vec();
        let shapes = (
            shape(&vertices),
            faces.as_ref().map(shape),
            colors.as_ref().map(shape),
        );
        let views = (
            guards.0.view(),
            guards.1.as_ref().map(Borrowed::view),
            guards.2.as_ref().map(Borrowed::view),
        );
        let mesh = py
            .detach(|| {
                let vertices = rows(shapes.0, &views.0);
                let faces = shapes.1.zip(views.1.as_ref());
                let faces = faces.map(|(shape, view)| rows(shape, view));
                let colors = shapes.2.zip(views.2.as_ref());
                let colors = colors.map(|(shape, view)| rows(shape, view));
                Mesh::new(&vertices, faces.as_ref(), colors.as_ref())
            })
            .into_py(py)?;
        let file = self.file(py)?;
        let parts = [Some(&vertices), faces.as_ref(), colors.as_ref()];
        let cost = parts.into_iter().flatten().map(bytes).sum();
        if !wait_for_room(py, file.session_state(), cost)? {
            file.session_state().drop_for_lack_of_room(1);
            return Outcome::written(py, true);
        }
        let (at, name) = (at(step, wall_time), tag.to_owned());
        let encode = move || Ok(encode::mesh(at, &name, mesh, &config, part_tags));
        file.submit(tag, cost, encode).into_py(py)?;
        Outcome::written(py, file.session_state().has_unreported())
    }
}

fn borrow<'py>(part: &Part<'py>) -> PyResult<Borrowed<'py>> {
    Borrowed::new(&part.0, part.1)
}

fn rows<'a>(shape: Vec<usize>, view: &'a View<'_>) -> Rows<'a> {
    Rows {
        shape,
        samples: view.samples(Order::RowMajor),
    }
}

/// Bytes that a part takes in memory, or as it came if that is more.
fn bytes(part: &Part<'_>) -> u64 {
    let width = part.0.dtype().itemsize().max(size_of::<f32>());
    (part.0.len() * width) as u64
}
