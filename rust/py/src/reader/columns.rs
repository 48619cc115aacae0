//! Columns that lie in Python's bytes, as Arrow arrays that share them.

use std::sync::Arc;

use arrow_array::ffi::FFI_ArrowSchema;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchIterator, StringArray, make_array};
use arrow_buffer::Buffer as ArrowBuffer;
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, TimeUnit};
use bytes::Bytes;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyCapsule;

use super::buffer::Buffer;

/// A column, as the Python package hands it over.
pub struct Column {
    kind: String,
    length: usize,
    /// One bit a row, lowest first; none if no row is null.
    validity: Option<PyBackedBytes>,
    /// Values; of strings, bytes and lists also where each begins, before the values.
    buffers: Vec<Data>,
    /// Values of the codes of a dictionary.
    categories: Option<Vec<String>>,
}

// Not derived: that would use `intern!`.
impl FromPyObject<'_, '_> for Column {
    type Error = PyErr;

    fn extract(column: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        Ok(Self {
            kind: column.getattr("kind")?.extract()?,
            length: column.getattr("length")?.extract()?,
            validity: column.getattr("validity")?.extract()?,
            buffers: column.getattr("buffers")?.extract()?,
            categories: column.getattr("categories")?.extract()?,
        })
    }
}

/// Bytes of Python, or of a buffer that a column shares.
#[derive(FromPyObject)]
enum Data {
    Python(PyBackedBytes),
    Shared(Py<Buffer>),
}

impl From<Data> for Bytes {
    fn from(data: Data) -> Self {
        match data {
            Data::Python(bytes) => Self::from_owner(bytes),
            Data::Shared(buffer) => buffer.get().bytes(),
        }
    }
}

/// Names and columns of a table.
pub type Table = Vec<(String, Column)>;

impl Column {
    /// The column as an array.
    fn array(self) -> Result<ArrayRef, ArrowError> {
        let data_type = data_type(&self.kind)?;
        let buffers = self.buffers.into_iter();
        let mut buffers = buffers.map(|data| ArrowBuffer::from(Bytes::from(data)));
        let mut builder = ArrayData::builder(data_type.clone())
            .len(self.length)
            .null_bit_buffer(
                self.validity
                    .map(|bits| ArrowBuffer::from(Bytes::from_owner(bits))),
            )
            .align_buffers(true);
        match &data_type {
            DataType::LargeList(item) => {
                builder = builder.add_buffer(buffers.next().unwrap_or_default());
                let values = buffers.next().unwrap_or_default();
                let width = item.data_type().primitive_width().unwrap_or(1);
                let child = ArrayData::builder(item.data_type().clone())
                    .len(values.len() / width)
                    .add_buffer(values)
                    .align_buffers(true);
                builder = builder.add_child_data(child.build()?);
            }
            _ => builder = builder.buffers(buffers.collect()),
        }
        if matches!(data_type, DataType::Dictionary(..)) {
            let categories = self.categories.unwrap_or_default();
            builder = builder.add_child_data(StringArray::from(categories).to_data());
        }
        Ok(make_array(builder.build()?))
    }
}

/// The type of a kind of column.
fn data_type(kind: &str) -> Result<DataType, ArrowError> {
    let list = |item| DataType::LargeList(Arc::new(Field::new("item", item, false)));
    Ok(match kind {
        "int64" => DataType::Int64,
        "bool" => DataType::Boolean,
        "int32" => DataType::Int32,
        "float64" => DataType::Float64,
        "timestamp" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        "dictionary" => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        "string" => DataType::LargeUtf8,
        "binary" => DataType::LargeBinary,
        "list_float64" => list(DataType::Float64),
        "list_int64" => list(DataType::Int64),
        _ => {
            return Err(ArrowError::InvalidArgumentError(format!(
                "{kind:?} is no kind of column"
            )));
        }
    })
}

/// The columns side by side.
pub fn batch(table: Table) -> PyResult<RecordBatch> {
    let columns = table.into_iter().map(|(name, column)| {
        let nullable = column.validity.is_some();
        let array = column.array()?;
        Ok((
            Arc::new(Field::new(name, array.data_type().clone(), nullable)),
            array,
        ))
    });
    let columns: Vec<_> = columns.collect::<Result<_, ArrowError>>().map_err(wrong)?;
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(wrong)
}

pub fn wrong(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The table for callers that take Arrow's C streams.
#[pyfunction]
pub fn table_stream(py: Python<'_>, table: Table) -> PyResult<Bound<'_, PyCapsule>> {
    // Codes are compared with their number of texts.
    let batch = py.detach(|| batch(table))?;
    let schema = batch.schema();
    let batches = RecordBatchIterator::new([Ok(batch)], schema);
    let stream = FFI_ArrowArrayStream::new(Box::new(batches));
    PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
}

/// The names and types of a table's columns for callers that take Arrow's C schemas: name, kind, and whether there are
/// nulls.
#[pyfunction]
pub fn table_schema(
    py: Python<'_>,
    columns: Vec<(String, String, bool)>,
) -> PyResult<Bound<'_, PyCapsule>> {
    let fields = columns
        .into_iter()
        .map(|(name, kind, nullable)| Ok(Field::new(name, data_type(&kind)?, nullable)));
    let fields: Fields = fields.collect::<Result<_, ArrowError>>().map_err(wrong)?;
    let schema = FFI_ArrowSchema::try_from(&Schema::new(fields)).map_err(wrong)?;
    PyCapsule::new_with_value(py, schema, c"arrow_schema")
}
