//! The one number of a tensor, whatever its type.

use half::{bf16, f16};

use super::wire::{Fault, Span, Wire, field, varint};

/// The longest tensor in which a single number is looked for.
pub(super) const MAX_NUMBER_TENSOR_BYTES: usize = 1 << 10;

/// A scalar that a message of `TensorProto` holds: any numeric type, one element, of any rank.
pub(super) fn number(tensor: &[u8]) -> Option<f64> {
    Tensor::parse(tensor).ok()?.number()
}

/// The parts of a tensor that hold a single number.
#[derive(Default)]
struct Tensor<'a> {
    dtype: u64,
    elements: Option<u64>,
    content: &'a [u8],
    typed: Typed,
}

/// Elements of the typed fields: how many, and the bits of the last.
#[derive(Default)]
struct Typed {
    count: u64,
    bits: u64,
}

impl Typed {
    fn push(&mut self, bits: u64) {
        self.count += 1;
        self.bits = bits;
    }
}

impl<'a> Tensor<'a> {
    fn parse(mut bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut tensor = Self::default();
        let all = bytes;
        let mut rest = Span::whole(all.len());
        while let Some((number, wire)) = field(&mut bytes, &mut rest)? {
            match (number, wire) {
                (1, Wire::Varint(dtype)) => tensor.dtype = dtype,
                (2, Wire::Span(shape)) => tensor.elements = elements(shape.of(all))?,
                (4, Wire::Span(content)) => tensor.content = content.of(all),
                (5, Wire::Fixed32(bits)) => tensor.typed.push(bits.into()),
                (5, Wire::Span(packed)) => {
                    let (values, []) = packed.of(all).as_chunks::<4>() else {
                        return Err(Fault::Malformed);
                    };
                    let bits = values.iter().map(|&value| u32::from_le_bytes(value).into());
                    bits.for_each(|bits| tensor.typed.push(bits));
                }
                (6, Wire::Span(packed)) => {
                    let (values, []) = packed.of(all).as_chunks::<8>() else {
                        return Err(Fault::Malformed);
                    };
                    let bits = values.iter().map(|&value| u64::from_le_bytes(value));
                    bits.for_each(|bits| tensor.typed.push(bits));
                }
                (6, Wire::Fixed64(bits)) | (7 | 10 | 11 | 13 | 16 | 17, Wire::Varint(bits)) => {
                    tensor.typed.push(bits);
                }
                (7 | 10 | 11 | 13 | 16 | 17, Wire::Span(packed)) => {
                    let (packed, mut at) = (packed.of(all), 0);
                    while at < packed.len() {
                        tensor.typed.push(varint(packed, &mut at)?);
                    }
                }
                (18, Wire::Span(eighths)) => {
                    eighths
                        .of(all)
                        .iter()
                        .for_each(|&bits| tensor.typed.push(bits.into()));
                }
                _ => {}
            }
        }
        Ok(tensor)
    }

    fn number(&self) -> Option<f64> {
        if self.elements.is_some_and(|elements| elements != 1) {
            return None;
        }
        let bits = match *self.content {
            [] if self.typed.count == 1 => self.typed.bits,
            ref content if content.len() == width(self.dtype)? => {
                let mut bits = [0; 8];
                bits.get_mut(..content.len())?.copy_from_slice(content);
                u64::from_le_bytes(bits)
            }
            _ => return None,
        };
        value(self.dtype, bits)
    }
}

/// Number of elements of a shape; unknown if a size is.
fn elements(mut shape: &[u8]) -> Result<Option<u64>, Fault> {
    let all = shape;
    let (mut rest, mut elements) = (Span::whole(all.len()), Some(1_u64));
    while let Some((number, wire)) = field(&mut shape, &mut rest)? {
        match (number, wire) {
            (2, Wire::Span(dim)) => {
                let size = size(dim.of(all))?;
                let product = |elements: u64| elements.checked_mul(size);
                // A size that is unknown, -1, is too large for any product.
                elements = elements.map(|elements| product(elements).unwrap_or(u64::MAX));
            }
            (3, Wire::Varint(1)) => return Ok(None),
            _ => {}
        }
    }
    Ok(elements)
}

fn size(mut dim: &[u8]) -> Result<u64, Fault> {
    let (mut rest, mut size) = (Span::whole(dim.len()), 0);
    while let Some((number, wire)) = field(&mut dim, &mut rest)? {
        if let (1, Wire::Varint(value)) = (number, wire) {
            size = value;
        }
    }
    Ok(size)
}

/// Bytes of an element in raw content.
fn width(dtype: u64) -> Option<usize> {
    Some(match dtype {
        2 | 9 | 23 => 8,
        1 | 3 | 13 | 22 => 4,
        5 | 14..=17 | 19 => 2,
        4 | 6 | 10..=12 | 24..=33 => 1,
        _ => return None,
    })
}

/// The number that the bits of an element stand for.
fn value(dtype: u64, bits: u64) -> Option<f64> {
    let low = bits as u8;
    Some(match dtype {
        1 => f32::from_bits(bits as u32).into(),
        2 => f64::from_bits(bits),
        3 | 13 => (bits as i32).into(),
        4 | 12 => low.into(),
        5 | 15 => (bits as i16).into(),
        6 | 11 => (bits as i8).into(),
        9 => bits.cast_signed() as f64,
        10 => f64::from(u8::from(bits != 0)),
        14 => bf16::from_bits(bits as u16).into(),
        16 | 17 => (bits as u16).into(),
        19 => f16::from_bits(bits as u16).into(),
        22 => (bits as u32).into(),
        23 => bits as f64,
        24 => f16::from_bits(u16::from(low) << 8).into(),
        25 => small(low, 4, 3, 7, |bits| bits & 0x7f == 0x7f),
        26 => small(low, 4, 3, 8, |bits| bits == 0x80),
        27 => small(low, 4, 3, 11, |bits| bits == 0x80),
        28 => small(low, 5, 2, 16, |bits| bits == 0x80),
        29 => (((low << 4).cast_signed()) >> 4).into(),
        30 => (low & 0xf).into(),
        31 => (((low << 6).cast_signed()) >> 6).into(),
        32 => (low & 0x3).into(),
        33 => small((low & 8) << 4 | (low & 7) << 4, 2, 5, 1, |_| false),
        _ => return None,
    })
}

/// A float of eight bits without infinities: sign, exponent, mantissa; `zero` is the exponent that stands for none.
fn small(bits: u8, exponents: u32, mantissas: u32, zero: i32, is_nan: fn(u8) -> bool) -> f64 {
    if is_nan(bits) {
        return f64::NAN;
    }
    let exponent = i32::from(bits >> mantissas) & ((1 << exponents) - 1);
    let mantissa = f64::from(bits & ((1 << mantissas) - 1)) / f64::from(1 << mantissas);
    let size = match exponent {
        0 => mantissa * 2_f64.powi(1 - zero),
        _ => (1.0 + mantissa) * 2_f64.powi(exponent - zero),
    };
    if bits >> 7 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn small_floats_are_those_of_ml_dtypes() {
        // From ml_dtypes 0.6: the largest, the smallest above zero, and one in between.
        let known = [
            (24, 0x7b, 57344.0),
            (24, 0x01, 1.525_878_906_25e-05),
            (25, 0x7e, 448.0),
            (25, 0x01, 0.001_953_125),
            (26, 0x7f, 240.0),
            (26, 0x01, 0.000_976_562_5),
            (27, 0x7f, 30.0),
            (27, 0x01, 0.000_122_070_312_5),
            (28, 0x7f, 57344.0),
            (28, 0x01, 7.629_394_531_25e-06),
            (29, 0x0f, -1.0),
            (30, 0x0f, 15.0),
            (31, 0x02, -2.0),
            (32, 0x03, 3.0),
            (33, 0x07, 6.0),
            (33, 0x01, 0.5),
            (33, 0x0a, -1.0),
        ];
        for (dtype, bits, number) in known {
            assert_eq!(value(dtype, bits), Some(number), "{dtype} {bits:#x}");
        }
        for (dtype, bits) in [(24, 0x7f), (25, 0xff), (26, 0x80), (27, 0x80), (28, 0x80)] {
            assert!(value(dtype, bits).is_some_and(f64::is_nan));
        }
    }
}
