//! Numbers and arrays that need no adapting, of Python, numpy and torch.
//!
//! The fast path for the values of nearly all calls. All other values, and errors, are for `_arrays.py` to read or
//! to explain. Nothing is imported: an object of torch can only come from a torch that is there.

use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use once_cell::race::OnceBox;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyFloatMethods, PyInt, PyString, PyTuple, PyType};
use tensorbolt_tensor::Reader;

use crate::array::{self, Borrowed};

/// The value of a `float`, an `int`, a numpy number, or a numpy array or torch tensor of one element; `None` for
/// anything else.
#[inline]
pub fn plain_number(value: &Bound<'_, PyAny>) -> PyResult<Option<f64>> {
    // Nearly all values are a float or a tensor; the other questions cost about as much as the tensor's answer.
    if !TORCH.get().is_some_and(|torch| torch.is_tensor(value)) {
        if let Some(number) = simple_number(value)? {
            return Ok(Some(number));
        }
        let numpy = numpy(value.py())?;
        if numpy.is_array(value) {
            return real(value.py(), value.call_method0(&numpy.names.item));
        }
    }
    let py = value.py();
    let Some(torch) = torch_of(value)? else {
        return Ok(None);
    };
    if let Some(number) = torch
        .reader
        .as_ref()
        .and_then(|reader| reader.number(value))
    {
        // One that is negated when it is read is for `item()`, and so is one that does not say.
        let negated = value.call_method0(&numpy(py)?.names.is_neg);
        let negated = unless_interrupted(py, negated.and_then(|negated| negated.is_truthy()))?;
        if negated == Some(false) {
            return Ok(Some(number));
        }
    }
    let arguments = PyTuple::new(py, [value])?;
    if !has_memory(value, torch, &arguments)? {
        return Ok(None);
    }
    real(py, torch.item.bind(py).call1(&arguments))
}

/// The value of a `float`, an `int` or a numpy number, for which no Python code runs; `None` for anything else.
#[inline]
pub fn simple_number(value: &Bound<'_, PyAny>) -> PyResult<Option<f64>> {
    if let Ok(value) = value.cast_exact::<PyFloat>() {
        return Ok(Some(value.value()));
    }
    // An int beyond the range of a double is for Python to explain.
    if value.is_exact_instance_of::<PyInt>() || numpy(value.py())?.is_number(value) {
        return Ok(value.extract().ok());
    }
    Ok(value.cast::<PyFloat>().ok().map(PyFloatMethods::value))
}

/// An array, and whether its elements of `uint16` are the bits of bfloat16 numbers.
type Elements<'py> = (Bound<'py, PyUntypedArray>, bool);

/// An array as the core takes it: a numpy array, or a torch tensor that shares its memory with one, of at least one
/// element, aligned. Its type may still be one that the core does not know. `None` for anything else.
fn array_of<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Elements<'py>>> {
    let py = value.py();
    let numpy = numpy(py)?;
    let (array, bfloat16) = if numpy.is_array(value) {
        (value.clone(), false)
    } else if let Some(torch) = torch_of(value)?
        && has_memory(value, torch, &PyTuple::new(py, [value])?)?
    {
        let bfloat16 = value.getattr(&numpy.names.dtype)?.is(&torch.bfloat16);
        match unless_interrupted(py, shared(value, bfloat16.then_some(torch), numpy))? {
            Some(array) => (array, bfloat16),
            // A tensor on another device, or of a type that numpy lacks.
            None => return Ok(None),
        }
    } else {
        return Ok(None);
    };
    let aligned = array
        .getattr(&numpy.names.flags)?
        .getattr(&numpy.names.aligned)?;
    let Ok(array) = array.cast_into::<PyUntypedArray>() else {
        return Ok(None);
    };
    Ok((aligned.is_truthy()? && !array.is_empty()).then_some((array, bfloat16)))
}

/// A tensor as an array of numpy's: its elements, or for those of bfloat16, which numpy lacks, their bits.
fn shared<'py>(
    tensor: &Bound<'py, PyAny>,
    bits_by: Option<&Torch>,
    numpy: &Numpy,
) -> PyResult<Bound<'py, PyAny>> {
    let names = &numpy.names;
    let tensor = tensor.call_method0(&names.detach)?;
    let Some(torch) = bits_by else {
        return tensor.call_method0(&names.numpy);
    };
    let bits = tensor.call_method1(&names.view, (&torch.int16,))?;
    bits.call_method0(&names.numpy)?
        .call_method1(&names.view, (&numpy.bits,))
}

/// The elements of an array or a tensor that need no look at them; `None` for anything else.
pub fn plain_elements<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Borrowed<'py>>> {
    match array_of(value)? {
        Some((array, bfloat16)) => Borrowed::plain(&array, bfloat16),
        None => Ok(None),
    }
}

/// The array that the core takes of an array or a tensor as it is, and whether it holds the bits of bfloat16 numbers; `None`
/// for what `_arrays.py` has to read, or to explain.
#[pyfunction]
pub fn plain_array<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Elements<'py>>> {
    let Some((array, bfloat16)) = array_of(value)? else {
        return Ok(None);
    };
    Ok(Borrowed::plain(&array, bfloat16)?.map(|_| (array, bfloat16)))
}

/// Whether tensors on devices are for Python to read.
static LEAVES_DEVICES: AtomicBool = AtomicBool::new(false);

/// From now on tensors on devices are no plain numbers: a writer of this process does not wait for devices.
#[pyfunction]
pub fn leave_device_tensors() {
    LEAVES_DEVICES.store(true, Relaxed);
}

/// The result of `item()`, if it is a real number.
fn real(py: Python<'_>, item: PyResult<Bound<'_, PyAny>>) -> PyResult<Option<f64>> {
    let Some(item) = unless_interrupted(py, item)? else {
        return Ok(None);
    };
    let real = item.is_exact_instance_of::<PyFloat>()
        || item.is_exact_instance_of::<PyInt>()
        || item.is_exact_instance_of::<PyBool>();
    Ok(if real { item.extract().ok() } else { None })
}

/// `None` for an exception that the long way will raise again; Ctrl-C and the like pass.
fn unless_interrupted<T>(py: Python<'_>, result: PyResult<T>) -> PyResult<Option<T>> {
    match result {
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(None),
        result => result.map(Some),
    }
}

/// Has everything looked up now that needs an import: a fork in the middle of one would leave the child waiting for a
/// thread it does not have, and finalisers log when nothing can be imported any more. The package calls it when it is
/// imported, since it loads the writer at once.
#[pyfunction]
pub fn load_numpy(py: Python<'_>) -> PyResult<()> {
    numpy(py)?;
    array::ready(py);
    Ok(())
}

/// numpy's array type and its own scalar numbers; `numpy.float64` is a `float` anyway. And where torch would be.
struct Numpy {
    modules: Py<PyDict>,
    array: Py<PyType>,
    /// The type of the bits of bfloat16 numbers.
    bits: Py<PyType>,
    numbers: Vec<Py<PyType>>,
    names: Names,
}

/// Names of attributes. `intern!` would let go of the interpreter in the middle of its first use.
struct Names {
    item: Py<PyString>,
    detach: Py<PyString>,
    numpy: Py<PyString>,
    dtype: Py<PyString>,
    view: Py<PyString>,
    flags: Py<PyString>,
    aligned: Py<PyString>,
    attributes: Py<PyString>,
    is_flat_parameter: Py<PyString>,
    is_cpu: Py<PyString>,
    is_neg: Py<PyString>,
    torch: Py<PyString>,
}

fn numpy(py: Python<'_>) -> PyResult<&'static Numpy> {
    static NUMPY: OnceBox<Numpy> = OnceBox::new();
    NUMPY.get_or_try_init(|| Numpy::look_up(py).map(Box::new))
}

impl Numpy {
    fn look_up(py: Python<'_>) -> PyResult<Self> {
        let numpy = py.import("numpy")?;
        let class = |name| PyResult::Ok(numpy.getattr(name)?.cast_into::<PyType>()?.unbind());
        let numbers = [
            "float32", "int64", "float16", "int32", "int16", "int8", "uint8", "uint16", "uint32",
            "uint64", "bool_",
        ];
        Ok(Self {
            modules: py.import("sys")?.getattr("modules")?.cast_into()?.unbind(),
            array: class("ndarray")?,
            bits: class("uint16")?,
            numbers: numbers.into_iter().map(class).collect::<PyResult<_>>()?,
            names: Names::new(py),
        })
    }

    fn is_number(&self, value: &Bound<'_, PyAny>) -> bool {
        let class = value.get_type_ptr().cast();
        self.numbers.iter().any(|number| number.as_ptr() == class)
    }

    /// False for subclasses: masked arrays and the like mean something else.
    fn is_array(&self, value: &Bound<'_, PyAny>) -> bool {
        self.array.as_ptr() == value.get_type_ptr().cast()
    }
}

impl Names {
    fn new(py: Python<'_>) -> Self {
        let name = |text| PyString::intern(py, text).unbind();
        Self {
            item: name("item"),
            detach: name("detach"),
            numpy: name("numpy"),
            dtype: name("dtype"),
            view: name("view"),
            flags: name("flags"),
            aligned: name("aligned"),
            attributes: name("__dict__"),
            is_flat_parameter: name("_is_flat_param"),
            is_cpu: name("is_cpu"),
            is_neg: name("is_neg"),
            torch: name("torch"),
        }
    }
}

/// The classes of torch, once it is imported.
struct Torch {
    tensor: Py<PyAny>,
    parameter: Py<PyAny>,
    /// `None` of a torch that offers no table.
    reader: Option<Reader>,
    // Methods of tensors; looking one up on each tensor would make an object of it each time.
    item: Py<PyAny>,
    data_ptr: Py<PyAny>,
    bfloat16: Py<PyAny>,
    int16: Py<PyAny>,
}

/// torch, if the value is a tensor of torch's own classes.
#[inline]
fn torch_of(value: &Bound<'_, PyAny>) -> PyResult<Option<&'static Torch>> {
    let Some(torch) = torch(value.py())? else {
        return Ok(None);
    };
    if !torch.is_tensor(value) {
        let class = value.get_type_ptr().cast();
        if torch.parameter.as_ptr() != class || is_flat_parameter(value)? {
            return Ok(None);
        }
    }
    Ok(Some(torch))
}

/// Whether such a tensor has memory of its own. Neither a sparse tensor has that, nor what wraps another tensor while
/// `torch.func` or a trace runs: its class says nothing of what it wraps, and its `item()` may be one process's part of
/// the value. `arguments` holds the tensor alone.
fn has_memory(
    tensor: &Bound<'_, PyAny>,
    torch: &Torch,
    arguments: &Bound<'_, PyTuple>,
) -> PyResult<bool> {
    let py = tensor.py();
    // Reading one on a device waits for the device.
    if LEAVES_DEVICES.load(Relaxed) && !tensor.getattr(&numpy(py)?.names.is_cpu)?.is_truthy()? {
        return Ok(false);
    }
    match unless_interrupted(py, torch.data_ptr.bind(py).call1(arguments))? {
        Some(address) => address.is_truthy(),
        None => Ok(false),
    }
}

/// True for a parameter in which FSDP keeps this process's part of many.
fn is_flat_parameter(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    // Asking for an attribute that is not there costs as much as all the rest.
    let names = &numpy(value.py())?.names;
    let attributes = value.getattr(&names.attributes)?;
    attributes.contains(&names.is_flat_parameter)
}

impl Torch {
    /// False for subclasses and parameters.
    #[inline]
    fn is_tensor(&self, value: &Bound<'_, PyAny>) -> bool {
        self.tensor.as_ptr() == value.get_type_ptr().cast()
    }
}

static TORCH: OnceBox<Torch> = OnceBox::new();

fn torch(py: Python<'_>) -> PyResult<Option<&'static Torch>> {
    if let Some(torch) = TORCH.get() {
        return Ok(Some(torch));
    }
    let numpy = numpy(py)?;
    let Some(module) = numpy.modules.bind(py).get_item(&numpy.names.torch)? else {
        return Ok(None);
    };
    // It may be in the middle of being imported.
    let look_up = || -> PyResult<Torch> {
        let tensor = module.getattr("Tensor")?;
        Ok(Torch {
            item: tensor.getattr("item")?.unbind(),
            data_ptr: tensor.getattr("data_ptr")?.unbind(),
            bfloat16: module.getattr("bfloat16")?.unbind(),
            int16: module.getattr("int16")?.unbind(),
            reader: Reader::of(&tensor),
            tensor: tensor.unbind(),
            parameter: module.getattr("nn")?.getattr("Parameter")?.unbind(),
        })
    };
    Ok(match look_up() {
        Ok(torch) => Some(TORCH.get_or_init(|| Box::new(torch))),
        Err(_) => None,
    })
}
