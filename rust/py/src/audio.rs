//! Audio: the call makes 16-bit samples, a lane makes the WAV file.

use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use tensorbolt::audio::{Channels, Remark, to_16_bit};
use tensorbolt::encode;

use crate::arguments::at;
use crate::array::{Borrowed, Order};
use crate::error::IntoPy;
use crate::outcome::Outcome;
use crate::writer::{Writer, wait_for_room};

#[pymethods]
impl Writer {
    /// Writes audio.
    ///
    /// Returns whether there are problems to report, and a remark on the samples.
    #[expect(clippy::too_many_arguments, reason = "they are the call's arguments")]
    fn add_audio(
        &self,
        py: Python<'_>,
        tag: &str,
        samples: &Bound<'_, PyUntypedArray>,
        bfloat16: bool,
        sample_rate: f64,
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        let channels = Channels::parse(samples.shape()).into_py(py)?;
        encode::file_rate(sample_rate).into_py(py)?;
        let file = self.file(py)?;
        let cost = (channels.elements() * size_of::<i16>()) as u64;
        if !wait_for_room(py, file.session_state(), cost)? {
            file.session_state().drop_for_lack_of_room(1);
            return Outcome::written(py, true);
        }
        let array = Borrowed::new(samples, bfloat16)?;
        let view = array.view();
        let audio = py.detach(|| to_16_bit(&view.samples(Order::RowMajor), channels));
        let remark = match audio.remark {
            Some(Remark::Clipped) => Some("clipped"),
            Some(Remark::Quiet) => Some("quiet"),
            None => None,
        };
        let (at, name) = (at(step, wall_time), tag.to_owned());
        file.submit(tag, cost, move || {
            encode::audio(at, &name, &audio, sample_rate)
        })
        .into_py(py)?;
        Outcome::remarked(py, file.session_state().has_unreported(), remark)
    }
}
