//! Tensors: copied in the call, serialised on a lane.

use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use tensorbolt::encode;
use tensorbolt::proto::tensor::TensorProto;

use crate::arguments::at;
use crate::array::{Borrowed, Order, check_memory};
use crate::error::IntoPy;
use crate::outcome::Outcome;
use crate::writer::{Writer, wait_for_room};

#[pymethods]
impl Writer {
    /// Writes a tensor of numbers. With `paired`, the last axis holds real and imaginary parts.
    #[expect(clippy::too_many_arguments, reason = "they are the call's arguments")]
    fn add_tensor(
        &self,
        py: Python<'_>,
        tag: &str,
        tensor: &Bound<'_, PyUntypedArray>,
        bfloat16: bool,
        paired: bool,
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        let array = Borrowed::new(tensor, bfloat16)?;
        let (view, shape) = (array.view(), tensor.shape());
        // As small integers are stored.
        let width = tensor.dtype().itemsize().max(size_of::<i32>());
        self.submit_tensor(py, tag, tensor.len() * width, step, wall_time, || {
            let samples = view.samples(Order::RowMajor);
            match shape {
                [outer @ .., _] if paired => encode::complex_tensor(outer, samples),
                _ => encode::typed_tensor(shape, samples),
            }
        })
    }

    /// Writes a tensor of byte strings.
    fn add_string_tensor(
        &self,
        py: Python<'_>,
        tag: &str,
        strings: Vec<Vec<u8>>,
        shape: Vec<usize>,
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        let entries = strings.len() * size_of::<Vec<u8>>();
        let cost = entries + strings.iter().map(Vec::len).sum::<usize>();
        self.submit_tensor(py, tag, cost, step, wall_time, || {
            encode::string_tensor(&shape, strings)
        })
    }
}

impl Writer {
    fn submit_tensor(
        &self,
        py: Python<'_>,
        tag: &str,
        cost: usize,
        step: i64,
        wall_time: Option<f64>,
        copy: impl FnOnce() -> tensorbolt::Result<TensorProto> + Send,
    ) -> PyResult<Py<Outcome>> {
        check_memory(cost)?;
        let tensor = py.detach(copy).into_py(py)?;
        let file = self.file(py)?;
        if !wait_for_room(py, file.session_state(), cost as u64)? {
            file.session_state().drop_for_lack_of_room(1);
            return Outcome::written(py, true);
        }
        let (at, name) = (at(step, wall_time), tag.to_owned());
        file.submit(tag, cost as u64, move || {
            Ok(encode::tensor(at, &name, tensor))
        })
        .into_py(py)?;
        Outcome::written(py, file.session_state().has_unreported())
    }
}
