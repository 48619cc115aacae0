//! Whole records in bytes of an event file.

use tensorbolt::crc;
use tensorbolt::record::{FOOTER_LEN, HEADER_LEN};

/// The longest payload that is accepted: the limit of protobuf.
const MAX_PAYLOAD: u64 = (1 << 31) - 1;
const FRAME_LEN: usize = HEADER_LEN + FOOTER_LEN;

/// What follows the last whole record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing.
    None,
    /// The begin of a record of so many bytes, or of unknown length if 0.
    Torn(u64),
    /// Bytes that no record begins with, or a record whose payload is damaged.
    Damaged,
}

/// Bytes of the whole records at the start, and what follows.
pub(crate) fn whole(bytes: &[u8]) -> (usize, Rest) {
    let mut end = 0;
    loop {
        match frame(bytes.get(end..).unwrap_or_default()) {
            Ok(length) => end += length,
            Err(rest) => return (end, rest),
        }
    }
}

/// Length of the record at the start.
fn frame(bytes: &[u8]) -> Result<usize, Rest> {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER_LEN>() else {
        return Err(if bytes.is_empty() {
            Rest::None
        } else {
            Rest::Torn(0)
        });
    };
    let Some(length) = payload_length(header) else {
        return Err(Rest::Damaged);
    };
    let whole = length + FRAME_LEN as u64;
    let Some((payload, rest)) = rest.split_at_checked(length as usize) else {
        return Err(Rest::Torn(whole));
    };
    let Some(checksum) = rest.first_chunk::<FOOTER_LEN>() else {
        return Err(Rest::Torn(whole));
    };
    if crc::masked(payload) == u32::from_le_bytes(*checksum) {
        Ok(whole as usize)
    } else {
        Err(Rest::Damaged)
    }
}

fn payload_length(header: &[u8; HEADER_LEN]) -> Option<u64> {
    let length = u64::from_le_bytes(*header.first_chunk()?);
    let checksum = u32::from_le_bytes(*header.last_chunk()?);
    (length <= MAX_PAYLOAD && crc::masked_length(length) == checksum).then_some(length)
}

/// Where a record may begin after a damaged place: at the next header whose checksum fits, or where too few bytes are there
/// to check one.
pub(crate) fn resume(bytes: &[u8]) -> usize {
    let mut headers = bytes.windows(HEADER_LEN).enumerate().skip(1);
    let found = headers.find(|(_, header)| {
        header
            .first_chunk()
            .is_some_and(|header| payload_length(header).is_some())
    });
    found.map_or_else(
        || bytes.len().saturating_sub(HEADER_LEN - 1).max(1),
        |(at, _)| at,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensorbolt::record;

    fn two() -> Vec<u8> {
        let mut out = Vec::new();
        record::encode(b"first", &mut out);
        record::encode(b"the second", &mut out);
        out
    }

    #[test]
    fn only_whole_records_count() {
        let all = two();
        assert_eq!(whole(&all), (all.len(), Rest::None));
        assert_eq!(whole(&[]), (0, Rest::None));
        for cut in 22..33 {
            assert_eq!(whole(&all[..cut]), (21, Rest::Torn(0)), "{cut}");
        }
        for cut in 33..all.len() {
            assert_eq!(whole(&all[..cut]), (21, Rest::Torn(26)), "{cut}");
        }
    }

    #[test]
    fn records_behind_damage_are_found() {
        for damaged in [0, 4, 9, 13, 20] {
            let mut all = two();
            all[damaged] ^= 1;
            assert_eq!(whole(&all), (0, Rest::Damaged));
            assert_eq!(resume(&all), 21);
        }
        assert_eq!(whole(&[0; 40]), (0, Rest::Damaged));
        assert_eq!(resume(&[0; 40]), 29);
        // A record of more than protobuf's limit is damage and not a wait without end.
        let mut huge = (1_u64 << 40).to_le_bytes().to_vec();
        huge.extend(crc::masked_length(1 << 40).to_le_bytes());
        assert_eq!(whole(&huge), (0, Rest::Damaged));
    }
}
