//! Arrays of any type.

use super::wire::{Fault, Span, Wire, field, varint};

/// The most bytes that a few elements, which stand for all others, are repeated to.
const MAX_REPEATED_BYTES: usize = 1 << 28;

/// An array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Number of the type in TensorFlow's `DataType`.
    pub dtype: u64,
    /// Sizes, outermost first.
    pub shape: Vec<u64>,
    /// Elements in row-major order.
    pub elements: Elements,
}

/// Elements of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elements {
    /// Little-endian, all of the same width.
    Numbers(Vec<u8>),
    /// Strings of bytes.
    Strings(Vec<Vec<u8>>),
}

const STRING: u64 = 7;

impl Tensor {
    /// Of a message of `TensorProto`.
    pub(super) fn parse(mut bytes: &[u8]) -> Result<Self, Fault> {
        let (all, mut dtype) = (bytes, 0);
        let mut rest = Span::whole(all.len());
        // The type says how wide the elements of a typed field are, and need not come first.
        while let Some((number, wire)) = field(&mut bytes, &mut rest)? {
            if let (1, Wire::Varint(value)) = (number, wire) {
                dtype = value;
            }
        }
        let (mut shape, mut content, mut typed, mut strings) =
            (Vec::new(), &[][..], Vec::new(), Vec::new());
        let width = width(dtype);
        rest = Span::whole(all.len());
        while let Some((number, wire)) = field(&mut bytes, &mut rest)? {
            let mut push = |bits: u64| {
                let bits = bits.to_le_bytes();
                typed.extend_from_slice(bits.get(..width.min(8)).unwrap_or_default());
            };
            match (number, wire) {
                (2, Wire::Span(span)) => shape = sizes(span.of(all))?,
                (4, Wire::Span(span)) => content = span.of(all),
                (8, Wire::Span(span)) => strings.push(span.of(all).to_vec()),
                // Packed numbers of a fixed width are little-endian already.
                (5 | 6 | 9 | 12 | 18, Wire::Span(span)) => typed.extend_from_slice(span.of(all)),
                (5 | 9, Wire::Fixed32(bits)) => typed.extend_from_slice(&bits.to_le_bytes()),
                (6 | 12, Wire::Fixed64(bits)) => typed.extend_from_slice(&bits.to_le_bytes()),
                (7 | 10 | 11 | 13 | 16 | 17, Wire::Varint(bits)) => push(bits),
                (7 | 10 | 11 | 13 | 16 | 17, Wire::Span(span)) => {
                    let (packed, mut at) = (span.of(all), 0);
                    while at < packed.len() {
                        push(varint(packed, &mut at)?);
                    }
                }
                _ => {}
            }
        }
        let count = count(&shape)?;
        let elements = if dtype == STRING {
            if strings.len() < count && count <= MAX_REPEATED_BYTES / 32 {
                let last = strings.last().cloned().unwrap_or_default();
                strings.resize(count, last);
            }
            if strings.len() != count {
                return Err(Fault::Malformed);
            }
            Elements::Strings(strings)
        } else {
            let numbers = if content.is_empty() {
                filled(typed, width, count)?
            } else {
                content.to_vec()
            };
            if width > 0 && Some(numbers.len()) != count.checked_mul(width) {
                return Err(Fault::Malformed);
            }
            Elements::Numbers(numbers)
        };
        Ok(Self {
            dtype,
            shape,
            elements,
        })
    }
}

/// All elements of which the last that are written stands for the rest.
fn filled(mut typed: Vec<u8>, width: usize, count: usize) -> Result<Vec<u8>, Fault> {
    let wanted = count.checked_mul(width).ok_or(Fault::Malformed)?;
    if typed.len() >= wanted {
        return Ok(typed);
    }
    if wanted > MAX_REPEATED_BYTES || !typed.len().is_multiple_of(width) {
        return Err(Fault::Malformed);
    }
    let last = typed.len().checked_sub(width);
    let last = last
        .and_then(|start| typed.get(start..))
        .map(<[u8]>::to_vec);
    let last = last.unwrap_or_else(|| vec![0; width]);
    while typed.len() < wanted {
        typed.extend_from_slice(&last);
    }
    Ok(typed)
}

/// The sizes of a message of `TensorShapeProto`.
pub(super) fn sizes(mut shape: &[u8]) -> Result<Vec<u64>, Fault> {
    let (all, mut sizes) = (shape, Vec::new());
    let mut rest = Span::whole(all.len());
    while let Some((number, wire)) = field(&mut shape, &mut rest)? {
        if let (2, Wire::Span(dim)) = (number, wire) {
            let (dim, mut size) = (dim.of(all), 0);
            let mut fields = Span::whole(dim.len());
            let mut bytes = dim;
            while let Some((number, wire)) = field(&mut bytes, &mut fields)? {
                if let (1, Wire::Varint(value)) = (number, wire) {
                    size = value;
                }
            }
            sizes.push(size);
        }
    }
    Ok(sizes)
}

/// Number of elements; a size that is unknown, -1, is too large for any product.
fn count(shape: &[u64]) -> Result<usize, Fault> {
    // An array of no elements may have a size that is no size too.
    if shape.iter().any(|&size| i64::try_from(size).is_err()) {
        return Err(Fault::Malformed);
    }
    if shape.contains(&0) {
        return Ok(0);
    }
    let count = shape
        .iter()
        .try_fold(1_u64, |count, &size| count.checked_mul(size));
    let count = count.and_then(|count| usize::try_from(count).ok());
    count.ok_or(Fault::Malformed)
}

/// Bytes of an element; 0 if the type is not known.
fn width(dtype: u64) -> usize {
    match dtype {
        18 => 16,
        2 | 8 | 9 | 23 => 8,
        1 | 3 | 13 | 22 => 4,
        5 | 14..=17 | 19 => 2,
        4 | 6 | 10..=12 | 24..=33 => 1,
        _ => 0,
    }
}
