//! Columns whose bytes are made without the interpreter.

use bytes::Bytes;
use memmap2::MmapMut;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyType};
use tensorbolt::reader::ScalarColumns;

/// Bytes of a column. numpy and Arrow share them, and nothing writes to them.
///
/// Python's bytes are set to zero while the interpreter is held: other threads of Python wait for every new page.
#[pyclass(frozen, eq, module = "tensorbolt._core")]
#[derive(PartialEq)]
pub struct Buffer(Bytes);

impl Buffer {
    /// The bytes, not copied.
    pub(super) fn bytes(&self) -> Bytes {
        self.0.clone()
    }
}

#[pymethods]
impl Buffer {
    /// Numpy's protocol for memory that is shared: an array of bytes that cannot be written to, and that keeps this object alive.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let is_read_only = true;
        let fields = PyDict::new(py);
        fields.set_item("version", 3)?;
        fields.set_item("typestr", "|u1")?;
        fields.set_item("shape", (self.0.len(),))?;
        let address = self.0.as_ptr().expose_provenance();
        fields.set_item("data", (address, is_read_only))?;
        Ok(fields)
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0)
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    /// Another process gets Python's bytes.
    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyType>, (Bound<'py, PyBytes>,)) {
        (py.get_type::<PyBytes>(), (self.__bytes__(py),))
    }
}

/// Columns of so many bytes have pages of their own.
const MIN_MAP_BYTES: usize = 4 << 20;

/// Room for a column of so many bytes, all zero. The system makes its pages when they are first written to.
pub(super) enum Room {
    /// Columns begin where a number of eight bytes may.
    Words(Vec<u64>, usize),
    Map(MmapMut),
}

impl Room {
    pub(super) fn new(length: usize) -> Self {
        if length >= MIN_MAP_BYTES
            && let Ok(map) = MmapMut::map_anon(length)
        {
            // Huge pages save a tenth of the time of a read; a system without them has others.
            #[cfg(target_os = "linux")]
            let _ = map.advise(memmap2::Advice::HugePage);
            return Self::Map(map);
        }
        Self::Words(vec![0; length.div_ceil(size_of::<u64>())], length)
    }

    pub(super) fn bytes(&mut self) -> &mut [u8] {
        match self {
            Self::Words(words, length) => bytemuck::cast_slice_mut(words).split_at_mut(*length).0,
            Self::Map(map) => map,
        }
    }
}

impl AsRef<[u8]> for Room {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Words(words, length) => bytemuck::cast_slice(words).split_at(*length).0,
            Self::Map(map) => map,
        }
    }
}

impl From<Room> for Buffer {
    fn from(room: Room) -> Self {
        Self(Bytes::from_owner(room))
    }
}

/// Room for the columns of so many scalars: codes of runs and tags, steps, times, values.
pub(super) struct ScalarRoom([Room; 5]);

impl ScalarRoom {
    pub(super) fn new(count: usize) -> Self {
        Self([4, 4, 8, 8, 8].map(|width| Room::new(width * count)))
    }

    pub(super) fn columns(&mut self) -> ScalarColumns<'_> {
        let [runs, tags, steps, times, values] = self.0.each_mut().map(Room::bytes);
        ScalarColumns {
            runs: runs.as_chunks_mut().0,
            tags: tags.as_chunks_mut().0,
            steps: steps.as_chunks_mut().0,
            times: times.as_chunks_mut().0,
            values: values.as_chunks_mut().0,
        }
    }

    pub(super) fn into_buffers(self) -> [Buffer; 5] {
        self.0.map(Buffer::from)
    }
}
