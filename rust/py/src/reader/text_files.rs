//! Tables as text files: CSV, JSON.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pyo3::prelude::*;

use super::columns::{Table, batch};

/// Writes a CSV file with a header: numbers so that they read back exactly, times as ISO 8601, nulls as nothing.
#[pyfunction]
pub fn write_csv(py: Python<'_>, table: Table, path: PathBuf) -> PyResult<()> {
    let batch = batch(table)?;
    py.detach(|| {
        let mut out = BufWriter::with_capacity(1 << 18, File::create(&path)?);
        let schema = batch.schema();
        let names: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| quoted(field.name()))
            .collect();
        out.write_all((names.join(",") + "\n").as_bytes())?;
        let mut columns = cells(&batch, quoted, |values| quoted(&format!("[{values}]")), "");
        let mut line = String::new();
        for row in 0..batch.num_rows() {
            line.clear();
            for (number, column) in columns.iter_mut().enumerate() {
                if number > 0 {
                    line.push(',');
                }
                column(row, &mut line);
            }
            line.push('\n');
            out.write_all(line.as_bytes())?;
        }
        out.flush()
    })
    .map_err(|error: io::Error| PyErr::from(error))
}

/// Writes an array of objects, or with `lines` an object a line. Numbers that JSON does not have are strings, as on
/// TensorBoard's pages: "NaN", "Infinity", "-Infinity".
#[pyfunction]
pub fn write_json(py: Python<'_>, table: Table, path: PathBuf, lines: bool) -> PyResult<()> {
    let batch = batch(table)?;
    py.detach(|| {
        let mut out = BufWriter::with_capacity(1 << 18, File::create(&path)?);
        let schema = batch.schema();
        let names: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| in_json(field.name()) + ":")
            .collect();
        let mut columns = cells(&batch, in_json, |values| format!("[{values}]"), "null");
        let (open, between, close) = if lines {
            ("", "\n", "\n")
        } else {
            ("[", ",\n", "]\n")
        };
        let mut line = String::from(open);
        for row in 0..batch.num_rows() {
            line.push_str(if row > 0 { between } else { "" });
            line.push('{');
            for (number, (name, column)) in names.iter().zip(&mut columns).enumerate() {
                line.push_str(if number > 0 { "," } else { "" });
                line.push_str(name);
                column(row, &mut line);
            }
            line.push('}');
            out.write_all(line.as_bytes())?;
            line.clear();
        }
        if batch.num_rows() > 0 || !lines {
            line.push_str(close);
        }
        out.write_all(line.as_bytes())?;
        out.flush()
    })
    .map_err(|error: io::Error| PyErr::from(error))
}

/// Appends the text of a row of a column.
type Cell<'b> = Box<dyn FnMut(usize, &mut String) + 'b>;

fn cells<'b>(
    batch: &'b RecordBatch,
    text: fn(&str) -> String,
    list: fn(&str) -> String,
    null: &'static str,
) -> Vec<Cell<'b>> {
    let is_json = !null.is_empty();
    let cell = |column: &'b dyn Array| -> Cell<'b> {
        let some: Cell<'b> = match column.data_type() {
            DataType::Boolean => {
                let values = column.as_boolean();
                Box::new(move |row, out| {
                    out.push_str(if values.value(row) { "true" } else { "false" });
                })
            }
            DataType::Int64 => {
                let values = column.as_primitive::<Int64Type>().values();
                Box::new(move |row, out| integer(values[row], out))
            }
            DataType::Int32 => {
                let values = column.as_primitive::<Int32Type>().values();
                Box::new(move |row, out| integer(values[row].into(), out))
            }
            DataType::Float64 => {
                let values = column.as_primitive::<Float64Type>().values();
                Box::new(move |row, out| number(values[row], is_json, out))
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let values = column.as_primitive::<TimestampMicrosecondType>().values();
                let mut clock = Clock::default();
                let quote = if is_json { "\"" } else { "" };
                Box::new(move |row, out| {
                    out.push_str(quote);
                    clock.push(values[row], out);
                    out.push_str(quote);
                })
            }
            DataType::Dictionary(..) => {
                let column = column.as_dictionary::<Int32Type>();
                let names = column.values().as_string::<i32>();
                let names: Vec<_> = names
                    .iter()
                    .map(|name| text(name.unwrap_or_default()))
                    .collect();
                let codes = column.keys().values();
                Box::new(move |row, out| out.push_str(&names[codes[row] as usize]))
            }
            DataType::LargeUtf8 => {
                let values = column.as_string::<i64>();
                Box::new(move |row, out| out.push_str(&text(values.value(row))))
            }
            DataType::LargeBinary => {
                let values = column.as_binary::<i64>();
                Box::new(move |row, out| out.push_str(&text(&STANDARD.encode(values.value(row)))))
            }
            DataType::LargeList(_) => {
                let values = column.as_list::<i64>();
                Box::new(move |row, out| {
                    let mut inner = String::new();
                    let values = values.value(row);
                    for at in 0..values.len() {
                        inner.push_str(if at > 0 { "," } else { "" });
                        match values.as_primitive_opt::<Float64Type>() {
                            Some(values) => number(values.value(at), true, &mut inner),
                            None => {
                                integer(values.as_primitive::<Int64Type>().value(at), &mut inner);
                            }
                        }
                    }
                    out.push_str(&list(&inner));
                })
            }
            _ => Box::new(|_, _| {}),
        };
        if column.null_count() == 0 {
            return some;
        }
        let mut some = some;
        Box::new(move |row, out| {
            if column.is_null(row) {
                out.push_str(null);
            } else {
                some(row, out);
            }
        })
    };
    batch
        .columns()
        .iter()
        .map(|column| cell(&**column))
        .collect()
}

fn integer(value: i64, out: &mut String) {
    // Text in memory takes all that is written to it.
    let _ = write!(out, "{value}");
}

/// The shortest digits that read back exactly.
fn number(value: f64, is_json: bool, out: &mut String) {
    let special = match value {
        value if value.is_nan() => "NaN",
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        value => return out.push_str(zmij::Buffer::new().format_finite(value)),
    };
    let quote = if is_json { "\"" } else { "" };
    let special = if is_json {
        special
    } else {
        special.trim_end_matches("inity")
    };
    let _ = write!(out, "{quote}{special}{quote}");
}

/// Times as text; the text of a second is made once.
#[derive(Default)]
struct Clock {
    second: i64,
    text: String,
}

impl Clock {
    fn push(&mut self, microseconds: i64, out: &mut String) {
        let second = microseconds.div_euclid(1_000_000);
        if second != self.second || self.text.is_empty() {
            self.second = second;
            let time = chrono::DateTime::from_timestamp(second, 0).unwrap_or_default();
            self.text = time.format("%Y-%m-%dT%H:%M:%S").to_string();
        }
        let _ = write!(
            out,
            "{}.{:06}Z",
            self.text,
            microseconds.rem_euclid(1_000_000)
        );
    }
}

/// As a CSV file has it: quoted if it has to be.
fn quoted(text: &str) -> String {
    let plain =
        !text.contains([',', '"', '\n', '\r']) && !text.starts_with(' ') && !text.ends_with(' ');
    if plain {
        text.into()
    } else {
        format!("\"{}\"", text.replace('"', "\"\""))
    }
}

/// As JSON has it.
fn in_json(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if char < ' ' => {
                let _ = write!(out, "\\u{:04x}", char as u32);
            }
            char => out.push(char),
        }
    }
    out.push('"');
    out
}
