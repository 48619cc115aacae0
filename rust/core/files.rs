//! What files are asked for on every system, though each system's library calls it otherwise: bytes at an offset, numbers and
//! names.

use std::fs::{File, Metadata, OpenOptions};
use std::io;

/// Reads and writes at an offset. On Windows they move the file's position, so one file is not used in both ways.
pub trait FileAt {
    /// Reads at most as many bytes as `out` has; 0 at the end.
    fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Fills `out`.
    ///
    /// # Errors
    ///
    /// `UnexpectedEof` if the file ends before.
    fn read_exact_at(&self, out: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes all bytes.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
}

#[cfg(unix)]
impl FileAt for File {
    fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, out, offset)
    }

    fn read_exact_at(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, out, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(self, bytes, offset)
    }
}

#[cfg(windows)]
impl FileAt for File {
    fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, out, offset)
    }

    fn read_exact_at(&self, mut out: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !out.is_empty() {
            let read = self.read_at(out, offset)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            out = out.get_mut(read..).unwrap_or_default();
            offset += read as u64;
        }
        Ok(())
    }

    fn write_all_at(&self, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = std::os::windows::fs::FileExt::seek_write(self, bytes, offset)?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = bytes.get(written..).unwrap_or_default();
            offset += written as u64;
        }
        Ok(())
    }
}

/// Device and number of a file: another file that gets its path has others.
#[cfg(unix)]
#[must_use]
#[allow(clippy::unnecessary_wraps, reason = "other systems have none")]
pub fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

/// The time at which a file was made, where the system keeps it: another file that gets its path has another.
#[cfg(not(unix))]
#[must_use]
pub fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    let made = metadata.created().ok()?;
    let made = made.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some((0, made.as_nanos() as u64))
}

/// How many names a file has; none once it was removed.
#[cfg(unix)]
#[must_use]
pub fn names(file: &File) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    file.metadata().ok().map(|found| found.nlink())
}

/// How many names a file has; none once it was removed.
#[cfg(windows)]
#[must_use]
pub fn names(file: &File) -> Option<u64> {
    let found = winapi_util::file::information(file).ok()?;
    Some(found.number_of_links())
}

/// Has a new file belong to its user alone. On Windows the directory decides that.
pub fn make_private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
