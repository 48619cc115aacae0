//! Images: the call checks and copies them, a lane draws and compresses them.

use numpy::{PyArrayDescrMethods, PyReadonlyArray2, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use tensorbolt::codec::png::Compression;
use tensorbolt::encode::{self, RawImage};
use tensorbolt::image::{Boxes, IntegerRange, Layout, integer_range, resized};

use crate::arguments::at;
use crate::array::{Borrowed, Order};
use crate::error::IntoPy;
use crate::outcome::Outcome;
use crate::writer::{Writer, wait_for_room};

#[pymethods]
impl Writer {
    /// Writes an image, or a batch of them as a grid, with boxes if there are any. `boxes` is N×4.
    ///
    /// Returns whether there are problems to report, and the assumed range of integers if the user should hear of it.
    #[expect(clippy::too_many_arguments, reason = "they are the call's arguments")]
    fn add_image(
        &self,
        py: Python<'_>,
        tag: &str,
        image: &Bound<'_, PyUntypedArray>,
        bfloat16: bool,
        dataformats: &str,
        compression: &str,
        boxes: Option<PyReadonlyArray2<'_, f64>>,
        labels: Option<Vec<String>>,
        rescale: f64,
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        let layout = Layout::parse(dataformats, image.shape()).into_py(py)?;
        resized(layout.width(), layout.height(), rescale).into_py(py)?;
        let compression = Compression::parse(compression).into_py(py)?;
        let boxes = match boxes {
            Some(corners) => Some(Boxes::new(rows_of_four(&corners), labels).into_py(py)?),
            None => None,
        };
        let file = self.file(py)?;
        let cost = layout.elements() * image.dtype().itemsize();
        if !wait_for_room(py, file.session_state(), cost as u64)? {
            file.session_state().drop_for_lack_of_room(1);
            return Outcome::written(py, true);
        }
        let array = Borrowed::new(image, bfloat16)?;
        let view = array.view();
        let (range, samples) = py.detach(|| {
            let samples = view.samples(Order::RowMajor);
            (integer_range(&samples), samples.into_owned())
        });
        let raw = RawImage {
            samples,
            layout,
            boxes,
            rescale,
            compression,
        };
        let (at, name) = (at(step, wall_time), tag.to_owned());
        file.submit(tag, cost as u64, move || encode::image(at, &name, raw))
            .into_py(py)?;
        Outcome::remarked(py, file.session_state().has_unreported(), taken_for(range))
    }
}

/// The assumed range of integers, if the user should hear of it.
pub fn taken_for(range: Option<IntegerRange>) -> Option<&'static str> {
    match range {
        Some(IntegerRange::Byte) => Some("byte"),
        Some(IntegerRange::Word) => Some("word"),
        Some(IntegerRange::Unit) | None => None,
    }
}

fn rows_of_four(corners: &PyReadonlyArray2<'_, f64>) -> Vec<[f64; 4]> {
    corners
        .as_array()
        .rows()
        .into_iter()
        .filter_map(|row| row.iter().copied().collect::<Vec<_>>().try_into().ok())
        .collect()
}
