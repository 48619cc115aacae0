//! Masked CRC-32C, the checksum of every record.
//!
//! Castagnoli polynomial, then rotated and offset so that a checksum stored inside checksummed data does not cancel
//! itself out. Source: the TFRecord format, as TensorBoard reads it.

use once_cell::race::OnceBox;

const MASK_DELTA: u32 = 0xa282_ead8;

/// The masked CRC-32C of `bytes`.
#[must_use]
pub fn masked(bytes: &[u8]) -> u32 {
    mask(crc32c::crc32c(bytes))
}

/// A checksum as it stands after a record.
pub(crate) fn mask(checksum: u32) -> u32 {
    checksum.rotate_right(15).wrapping_add(MASK_DELTA)
}

/// The checksum of what `checksum` was made of, followed by `bytes`; it begins with 0.
pub(crate) fn append(checksum: u32, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(checksum, bytes)
}

/// The masked CRC-32C of a length as it stands before a record.
#[inline]
#[must_use]
pub fn masked_length(length: u64) -> u32 {
    /// Nearly all records are short, and their length's checksum costs as much as their payload's.
    const TABLE_LENGTHS: usize = 1024;
    static TABLE: OnceBox<[u32; TABLE_LENGTHS]> = OnceBox::new();
    let short = TABLE.get_or_init(|| {
        Box::new(std::array::from_fn(|length| {
            masked(&(length as u64).to_le_bytes())
        }))
    });
    match short.get(length as usize) {
        Some(&checksum) => checksum,
        None => masked(&length.to_le_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(masked(b""), 0xa282_ead8);
        assert_eq!(masked(b"abc"), 0x21f1_576e);
        assert_eq!(masked(b"123456789"), 0xc78a_b0e5);
        for length in [0, 1, 26, 1023, 1024, 1 << 40, u64::MAX] {
            assert_eq!(masked_length(length), masked(&length.to_le_bytes()));
        }
    }
}
