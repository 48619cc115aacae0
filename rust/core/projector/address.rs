//! Names of an embedding: in the config, and on disk.

use std::fmt::Write as _;
use std::path::Path;

use crate::error::{Error, Result};
use crate::symlinks;

/// Bytes that common file systems allow in one name.
pub const MAX_COMPONENT: usize = 255;

/// An embedding's tag and step, checked to name one folder inside the run's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    name: String,
    folder: String,
}

impl Address {
    /// Fails with an argument error if the encoded tag is longer than a file's name may be.
    pub fn new(tag: &str, step: i64) -> Result<Self> {
        let part = encoded(tag);
        if part.len() > MAX_COMPONENT {
            return Err(Error::argument(format!(
                "tag must be at most {MAX_COMPONENT} bytes long, since it names a folder, but has {}; shorten it",
                part.len()
            )));
        }
        let folder = match part.as_str() {
            "" => format!("{step:05}"),
            part => format!("{step:05}/{part}"),
        };
        Ok(Self {
            name: format!("{tag}:{step:05}"),
            folder,
        })
    }

    /// What the projector calls it: `tag:00003`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Checks that no symbolic link below `root`, the run's directory, leads the folder out of it. `root` itself may be
    /// one.
    ///
    /// # Errors
    ///
    /// `is_argument` if one does.
    pub fn check_inside(&self, root: &Path) -> Result<()> {
        symlinks::check_inside(root, &root.join(&self.folder), "tag and global_step")
    }

    /// Its folder below the run's, with forward slashes: `00003/tag`.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.folder
    }
}

/// The tag as one name of a folder: what would mean another place is written as a percent sign and a hex number.
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
