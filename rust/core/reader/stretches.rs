//! One file by several threads.
//!
//! A long file is cut at any places. The thread that reads a stretch searches for the first record in it, and reads on
//! until a record begins in the next one. What a record holds may look like records itself, so a stretch counts only if
//! it begins where the one before ends; if not, it is read once more, from there.

use std::io;
use std::ops::Range;

use rayon::ThreadPool;

use super::contents::{Contents, Stretch, Wanted, WantsTag};
use super::source::Source;
use super::watch::Watch;
use crate::parallel;

/// The shortest stretch that is worth a thread.
const MIN_STRETCH_BYTES: u64 = 4 << 20;

/// Reads the records of a file that begin in a part of it, with the threads of `pool`.
pub(super) fn read(
    source: &dyn Source,
    length: u64,
    part: Range<u64>,
    wanted: &Wanted,
    wants_tag: WantsTag<'_>,
    pool: Option<&ThreadPool>,
    watch: &Watch<'_>,
) -> io::Result<Contents> {
    let Range { start: from, end } = part;
    // Without checksums most of a file with images is never read; a search for records would read all of it.
    let threads = pool
        .filter(|_| wanted.checksum)
        .map_or(1, ThreadPool::current_num_threads) as u64;
    let bytes = end.saturating_sub(from);
    let count = if threads == 1 {
        1
    } else {
        (bytes / MIN_STRETCH_BYTES).clamp(1, threads * 4)
    };
    let cut = |at: u64| from + (u128::from(bytes) * u128::from(at) / u128::from(count)) as u64;
    let stretch = |at: u64| Stretch {
        source,
        length,
        from: cut(at),
        stop: if at + 1 == count { end } else { cut(at + 1) },
        is_loose: at > 0,
        watch,
    };
    let look = || watch.look();
    let parts = parallel::each_watched(pool, count as usize, Some((watch.every(), &look)), |at| {
        Contents::read(stretch(at as u64), wanted, wants_tag)
    });
    let mut all = Contents {
        end: from,
        ..Contents::default()
    };
    for (at, part) in (0..).zip(parts) {
        if all.is_given_up {
            break;
        }
        let part = part?;
        let Stretch { stop, .. } = stretch(at);
        if at == 0 || part.begin == Some(all.end) {
            all.append(part);
        } else if all.end < stop {
            let again = Stretch {
                from: all.end,
                is_loose: false,
                ..stretch(at)
            };
            all.append(Contents::read(again, wanted, wants_tag)?);
        }
    }
    Ok(all)
}
