//! Sources of bytes: anything that has ranges.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::Path;

use super::watch::Watch;
use crate::files::FileAt;

/// Bytes that can be read at any place.
pub trait Source: Send + Sync {
    /// Reads some bytes from `offset` on; fewer than there is room for, and none at the end alone.
    ///
    /// # Errors
    ///
    /// Whatever keeps the bytes from being read.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize>;

    /// Number of bytes at this moment.
    ///
    /// # Errors
    ///
    /// If the source cannot say so.
    fn length(&self) -> io::Result<u64>;
}

/// A file of this machine, or of a network file system.
#[derive(Debug)]
pub struct LocalFile(File);

impl LocalFile {
    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// Errors of the operating system.
    pub fn open(path: &Path) -> io::Result<Self> {
        File::open(path).map(Self)
    }
}

impl Source for LocalFile {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        loop {
            match FileAt::read_at(&self.0, out, offset) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, out)
    }

    fn length(&self) -> io::Result<u64> {
        (**self).length()
    }
}

/// Bytes in memory.
impl Source for [u8] {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.get(start..).unwrap_or_default();
        let count = rest.len().min(out.len());
        if let (Some(from), Some(to)) = (rest.get(..count), out.get_mut(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }
}

impl Source for Vec<u8> {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, out)
    }

    fn length(&self) -> io::Result<u64> {
        self.as_slice().length()
    }
}

/// So many bytes from `offset` on.
pub(super) fn exactly(source: &dyn Source, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while filled < length {
        let room = bytes.get_mut(filled..).unwrap_or_default();
        let read = source.read_at(offset + filled as u64, room)?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        filled += read;
    }
    Ok(bytes)
}

/// A moving view of a source, which reads ahead while it is read in order and little after a jump.
pub(super) struct Window<'a> {
    source: &'a dyn Source,
    /// Bytes of the source that count; it may grow meanwhile.
    length: u64,
    /// Position of the first byte in the buffer.
    base: u64,
    buffer: Vec<u8>,
    filled: usize,
    piece: usize,
    /// Who watches the read, and the bytes that are not reported as done.
    watch: Option<(&'a Watch<'a>, Range<u64>)>,
}

/// Bytes asked for after a jump; each further piece is twice as long, up to the last.
const FIRST_READ_BYTES: usize = 4 << 10;
const MAX_READ_BYTES: usize = 512 << 10;

impl<'a> Window<'a> {
    pub(super) fn new(source: &'a dyn Source, length: u64) -> Self {
        Self {
            source,
            length,
            base: 0,
            buffer: Vec::new(),
            filled: 0,
            piece: FIRST_READ_BYTES,
            watch: None,
        }
    }

    /// Reports the bytes of a part as done, as far as the window has moved on in it.
    pub(super) fn watched(&mut self, watch: &'a Watch<'a>, part: Range<u64>) {
        self.watch = Some((watch, part));
    }

    /// Reports what is before `offset`; an error if the read is to end.
    pub(super) fn report(&mut self, offset: u64) -> io::Result<()> {
        let Some((watch, left)) = &mut self.watch else {
            return Ok(());
        };
        let now = offset.min(left.end).max(left.start);
        let bytes = now - left.start;
        left.start = now;
        if watch.advance(bytes) {
            Ok(())
        } else {
            Err(io::Error::other("the read was ended"))
        }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The bytes in memory from `offset` on.
    #[inline]
    pub(super) fn held(&self, offset: u64) -> &[u8] {
        let start = offset.wrapping_sub(self.base);
        match usize::try_from(start) {
            Ok(start) => self.buffer.get(start..self.filled).unwrap_or_default(),
            Err(_) => &[],
        }
    }

    /// The bytes from `offset` on, at least `least` of them unless the source ends before.
    pub(super) fn from(&mut self, offset: u64, least: usize) -> io::Result<&[u8]> {
        let left = self.length.saturating_sub(offset);
        let least = usize::try_from(left).unwrap_or(usize::MAX).min(least);
        if self.held(offset).len() < least {
            self.fill(offset, least, left)?;
        }
        Ok(self.held(offset))
    }

    fn fill(&mut self, offset: u64, least: usize, left: u64) -> io::Result<()> {
        self.report(offset)?;
        let kept = self.held(offset).len();
        let end = self.base + self.filled as u64;
        let follows = kept > 0 || offset == end;
        self.buffer.copy_within(self.filled - kept..self.filled, 0);
        self.base = offset;
        self.filled = kept;
        self.piece = if follows {
            (self.piece * 2).min(MAX_READ_BYTES)
        } else {
            FIRST_READ_BYTES
        };
        let wanted = least.max(kept + self.piece);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(wanted);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        } else if self.buffer.len() > 4 * MAX_READ_BYTES && wanted <= MAX_READ_BYTES {
            // A long record came by; its room is not needed any more.
            self.buffer.truncate(wanted.max(kept));
            self.buffer.shrink_to_fit();
        }
        while self.filled < least {
            let room = self.buffer.get_mut(self.filled..wanted).unwrap_or_default();
            let read = self.source.read_at(self.base + self.filled as u64, room)?;
            if read == 0 {
                // Shorter than it was: what is gone is taken for not yet written.
                self.length = self.base + self.filled as u64;
                break;
            }
            self.filled += read;
        }
        Ok(())
    }
}
