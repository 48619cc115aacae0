//! From numpy arrays to the core's samples: the one place that knows numpy's element types.
//!
//! There are three stages, because each may do what the next may not: a [`Borrowed`] array needs the interpreter, its
//! [`View`] may be read without it, and [`View::samples`] may copy.
//!
//! Every byte of a bool array must be 0 or 1, which is up to the Python package: numpy lets views hold others.

use std::borrow::Cow;
use std::cmp::Reverse;

use half::slice::HalfBitsSliceExt;
use half::{bf16, f16};
use ndarray::{ArrayView, ArrayViewD, Dimension, Ix1, Ix2, Ix3, Ix4, Ix5};
use numpy::{
    PyArray1, PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::{PyMemoryError, PyTypeError};
use pyo3::prelude::*;
use tensorbolt::samples::Samples;

/// Has numpy's bindings look up now what they would look up at their first array: a fork in the middle of that would
/// leave the child waiting for a thread it does not have.
pub fn ready(py: Python<'_>) {
    drop(PyArray1::from_slice(py, &[0_u8]).readonly());
}

/// Axes that numpy's bindings take; numpy 2 has arrays of more.
const MAX_AXES: usize = 32;

/// Copies below this size are made without asking whether there is memory.
const UNCHECKED_COPY_BYTES: usize = 64 << 20;

/// Fails if `bytes` cannot be had: an array that repeats its elements, or a file mapped into memory, can be larger than
/// its copy may be, and running out of memory would end the process.
pub fn check_memory(bytes: usize) -> PyResult<()> {
    if bytes < UNCHECKED_COPY_BYTES || Vec::<u8>::new().try_reserve_exact(bytes).is_ok() {
        return Ok(());
    }
    Err(PyMemoryError::new_err(format!(
        "the array must be copied, for which its {bytes} bytes do not fit into memory; pass a part of it"
    )))
}

/// Requested order of an array's elements.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Row-major, as an image needs.
    RowMajor,
    /// As they come in memory: enough for a histogram, and free for any permutation of axes.
    Any,
}

macro_rules! element_types {
    ($($variant:ident($type:ty)),* $(,)?) => {
        enum Guard<'py> { $($variant(PyReadonlyArrayDyn<'py, $type>),)* }

        enum Elements<'a> { $($variant(ArrayViewD<'a, $type>),)* }

        impl<'py> Guard<'py> {
            fn new(array: &Bound<'py, PyUntypedArray>) -> PyResult<Self> {
                Self::known(array)?.ok_or_else(|| PyTypeError::new_err(format!(
                    "arrays of dtype {} cannot be logged; convert with .astype(numpy.float64)",
                    array.dtype()
                )))
            }

            fn known(array: &Bound<'py, PyUntypedArray>) -> PyResult<Option<Self>> {
                $(if let Ok(array) = array.cast::<PyArrayDyn<$type>>() {
                    return Ok(Some(Self::$variant(array.try_readonly()?)));
                })*
                Ok(None)
            }

            fn elements(&self) -> Elements<'_> {
                match self { $(Self::$variant(array) => Elements::$variant(array.as_array()),)* }
            }
        }

        impl Elements<'_> {
            fn len(&self) -> usize {
                match self { $(Self::$variant(view) => view.len(),)* }
            }

            fn in_place(&self) -> Option<Samples<'_>> {
                match self { $(Self::$variant(view) => Some(in_place(view, Order::Any)?.into()),)* }
            }

            fn samples(&self, order: Order) -> Samples<'_> {
                match self { $(Self::$variant(view) => match in_place(view, order) {
                    Some(values) => values.into(),
                    None => copied(view.view(), order).into(),
                },)* }
            }
        }
    };
}

element_types! {
    F32(f32), F64(f64), U8(u8), I64(i64), Bool(bool), I32(i32), F16(f16), U16(u16), I16(i16), I8(i8), U32(u32),
    U64(u64),
}

fn in_place<'a, T>(view: &'a ArrayViewD<'_, T>, order: Order) -> Option<&'a [T]> {
    match order {
        Order::RowMajor => view.as_slice(),
        Order::Any => view.as_slice_memory_order(),
    }
}

/// The elements one after the other.
fn copied<T: Copy>(mut view: ArrayViewD<'_, T>, order: Order) -> Vec<T> {
    if order == Order::Any {
        // As they come in memory, as far as they do.
        let strides: Vec<usize> = view
            .strides()
            .iter()
            .map(|stride| stride.unsigned_abs())
            .collect();
        let mut axes: Vec<usize> = (0..view.ndim()).collect();
        axes.sort_by_key(|&axis| Reverse(strides[axis]));
        view = view.permuted_axes(axes);
    }
    // Rows may be as short as the three colours of an image, and are found quickest where the rank is known.
    ranked::<T, Ix1>(&view)
        .or_else(|| ranked::<T, Ix2>(&view))
        .or_else(|| ranked::<T, Ix3>(&view))
        .or_else(|| ranked::<T, Ix4>(&view))
        .or_else(|| ranked::<T, Ix5>(&view))
        .unwrap_or_else(|| in_order(&view))
}

/// The elements if the array has this rank.
fn ranked<T: Copy, D: Dimension>(view: &ArrayViewD<'_, T>) -> Option<Vec<T>> {
    let view = view.view().into_dimensionality::<D>().ok()?;
    Some(in_order(&view))
}

fn in_order<T: Copy, D: Dimension>(view: &ArrayView<'_, T, D>) -> Vec<T> {
    let mut values = Vec::with_capacity(view.len());
    // Not collected: each single element would be looked up by all its indices.
    view.iter().for_each(|&value| values.push(value));
    values
}

/// A numpy array that Python may not change through our hands: any shape and strides, native byte order.
pub struct Borrowed<'py> {
    guard: Guard<'py>,
    bfloat16: bool,
}

impl<'py> Borrowed<'py> {
    /// With `bfloat16`, an array of `uint16` holds the bits of bfloat16 numbers, for which numpy has no type.
    pub fn new(array: &Bound<'py, PyUntypedArray>, bfloat16: bool) -> PyResult<Self> {
        let guard = Guard::new(array)?;
        if !array.is_contiguous() {
            check_memory(array.len().saturating_mul(array.dtype().itemsize()))?;
        }
        Ok(Self { guard, bfloat16 })
    }

    /// The same, of elements that need no look at them; `None` for bool, any byte of which might be neither 0 nor 1, for
    /// types that the core does not know, and for what may have too many axes or elements.
    pub fn plain(array: &Bound<'py, PyUntypedArray>, bfloat16: bool) -> PyResult<Option<Self>> {
        let copied = if array.is_contiguous() {
            0
        } else {
            array.len().saturating_mul(array.dtype().itemsize())
        };
        if array.ndim() > MAX_AXES || copied >= UNCHECKED_COPY_BYTES {
            return Ok(None);
        }
        let guard = Guard::known(array)?.filter(|guard| !matches!(guard, Guard::Bool(_)));
        Ok(guard.map(|guard| Self { guard, bfloat16 }))
    }

    /// A view that can be read with the interpreter released.
    pub fn view(&self) -> View<'_> {
        View {
            elements: self.guard.elements(),
            bfloat16: self.bfloat16,
        }
    }
}

/// The elements of a borrowed array.
pub struct View<'a> {
    elements: Elements<'a>,
    bfloat16: bool,
}

impl View<'_> {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// The elements as they come in memory, if they come one after another.
    pub fn in_place(&self) -> Option<Samples<'_>> {
        Some(self.typed(self.elements.in_place()?))
    }

    /// The elements as the core takes them, copied only if their layout asks for it.
    pub fn samples(&self, order: Order) -> Samples<'_> {
        self.typed(self.elements.samples(order))
    }

    fn typed<'s>(&self, samples: Samples<'s>) -> Samples<'s> {
        match (samples, self.bfloat16) {
            (Samples::U16(Cow::Borrowed(bits)), true) => {
                let values: &[bf16] = bits.reinterpret_cast();
                values.into()
            }
            (Samples::U16(bits), true) => {
                let values: Vec<bf16> = bits.iter().copied().map(bf16::from_bits).collect();
                values.into()
            }
            (samples, _) => samples,
        }
    }
}
