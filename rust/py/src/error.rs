//! From the core's errors to Python's built-in exceptions.

use std::io::ErrorKind;

use once_cell::race::OnceBox;
use pyo3::exceptions::{
    PyFileExistsError, PyFileNotFoundError, PyOSError, PyPermissionError, PyRuntimeError,
    PyUserWarning, PyValueError,
};
use pyo3::prelude::*;
use pyo3::types::PyType;
use tensorbolt::Error;

/// The exception for an error: the caller's mistakes are `ValueError`, the operating system's refusals are the
/// `OSError` of their number. What is no failure is a `UserWarning`, which is never raised.
pub fn to_py(py: Python<'_>, error: &Error) -> PyErr {
    let message = error.to_string();
    if let Some(source) = error.io_error() {
        return match source.raw_os_error() {
            // With a number, Python picks the subclass: FileNotFoundError and the like.
            Some(number) => PyOSError::new_err((number, message)),
            None => match source.kind() {
                ErrorKind::AlreadyExists => PyFileExistsError::new_err(message),
                ErrorKind::NotFound => PyFileNotFoundError::new_err(message),
                ErrorKind::PermissionDenied => PyPermissionError::new_err(message),
                _ => PyOSError::new_err(message),
            },
        };
    }
    if error.is_remark() {
        return PyUserWarning::new_err(message);
    }
    if error.is_closed() {
        return PyOSError::new_err(message);
    }
    if error.is_shape() {
        return shape_error(py, message);
    }
    if error.is_argument() {
        return PyValueError::new_err(message);
    }
    PyRuntimeError::new_err(message)
}

/// The exception for an error of reading: damage is one of the caller, who asked for it.
pub fn reading_error(py: Python<'_>, error: &Error) -> PyErr {
    if error.is_corrupt() {
        PyValueError::new_err(error.to_string())
    } else {
        to_py(py, error)
    }
}

/// Scripts that catch the reference writers' `AssertionError` for a wrong shape must go on working, so it is one, and a
/// `ValueError` as well.
fn shape_error(py: Python<'_>, message: String) -> PyErr {
    static CLASS: OnceBox<Py<PyType>> = OnceBox::new();
    let import = || -> PyResult<_> {
        let class = py.import("tensorbolt._errors")?.getattr("ShapeError")?;
        Ok(Box::new(class.cast_into()?.unbind()))
    };
    match CLASS.get_or_try_init(import) {
        Ok(class) => PyErr::from_type(class.bind(py).clone(), message),
        Err(error) => error,
    }
}

/// `?` for the core's results.
pub trait IntoPy<T> {
    /// The value, or the exception.
    fn into_py(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> IntoPy<T> for tensorbolt::Result<T> {
    fn into_py(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| to_py(py, &error))
    }
}
