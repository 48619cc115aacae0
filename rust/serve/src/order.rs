//! Which files are read first: the smallest, and of about equal ones the newest, so that most runs are there at once.

use std::cmp::Reverse;
use std::time::{Duration, SystemTime};

use crate::listing::Stamp;

/// Bytes of a long file that are read before shorter ones, so that its tags are there early.
pub const FIRST_PART_BYTES: u64 = 1 << 20;
/// Bytes of a file that are read at a time afterwards.
pub const PART_BYTES: u64 = 32 << 20;

/// Key by which jobs are sorted: `left` bytes are to be read.
pub fn urgency(stamp: &Stamp, left: u64) -> (u32, Reverse<Duration>) {
    let since = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).ok();
    let modified = stamp.modified.and_then(since).unwrap_or_default();
    // Files of a megabyte and less are equally quick.
    let size = left.min(u64::MAX / 2).next_power_of_two().ilog2().max(20);
    (size, Reverse(modified))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::urgency;
    use crate::listing::Stamp;

    #[test]
    fn small_files_come_first_and_new_ones_before_old_ones() {
        let stamp = |seconds| Stamp {
            modified: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)),
            ..Stamp::default()
        };
        let mut files = [(1, 5 << 30), (5, 10), (9, 900_000), (2, 3 << 20)];
        files.sort_by_key(|&(seconds, left)| urgency(&stamp(seconds), left));
        assert_eq!(files.map(|(seconds, _)| seconds), [9, 5, 2, 1]);
    }
}
