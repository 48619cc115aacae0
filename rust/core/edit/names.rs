//! What an editor knows of each tag.

use std::collections::{HashMap, HashSet};

use crate::error::Result;

/// From a tag to its new name, or to `None` if it is left out.
pub type NewName = Box<dyn Fn(&[u8]) -> Result<Option<Vec<u8>>> + Send + Sync>;

/// Tags of settings, which have no place among the steps; those of hyperparameters begin so.
const CONFIG_TAG: &[u8] = b"custom_scalars__config__";
const CONFIG_PREFIX: &[u8] = b"_hparams_/";

/// True if a tag holds settings, such as hyperparameters, and no data of a step.
pub(super) fn is_config(tag: &[u8]) -> bool {
    tag == CONFIG_TAG || tag.starts_with(CONFIG_PREFIX)
}

/// One tag.
#[derive(Default)]
pub(super) struct Tag {
    pub is_config: bool,
    /// Its new name, if it has another one.
    pub renamed: Option<Vec<u8>>,
    pub is_dropped: bool,
    /// Points within the bounds of steps.
    pub points: u64,
    /// Metadata of values that are left out; the first value that stays gets it, if it has none.
    pub metadata: Option<Vec<u8>>,
    /// True if a value stays.
    pub is_described: bool,
    /// Steps that stay, if not all do.
    pub kept: Option<HashSet<i64>>,
}

/// The tags of a run; each is asked for its name once.
#[derive(Default)]
pub(super) struct Tags {
    all: Vec<Tag>,
    index: HashMap<Vec<u8>, usize>,
}

impl Tags {
    /// The tag of this name.
    pub(super) fn get(
        &mut self,
        name: &[u8],
        new_name: Option<&NewName>,
        kept: &mut HashMap<Vec<u8>, HashSet<i64>>,
    ) -> Result<&mut Tag> {
        let at = if let Some(&at) = self.index.get(name) {
            at
        } else {
            let mut tag = Tag {
                is_config: is_config(name),
                kept: kept.remove(name),
                ..Tag::default()
            };
            if let Some(new_name) = new_name {
                let new = new_name(name)?;
                tag.is_dropped = new.is_none();
                tag.renamed = new.filter(|new| *new != name);
            }
            self.index.insert(name.to_vec(), self.all.len());
            self.all.push(tag);
            self.all.len() - 1
        };
        Ok(&mut self.all[at])
    }
}
