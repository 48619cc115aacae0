//! Points as lines of text.

use std::fmt::Write as _;

use numpy::PyReadonlyArray1;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;

/// Digits of a value after its first one.
const MORE_DIGITS: i32 = 8;
/// Up to this value each whole number has few enough digits.
const WHOLE_LIMIT: f64 = 1e9;
/// All digits.
const SIGNIFICANT: usize = MORE_DIGITS as usize + 1;
/// Numbers that are written without an exponent.
const PLAIN: std::ops::Range<f64> = 1e-4..WHOLE_LIMIT;
/// The lowest exponent of a number that is written without one.
const LOWEST_PLAIN: i32 = -4;

/// The points in these rows as text: run, step, tag and value, separated by tabs, a line each.
#[pyfunction]
pub fn point_lines<'py>(
    py: Python<'py>,
    names: (Vec<String>, Vec<String>),
    codes: (PyReadonlyArray1<'py, i32>, PyReadonlyArray1<'py, i32>),
    steps: PyReadonlyArray1<'py, i64>,
    values: PyReadonlyArray1<'py, f64>,
    rows: PyReadonlyArray1<'py, i64>,
) -> PyResult<String> {
    let (runs, tags) = names;
    let (run_codes, tag_codes) = (codes.0.as_slice()?, codes.1.as_slice()?);
    let (steps, values, rows) = (steps.as_slice()?, values.as_slice()?, rows.as_slice()?);
    let lines = py.detach(|| {
        let mut out = String::with_capacity(rows.len() * 40);
        let mut scratch = String::new();
        for &row in rows {
            let row = usize::try_from(row).ok()?;
            out.push_str(name(&runs, run_codes, row)?);
            // Text in memory takes all that is written to it.
            let _ = write!(out, "\t{}\t", steps.get(row)?);
            out.push_str(name(&tags, tag_codes, row)?);
            out.push('\t');
            general(*values.get(row)?, &mut out, &mut scratch);
            out.push('\n');
        }
        Some(out)
    });
    lines.ok_or_else(|| PyIndexError::new_err("a row, or the code of a name, is out of range"))
}

fn name<'n>(names: &'n [String], codes: &[i32], row: usize) -> Option<&'n str> {
    let code = usize::try_from(*codes.get(row)?).ok()?;
    names.get(code).map(String::as_str)
}

/// A number with nine significant digits, which are enough for every float32, as C's `%.9g` has it.
fn general(value: f64, out: &mut String, scratch: &mut String) {
    if value.is_nan() {
        return out.push_str("nan");
    }
    if value.is_sign_negative() {
        out.push('-');
    }
    let value = value.abs();
    if value.is_infinite() {
        return out.push_str("inf");
    }
    if value < WHOLE_LIMIT && value.trunc() == value {
        let _ = write!(out, "{}", value as u64);
        return;
    }
    if PLAIN.contains(&value) {
        // The shortest text that reads back exactly is the wanted one if it has no more digits.
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(value);
        let digits = text.trim_start_matches(['0', '.']);
        let is_short = digits.len() <= SIGNIFICANT + usize::from(digits.contains('.'));
        if is_short && !digits.contains('e') {
            return out.push_str(text);
        }
    }
    scratch.clear();
    let _ = write!(scratch, "{value:.*e}", MORE_DIGITS as usize);
    let (digits, exponent) = scratch.split_once('e').unwrap_or((scratch, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits = digits.trim_end_matches('0');
    let (first, more) = digits.split_at_checked(1).unwrap_or((digits, ""));
    let more = more.strip_prefix('.').unwrap_or(more);
    match exponent {
        LOWEST_PLAIN..0 => {
            out.push_str("0.");
            out.extend((exponent..-1).map(|_| '0'));
            out.push_str(first);
            out.push_str(more);
        }
        0..=MORE_DIGITS => {
            let whole = exponent as usize;
            out.push_str(first);
            out.push_str(more.get(..whole).unwrap_or(more));
            out.extend((more.len()..whole).map(|_| '0'));
            match more.get(whole..) {
                None | Some("") => {}
                Some(rest) => {
                    out.push('.');
                    out.push_str(rest);
                }
            }
        }
        _ => {
            out.push_str(first);
            if !more.is_empty() {
                out.push('.');
                out.push_str(more);
            }
            let sign = if exponent < 0 { '-' } else { '+' };
            let _ = write!(out, "e{sign}{:02}", exponent.unsigned_abs());
        }
    }
}
