//! Numbers as text: tabs between those of a point, a line for each.

use std::io::{self, Write};

use half::{bf16, f16};
use rayon::ThreadPool;
use rayon::prelude::*;

use crate::samples::{Element, Samples, with_elements};

/// Name of the file with the points of an embedding, in its directory.
pub const FILE: &str = "tensors.tsv";

/// Numbers formatted at a time by one thread: their text stays in the second-level cache.
const NUMBERS_PER_CHUNK: usize = 1 << 15;

/// Formats rows of `columns` numbers and hands them over piece by piece.
///
/// Floats get the fewest digits that read back as the same number of their type (16-bit ones of float32), booleans
/// are 0 and 1, and what is not finite is `nan`, `inf` or `-inf`.
///
/// # Errors
///
/// Errors of `put`.
pub fn tsv(
    samples: &Samples<'_>,
    columns: usize,
    pool: Option<&ThreadPool>,
    put: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    with_elements!(samples, |values| rows(values, columns.max(1), pool, put))
}

fn rows<T: Number>(
    values: &[T],
    columns: usize,
    pool: Option<&ThreadPool>,
    put: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let chunk = (NUMBERS_PER_CHUNK / columns).max(1) * columns;
    let Some(pool) = pool.filter(|_| values.len() > chunk) else {
        let mut text = Vec::new();
        for values in values.chunks(chunk) {
            format(values, columns, &mut text);
            put(&text)?;
        }
        return Ok(());
    };
    // One chunk for each thread, then all of them written: bounds the memory, and keeps the order.
    let mut texts = vec![Vec::new(); pool.current_num_threads().max(1)];
    for values in values.chunks(chunk * texts.len()) {
        pool.install(|| {
            let chunks = values.par_chunks(chunk).zip(texts.par_iter_mut());
            chunks.for_each(|(values, text)| format(values, columns, text));
        });
        for text in texts.iter().take(values.len().div_ceil(chunk)) {
            put(text)?;
        }
    }
    Ok(())
}

fn format<T: Number>(values: &[T], columns: usize, text: &mut Vec<u8>) {
    text.clear();
    for row in values.chunks(columns) {
        for &value in row {
            value.put(text);
            text.push(b'\t');
        }
        if let Some(last) = text.last_mut() {
            *last = b'\n';
        }
    }
}

/// A number with a text.
trait Number: Element {
    fn put(self, text: &mut Vec<u8>);
}

impl Number for bool {
    fn put(self, text: &mut Vec<u8>) {
        text.push(b'0' + u8::from(self));
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Number for $type {
            fn put(self, text: &mut Vec<u8>) {
                // Into a Vec, which never fails.
                let _ = write!(text, "{self}");
            }
        }
    )*};
}

integers!(u8, u16, u32, u64, i8, i16, i32, i64);

macro_rules! floats {
    ($($type:ty),*) => {$(
        impl Number for $type {
            fn put(self, text: &mut Vec<u8>) {
                let mut buffer = zmij::Buffer::new();
                let digits = if self.is_finite() {
                    buffer.format_finite(self)
                } else if self.is_nan() {
                    "nan"
                } else if self > 0.0 {
                    "inf"
                } else {
                    "-inf"
                };
                text.extend_from_slice(digits.as_bytes());
            }
        }
    )*};
}

floats!(f32, f64);

impl Number for f16 {
    fn put(self, text: &mut Vec<u8>) {
        self.to_f32().put(text);
    }
}

impl Number for bf16 {
    fn put(self, text: &mut Vec<u8>) {
        self.to_f32().put(text);
    }
}
