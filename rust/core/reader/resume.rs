//! Reading of all that is new, and reading that goes on where another process, or an earlier look, ended.

use super::log::{Log, LogFile, State};
use super::position::Position;
use super::watch::Watch;
use crate::error::Result;

impl Log {
    /// Reads what the files have that was not read yet; whether there was anything.
    ///
    /// # Errors
    ///
    /// `is_corrupt` for damage, if that is to be an error; then nothing of the file with it is kept.
    pub fn read(&mut self) -> Result<bool> {
        self.read_watched(&Watch::none())
    }

    /// Positions in all files of which something was read.
    #[must_use]
    pub fn positions(&self) -> Vec<Position> {
        let read = self
            .files
            .iter()
            .filter(|file| file.contents.begin.is_some() && !file.is_made);
        read.map(LogFile::position).collect()
    }

    /// Files that are named from now on are read from these positions on, unless they were replaced or have become
    /// shorter: then from their starts.
    pub fn resume(&mut self, positions: Vec<Position>) {
        let named = positions.into_iter();
        self.resumed = named
            .map(|position| ((position.run.clone(), position.name.clone()), position))
            .collect();
    }

    /// Reads on in the first file that has more than was read: records that begin in the next `most` bytes. False if there is
    /// no such file.
    ///
    /// # Errors
    ///
    /// As for `read_watched`.
    pub fn read_part(&mut self, most: u64, watch: &Watch<'_>) -> Result<bool> {
        for file in &mut self.files {
            let read = file.read(&self.wanted, &*self.wants_tag, None, most, watch);
            watch.check()?;
            let is_gone = matches!(read.0, State::Gone);
            let any = file.accept(read, self.wanted.on_damage)?;
            if any && !is_gone && !file.is_unreadable() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Forgets all points, so that the next ones are those that the next read finds.
    pub fn forget(&mut self) {
        let positions = self.positions();
        let read = self
            .files
            .iter_mut()
            .filter(|file| file.contents.begin.is_some());
        for (file, position) in read.zip(positions) {
            file.contents = position.contents();
        }
    }
}

impl LogFile {
    pub(super) fn position(&self) -> Position {
        Position {
            run: self.input.run.clone(),
            name: self.input.name.clone(),
            identity: self.identity,
            offset: self.at(),
            tail: self.tail.clone(),
            is_given_up: self.contents.is_given_up,
            tags: self.contents.tags.described(),
        }
    }
}
