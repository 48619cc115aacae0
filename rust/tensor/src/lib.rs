//! The number of a tensor without axes, read where it lies.
//!
//! torch's `item()` takes a third of a call that logs such a tensor. The table of C functions that torch offers for `DLPack`
//! says in a third of that time where the elements are; the row of a 0-d tensor in `benches/python` measures the whole call.
//! This package is the only one with `unsafe` code that people install; docs/unsafe.md says why it is sound.
//!
//! Source of the structs: `DLPack` 1.3, `dlpack.h`.

use std::ffi::{CStr, c_int, c_void};

use dlpark::ffi::{
    DLDataTypeCode, DLDeviceType, DLPACK_MAJOR_VERSION, DLPackExchangeAPI, DLTensor,
};
use half::{bf16, f16};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// Attribute of a tensor class that holds the table, and the name inside its capsule.
const ATTRIBUTE: &str = "__dlpack_c_exchange_api__";
const TABLE: &CStr = c"dlpack_exchange_api";

/// Describes a tensor; 0, or -1 with an exception set.
type Describe = unsafe extern "C" fn(*mut c_void, *mut DLTensor) -> c_int;

/// Reads numbers of tensors of one class.
pub struct Reader {
    class: Py<PyAny>,
    describe: Describe,
}

impl Reader {
    /// The reader of a tensor class; `None` if the class has no table, or one of another major version.
    #[must_use]
    pub fn of(class: &Bound<'_, PyAny>) -> Option<Self> {
        let capsule = class.getattr(ATTRIBUTE).ok()?;
        let address = capsule
            .cast::<PyCapsule>()
            .ok()?
            .pointer_checked(Some(TABLE));
        Some(Self {
            class: class.clone().unbind(),
            describe: describing(address.ok()?.as_ptr().cast())?,
        })
    }

    /// The real number that a tensor of exactly this class holds, if it has no axes and lies in this machine's memory;
    /// `None` for anything else.
    ///
    /// These are the bits that are stored: of a tensor that is negated when it is read, the number is another one.
    #[inline]
    #[must_use]
    pub fn number(&self, tensor: &Bound<'_, PyAny>) -> Option<f64> {
        if tensor.get_type_ptr().cast() != self.class.as_ptr() {
            return None;
        }
        let found = self.described(tensor)?;
        if found.ndim != 0
            || found.device.device_type != DLDeviceType::CPU
            || found.dtype.lanes != 1
        {
            return None;
        }
        // The element of a tensor without axes comes first, whatever its type: 8 bytes hold each type below.
        let bytes = element(&found)?;
        let [first, second, third, fourth, ..] = bytes;
        let half = [first, second];
        let word = [first, second, third, fourth];
        Some(match (found.dtype.code, found.dtype.bits) {
            (DLDataTypeCode::FLOAT, 32) => f32::from_ne_bytes(word).into(),
            (DLDataTypeCode::FLOAT, 64) => f64::from_ne_bytes(bytes),
            (DLDataTypeCode::FLOAT, 16) => f16::from_ne_bytes(half).into(),
            (DLDataTypeCode::BFLOAT, 16) => bf16::from_ne_bytes(half).into(),
            (DLDataTypeCode::INT, 64) => i64::from_ne_bytes(bytes) as f64,
            (DLDataTypeCode::INT, 32) => i32::from_ne_bytes(word).into(),
            (DLDataTypeCode::INT, 16) => i16::from_ne_bytes(half).into(),
            (DLDataTypeCode::INT, 8) => i8::from_ne_bytes([first]).into(),
            (DLDataTypeCode::UINT, 64) => u64::from_ne_bytes(bytes) as f64,
            (DLDataTypeCode::UINT, 32) => u32::from_ne_bytes(word).into(),
            (DLDataTypeCode::UINT, 16) => u16::from_ne_bytes(half).into(),
            (DLDataTypeCode::UINT, 8) => first.into(),
            (DLDataTypeCode::BOOL, 8) => f64::from(u8::from(first != 0)),
            _ => return None,
        })
    }

    #[expect(unsafe_code, reason = "a C function of torch")]
    fn described(&self, tensor: &Bound<'_, PyAny>) -> Option<DLTensor> {
        let mut found = DLTensor::default();
        // SAFETY: the function is the one that the tensor's own class offers for tensors of this class. It takes a Python
        // object, of which a reference is held, and fills a struct that is ours. It needs the interpreter, which a `Bound`
        // says is held, and throws nothing: it returns a status.
        let status = unsafe { (self.describe)(tensor.as_ptr().cast(), &raw mut found) };
        if status != 0 {
            // The exception is dropped: the caller asks in another way, and that raises it again.
            drop(PyErr::take(tensor.py()));
            return None;
        }
        Some(found)
    }
}

/// The function of a table that describes a tensor; `None` if the table is of another major version or has no such function.
#[expect(unsafe_code, reason = "a table of torch")]
fn describing(table: *const DLPackExchangeAPI) -> Option<Describe> {
    // SAFETY: by DLPack's rules a capsule of that name holds the address of such a table, which lives as long as the
    // process. Its first field, the version, never changes its place; the others are read only if the version is ours.
    unsafe {
        if (*table).header.version.major != DLPACK_MAJOR_VERSION {
            return None;
        }
        (*table).dltensor_from_py_object_no_sync
    }
}

/// The bytes of the one element, the rest zero; `None` if it has no memory, or more bytes than eight.
#[expect(unsafe_code, reason = "memory of torch")]
fn element(tensor: &DLTensor) -> Option<[u8; 8]> {
    let mut bytes = [0; 8];
    let length = usize::from(tensor.dtype.bits / 8);
    let offset = usize::try_from(tensor.byte_offset).ok()?;
    if tensor.data.is_null() || length > bytes.len() {
        return None;
    }
    // SAFETY: torch has filled the description a moment ago, and the caller holds a reference to its tensor. A tensor without
    // axes has exactly one element, so its bytes from this address on are there and initialised. The interpreter has been
    // held since, so no Python code has freed, resized or moved it; what writes to it on another thread without the
    // interpreter at this moment would do so under `item()` too. The copy asks for no alignment.
    unsafe {
        let from = tensor.data.cast::<u8>().add(offset);
        std::ptr::copy_nonoverlapping(from, bytes.as_mut_ptr(), length);
    }
    Some(bytes)
}
