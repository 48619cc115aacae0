//! The disk of the log, and what the machine reads from its disks and writes to them.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::rate::Rate;
use crate::values::{Values, percent, put};

const KIBIBYTE: u64 = 1024;

#[derive(Debug)]
pub(crate) struct Disk {
    directory: PathBuf,
    read: Rate,
    written: Rate,
}

impl Disk {
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            read: Rate::default(),
            written: Rate::default(),
        }
    }

    pub(crate) fn sample(&mut self, now: Instant, values: &mut Values) {
        if let Some((used, free)) = space(&self.directory) {
            put(values, "disk/free_bytes", Some(free as f64));
            put(values, "disk/used_percent", percent(used, used + free));
        }
        let Ok(text) = std::fs::read_to_string("/proc/vmstat") else {
            return;
        };
        let Some((read, written)) = transferred(&text) else {
            return;
        };
        let read = self.read.per_second(now, read);
        let written = self.written.per_second(now, written);
        put(values, "disk/read_bytes_per_second", read);
        put(values, "disk/written_bytes_per_second", written);
    }
}

/// Bytes of a directory's file system that are used, and that this user can still use.
#[cfg(unix)]
fn space(directory: &Path) -> Option<(u64, u64)> {
    // As `df` has it: what is kept for the administrator is neither used nor free.
    let space = rustix::fs::statvfs(directory).ok()?;
    let free = space.f_bavail * space.f_frsize;
    let used = space.f_blocks.saturating_sub(space.f_bfree) * space.f_frsize;
    Some((used, free))
}

/// Not asked for on other systems.
#[cfg(not(unix))]
fn space(_: &Path) -> Option<(u64, u64)> {
    None
}

/// Bytes that the machine has read from all disks and written to them. `/proc/vmstat` has them in kibibytes, each counted once,
/// while `/proc/diskstats` counts a byte for each layer of partitions, RAID and volumes.
fn transferred(vmstat: &str) -> Option<(u64, u64)> {
    let number = |name: &str| -> Option<u64> {
        let mut lines = vmstat.lines().filter_map(|line| line.split_once(' '));
        let (_, text) = lines.find(|(key, _)| *key == name)?;
        Some(text.parse::<u64>().ok()?.saturating_mul(KIBIBYTE))
    };
    Some((number("pgpgin")?, number("pgpgout")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_counts_kibibytes() {
        let text = "nr_free_pages 12\npgpgin 3\npgpgoutclean 9\npgpgout 5\npswpin 0\n";
        assert_eq!(transferred(text), Some((3 * 1024, 5 * 1024)));
        assert_eq!(transferred("pgpgin 3\n"), None);
        assert_eq!(transferred("pgpgin x\npgpgout 5\n"), None);
    }

    #[test]
    fn a_directory_that_has_gone_leaves_its_space_out() {
        let gone = PathBuf::from("/proc/self/gone");
        let mut values = Values::new();
        Disk::new(gone).sample(Instant::now(), &mut values);
        assert!(values.iter().all(|(name, _)| !name.contains("free")));
    }
}
