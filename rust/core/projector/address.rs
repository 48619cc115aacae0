//! Names of an embedding: in the config, and on disk.

use std::fmt::Write as _;
use std::path::Path;

use crate::error::{Error, Result};
use crate::symlinks;

/// Bytes that common file systems allow in one name.
pub const MAX_COMPONENT: usize = 255;

/// An embedding's tag and step, checked to name one directory inside that of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    name: String,
    directory: String,
}

impl Address {
    /// Fails with an argument error if the encoded tag is longer than a file's name may be.
    pub fn new(tag: &str, step: i64) -> Result<Self> {
        let part = encoded(tag);
        if part.len() > MAX_COMPONENT {
            return Err(Error::argument(format!(
                "tag must be at most {MAX_COMPONENT} bytes long, since it names a directory, but has {}; shorten it",
                part.len()
            )));
        }
        let directory = match part.as_str() {
            "" => format!("{step:05}"),
            part => format!("{step:05}/{part}"),
        };
        Ok(Self {
            name: format!("{tag}:{step:05}"),
            directory,
        })
    }

    /// Its name in the projector: `tag:00003`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Checks that no symbolic link below `root`, the run's directory, leads the embedding's directory out of it. `root`
    /// itself may be a link.
    ///
    /// # Errors
    ///
    /// `is_argument` if one does.
    pub fn check_inside(&self, root: &Path) -> Result<()> {
        symlinks::check_inside(root, &root.join(&self.directory), "tag and global_step")
    }

    /// Its directory below that of the run, with forward slashes: `00003/tag`.
    #[must_use]
    pub fn directory(&self) -> &str {
        &self.directory
    }
}

/// The tag as the name of one directory: characters that could lead elsewhere are a percent sign and a hex number.
fn encoded(tag: &str) -> String {
    let dots_alone = matches!(tag, "." | "..");
    let mut name = String::with_capacity(tag.len());
    for character in tag.chars() {
        match character {
            '%' | '/' | '\\' | '\0' => escape(&mut name, character),
            '.' if dots_alone => escape(&mut name, character),
            _ => name.push(character),
        }
    }
    name
}

fn escape(name: &mut String, character: char) {
    // Into a String, which never fails.
    let _ = write!(name, "%{:02x}", u32::from(character));
}
