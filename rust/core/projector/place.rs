//! Files that appear whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::Means;
use crate::error::{Error, Result};

/// Temporary files of this process so far.
static FILES: AtomicU64 = AtomicU64::new(0);

/// Writes pieces of a file.
pub(super) type Put<'a> = dyn FnMut(&[u8]) -> io::Result<()> + 'a;

pub(super) struct Placer<'a> {
    pub(super) means: &'a Means<'a>,
}

impl Placer<'_> {
    /// Writes a file under a name of its own beside `path`, and then renames it, so that nobody sees a part of it.
    pub(super) fn place(
        &self,
        path: &Path,
        write: impl FnOnce(&mut Put<'_>) -> io::Result<()>,
    ) -> Result<()> {
        let counter = FILES.fetch_add(1, Relaxed);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary =
            path.with_file_name(format!(".{name}.{}.{counter}.tmp", std::process::id()));
        let done = self
            .fill(&temporary, write)
            .and_then(|()| fs::rename(&temporary, path));
        done.map_err(|source| {
            let _ = fs::remove_file(&temporary);
            Error::store(format!("cannot write {}", path.display()), source)
        })
    }

    fn fill(
        &self,
        path: &Path,
        write: impl FnOnce(&mut Put<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut file: File = OpenOptions::new().write(true).create_new(true).open(path)?;
        write(&mut |bytes| {
            file.write_all(bytes)?;
            (self.means.wrote)(bytes.len() as u64);
            Ok(())
        })?;
        if self.means.fsync {
            file.sync_all()?;
        }
        Ok(())
    }
}
