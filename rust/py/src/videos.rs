//! Videos: the call checks and copies them, a lane makes the GIF.

use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use tensorbolt::codec::gif;
use tensorbolt::encode::{self, Video};
use tensorbolt::image::{VideoLayout, integer_range};
use tensorbolt::writer::Runtime;

use crate::arguments::at;
use crate::array::{Borrowed, Order};
use crate::error::IntoPy;
use crate::images::taken_for;
use crate::outcome::Outcome;
use crate::writer::{Writer, wait_for_room};

#[pymethods]
impl Writer {
    /// Writes a video, or a batch of them as a grid.
    ///
    /// Returns whether there are problems to report, and the assumed range of integers if the user should hear of it.
    #[expect(clippy::too_many_arguments, reason = "they are the call's arguments")]
    fn add_video(
        &self,
        py: Python<'_>,
        tag: &str,
        video: &Bound<'_, PyUntypedArray>,
        bfloat16: bool,
        dataformats: &str,
        fps: f64,
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        let layout = VideoLayout::parse(dataformats, video.shape()).into_py(py)?;
        let delay = gif::delay(fps).into_py(py)?;
        let file = self.file(py)?;
        let cost = (layout.elements() * video.dtype().itemsize()) as u64;
        if !wait_for_room(py, file.session_state(), cost)? {
            file.session_state().drop_for_lack_of_room(1);
            return Outcome::written(py, true);
        }
        let array = Borrowed::new(video, bfloat16)?;
        let view = array.view();
        let (range, samples) = py.detach(|| {
            let samples = view.samples(Order::RowMajor);
            (integer_range(&samples), samples.into_owned())
        });
        let video = Video {
            samples,
            layout,
            delay,
        };
        let (at, name) = (at(step, wall_time), tag.to_owned());
        file.submit(tag, cost, move || {
            encode::video(at, &name, &video, Runtime::current().pool())
        })
        .into_py(py)?;
        Outcome::remarked(py, file.session_state().has_unreported(), taken_for(range))
    }
}
