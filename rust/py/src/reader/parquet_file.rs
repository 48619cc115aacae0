//! Tables as Parquet files.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field};
use bytes::Bytes;
use parquet::basic::{
    Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel,
};
use parquet::data_type as physical;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{ColumnPath, Type, TypePtr};
use pyo3::prelude::*;

use super::columns::{Table, batch, wrong};

/// Rows of a group, which readers skip as a whole or read by several threads.
const ROWS_PER_GROUP: usize = 1 << 20;

/// Writes a Parquet file.
#[pyfunction]
pub fn write_parquet(
    py: Python<'_>,
    table: Table,
    path: PathBuf,
    compression: &str,
) -> PyResult<()> {
    let batch = batch(table)?;
    let compression = match compression {
        "none" => Compression::UNCOMPRESSED,
        "snappy" => Compression::SNAPPY,
        _ => Compression::ZSTD(ZstdLevel::default()),
    };
    let file = File::create(&path)?;
    py.detach(|| write(&batch, file, compression))
        .map_err(wrong)
}

fn write(batch: &RecordBatch, file: File, compression: Compression) -> Result<()> {
    let schema = batch.schema();
    let mut properties = WriterProperties::builder().set_compression(compression);
    for field in schema.fields() {
        // Steps and times go up by nearly the same each time.
        if matches!(field.data_type(), DataType::Int64 | DataType::Timestamp(..)) {
            let path = ColumnPath::from(field.name().as_str());
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    let fields: Vec<TypePtr> = schema
        .fields()
        .iter()
        .map(|field| column_type(field))
        .collect::<Result<_>>()?;
    let root = Arc::new(
        Type::group_type_builder("schema")
            .with_fields(fields)
            .build()?,
    );
    let mut writer = SerializedFileWriter::new(file, root, Arc::new(properties.build()))?;
    for start in (0..batch.num_rows()).step_by(ROWS_PER_GROUP) {
        let rows = batch.slice(start, ROWS_PER_GROUP.min(batch.num_rows() - start));
        let mut group = writer.next_row_group()?;
        for column in rows.columns() {
            let mut out = group
                .next_column()?
                .ok_or_else(|| ParquetError::General("a column too many".into()))?;
            write_column(&**column, &mut out)?;
            out.close()?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

/// The type of a column: a value in each row, or none where the field says so; lists as the format's rules want them.
fn column_type(field: &Field) -> Result<TypePtr> {
    let repetition = if field.is_nullable() {
        Repetition::OPTIONAL
    } else {
        Repetition::REQUIRED
    };
    if let DataType::LargeList(item) = field.data_type() {
        let item = primitive("element", item.data_type(), Repetition::REQUIRED)?;
        let list = Type::group_type_builder("list").with_repetition(Repetition::REPEATED);
        let list = Arc::new(list.with_fields(vec![item]).build()?);
        let outer = Type::group_type_builder(field.name()).with_repetition(Repetition::REQUIRED);
        let outer = outer
            .with_logical_type(Some(LogicalType::List))
            .with_fields(vec![list]);
        return Ok(Arc::new(outer.build()?));
    }
    primitive(field.name(), field.data_type(), repetition)
}

fn primitive(name: &str, data_type: &DataType, repetition: Repetition) -> Result<TypePtr> {
    let (physical, logical) = match data_type {
        DataType::Boolean => (Physical::BOOLEAN, None),
        DataType::Int32 => (Physical::INT32, None),
        DataType::Int64 => (Physical::INT64, None),
        DataType::Float64 => (Physical::DOUBLE, None),
        DataType::Timestamp(..) => (
            Physical::INT64,
            Some(LogicalType::timestamp(true, TimeUnit::MICROS)),
        ),
        DataType::LargeBinary => (Physical::BYTE_ARRAY, None),
        _ => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let built = Type::primitive_type_builder(name, physical)
        .with_repetition(repetition)
        .with_logical_type(logical);
    Ok(Arc::new(built.build()?))
}

fn write_column(column: &dyn Array, out: &mut SerializedColumnWriter<'_>) -> Result<()> {
    match column.data_type() {
        DataType::Int32 => numbers::<Int32Type, physical::Int32Type>(column, out),
        DataType::Int64 => numbers::<Int64Type, physical::Int64Type>(column, out),
        DataType::Float64 => numbers::<Float64Type, physical::DoubleType>(column, out),
        DataType::Timestamp(..) => {
            numbers::<TimestampMicrosecondType, physical::Int64Type>(column, out)
        }
        DataType::Boolean => truths(column, out),
        DataType::LargeList(_) => list(column, out),
        _ => texts(column, out),
    }
}

/// One where there is a value, zero where there is none; nothing if there is one everywhere.
fn levels(column: &dyn Array) -> Option<Vec<i16>> {
    let nulls = column.nulls()?;
    Some(nulls.iter().map(i16::from).collect())
}

fn numbers<A, P>(column: &dyn Array, out: &mut SerializedColumnWriter<'_>) -> Result<()>
where
    A: ArrowPrimitiveType,
    P: physical::DataType<T = A::Native>,
{
    let column = column.as_primitive::<A>();
    let levels = levels(column);
    let present: Vec<_>;
    let values: &[A::Native] = if levels.is_none() {
        column.values()
    } else {
        present = column.iter().flatten().collect();
        &present
    };
    out.typed::<P>()
        .write_batch(values, levels.as_deref(), None)?;
    Ok(())
}

fn truths(column: &dyn Array, out: &mut SerializedColumnWriter<'_>) -> Result<()> {
    let column = column.as_boolean();
    let present: Vec<_> = column.iter().flatten().collect();
    out.typed::<physical::BoolType>()
        .write_batch(&present, levels(column).as_deref(), None)?;
    Ok(())
}

fn list(column: &dyn Array, out: &mut SerializedColumnWriter<'_>) -> Result<()> {
    let lists = column.as_list::<i64>();
    let (mut definitions, mut repetitions) = (Vec::new(), Vec::new());
    for row in 0..lists.len() {
        let length = lists.value_length(row);
        definitions.extend((0..length.max(1)).map(|_| i16::from(length > 0)));
        repetitions.extend((0..length.max(1)).map(|at| i16::from(at > 0)));
    }
    let (first, last) = (lists.value_offsets().first(), lists.value_offsets().last());
    let (first, last) = (
        first.map_or(0, |at| *at as usize),
        last.map_or(0, |at| *at as usize),
    );
    let values = lists.values().slice(first, last - first);
    let (definitions, repetitions) = (Some(&*definitions), Some(&*repetitions));
    if let Some(values) = values.as_primitive_opt::<Float64Type>() {
        let out = out.typed::<physical::DoubleType>();
        out.write_batch(values.values(), definitions, repetitions)?;
    } else {
        let values = values.as_primitive::<Int64Type>().values();
        let out = out.typed::<physical::Int64Type>();
        out.write_batch(values, definitions, repetitions)?;
    }
    Ok(())
}

fn texts(column: &dyn Array, out: &mut SerializedColumnWriter<'_>) -> Result<()> {
    let levels = levels(column);
    let there = |row: &usize| !column.is_null(*row);
    let rows = (0..column.len()).filter(there);
    let values: Vec<ByteArray> = match column.data_type() {
        DataType::Dictionary(..) => {
            let column = column.as_dictionary::<Int32Type>();
            let names = column.values().as_string::<i32>();
            let names: Vec<_> = names
                .iter()
                .map(|name| shared(name.unwrap_or_default().as_bytes()))
                .collect();
            let codes = column.keys().values();
            rows.map(|row| names[codes[row] as usize].clone()).collect()
        }
        DataType::LargeUtf8 => {
            let column = column.as_string::<i64>();
            rows.map(|row| shared(column.value(row).as_bytes()))
                .collect()
        }
        _ => {
            let column = column.as_binary::<i64>();
            rows.map(|row| shared(column.value(row))).collect()
        }
    };
    out.typed::<physical::ByteArrayType>()
        .write_batch(&values, levels.as_deref(), None)?;
    Ok(())
}

fn shared(bytes: &[u8]) -> ByteArray {
    ByteArray::from(Bytes::copy_from_slice(bytes))
}
