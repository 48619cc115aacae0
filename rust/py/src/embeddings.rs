//! Embeddings: checked and copied in the call, written on a thread of their own. The call waits for the files of small
//! ones.

use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use tensorbolt::codec::png::Compression;
use tensorbolt::image::{IntegerRange, integer_range};
use tensorbolt::projector::{self, Address, Embedding, Sprite, WriteContext};
use tensorbolt::samples::Samples;

use crate::array::{Borrowed, Order};
use crate::error::IntoPy;
use crate::outcome::Outcome;
use crate::writer::{Writer, wait_for_room};

/// The call waits for the files of embeddings whose points, images and labels are at most so many bytes, such as 8192
/// points of 128 float32: that takes some 30 milliseconds, a fiftieth of what the reference writers take.
const MAX_AWAITED_BYTES: u64 = 4 << 20;

/// An array of images, whether it holds bfloat16, and the meaning of its axes.
type LabelImages<'py> = (Bound<'py, PyUntypedArray>, bool, String);

#[pymethods]
impl Writer {
    /// Writes the files of an embedding into the run's directory.
    ///
    /// Returns whether there are problems to report, and the assumed range of integers if the user should hear of it.
    #[expect(clippy::too_many_arguments, reason = "they are the call's arguments")]
    fn add_embedding(
        &self,
        py: Python<'_>,
        tag: &str,
        step: i64,
        points: &Bound<'_, PyUntypedArray>,
        bfloat16: bool,
        binary: bool,
        metadata: Option<(String, usize)>,
        images: Option<LabelImages<'_>>,
        compression: &str,
    ) -> PyResult<Py<Outcome>> {
        let address = Address::new(tag, step).into_py(py)?;
        let compression = Compression::parse(compression).into_py(py)?;
        let (rows, columns) = projector::points_and_columns(points.shape()).into_py(py)?;
        if let Some((_, labels)) = &metadata {
            projector::check_labels(*labels, rows).into_py(py)?;
        }
        let layout = match &images {
            Some((array, _, formats)) => {
                Some(Sprite::layout(formats, array.shape(), rows).into_py(py)?)
            }
            None => None,
        };
        let root = self.root();
        let file = self.file(py)?;
        let (asked, place) = (address.clone(), root.clone());
        // Without an answer it is asked again where the files are made.
        if let Some(answer) =
            py.detach(|| file.run_with_deadline(move || asked.check_inside(&place)))
        {
            answer.into_py(py)?;
        }
        let size = |array: &Bound<'_, PyUntypedArray>| array.len() * array.dtype().itemsize();
        let images_size = images.as_ref().map_or(0, |(array, ..)| size(array));
        let labels_size = metadata.as_ref().map_or(0, |(text, _)| text.len());
        let cost = (size(points) + images_size + labels_size) as u64;
        if !wait_for_room(py, file.session_state(), cost)? {
            file.session_state().drop_for_lack_of_room(1);
            return Outcome::written(py, true);
        }
        let points = copied(py, points, bfloat16)?;
        let images = match &images {
            Some((array, bfloat16, _)) => Some(copied(py, array, *bfloat16)?),
            None => None,
        };
        let range = images
            .as_ref()
            .and_then(|samples| py.detach(|| integer_range(samples)));
        let embedding = Embedding {
            address,
            points,
            columns,
            binary,
            metadata: metadata.map(|(text, _)| text),
            sprite: images
                .zip(layout)
                .map(|(samples, layout)| Sprite::new(samples, layout, compression)),
        };
        let write = move |context: &tensorbolt::writer::SidecarContext<'_>| {
            let context = WriteContext {
                pool: context.pool(),
                fsync: context.fsync(),
                add_written: &|bytes| context.add_written(bytes),
            };
            projector::write(&embedding, &root, &context)
        };
        py.detach(|| file.submit_sidecar(cost, write)).into_py(py)?;
        if cost <= MAX_AWAITED_BYTES {
            py.detach(|| file.wait_for_sidecars());
        }
        let taken_for = match range {
            Some(IntegerRange::Byte) => Some("byte"),
            Some(IntegerRange::Word) => Some("word"),
            Some(IntegerRange::Unit) | None => None,
        };
        Outcome::remarked(py, file.session_state().has_unreported(), taken_for)
    }
}

fn copied(
    py: Python<'_>,
    array: &Bound<'_, PyUntypedArray>,
    bfloat16: bool,
) -> PyResult<Samples<'static>> {
    let array = Borrowed::new(array, bfloat16)?;
    let view = array.view();
    Ok(py.detach(|| view.samples(Order::RowMajor).into_owned()))
}
