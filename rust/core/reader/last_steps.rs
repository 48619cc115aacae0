//! The last step of each tag, without its points.

use std::collections::HashMap;
use std::io;

use super::contents::session_status;
use super::event::{Event, InFile, What};
use super::frames::{Frame, Frames};
use super::source::Source;
use super::wire::{Bytes, Fault};

/// The last steps of tags that begin with some bytes, over the files of a run.
#[derive(Debug)]
pub struct LastSteps {
    prefix: Vec<u8>,
    steps: HashMap<Vec<u8>, i64>,
    event: Event,
}

impl LastSteps {
    /// Of no files yet.
    #[must_use]
    pub fn new(prefix: &[u8]) -> Self {
        Self {
            prefix: prefix.to_vec(),
            steps: HashMap::new(),
            event: Event::default(),
        }
    }

    /// Reads the next file of the run. Damage is skipped.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn read(&mut self, source: &dyn Source) -> io::Result<()> {
        let length = source.length()?;
        let mut frames = Frames::new(source, length, 0, length, true);
        while let Some(frame) = frames.next()? {
            let taken = match frame {
                Frame::Short { mut bytes, .. } => {
                    let all = bytes;
                    self.take(&mut bytes, Some(all), all.len())
                }
                Frame::Long { payload, length } => {
                    let mut bytes = InFile {
                        window: frames.window(),
                        offset: payload,
                    };
                    self.take(&mut bytes, None, length)
                }
                Frame::Gap(_) => continue,
            };
            if let Err(Fault::Io(error)) = taken {
                return Err(error);
            }
        }
        Ok(())
    }

    fn take<B: Bytes>(
        &mut self,
        bytes: &mut B,
        payload: Option<&[u8]>,
        length: usize,
    ) -> Result<(), Fault> {
        self.event.look(bytes, length)?;
        let step = self.event.step;
        match self.event.what {
            What::Session(span) if session_status(bytes.from(span.start, span.len())?)? == 1 => {
                for last in self.steps.values_mut() {
                    *last = (*last).min(step.saturating_sub(1));
                }
            }
            What::Summary => {
                let names = self.event.names(payload);
                for value in &self.event.values {
                    let tag = value.tag.of(names);
                    if !tag.starts_with(&self.prefix) {
                        continue;
                    }
                    match self.steps.get_mut(tag) {
                        Some(last) => *last = step,
                        None => {
                            self.steps.insert(tag.to_vec(), step);
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// From tag to its last step.
    #[must_use]
    pub fn into_steps(self) -> HashMap<Vec<u8>, i64> {
        self.steps
    }
}
