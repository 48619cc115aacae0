//! Title and description of a curve, as `add_scalar` takes them.

use prost::Message;

use crate::proto::summary::{DataClass, SummaryMetadata};

/// What a rank says of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// The rank.
    pub rank: u32,
    /// Title in place of the tag.
    pub title: String,
    /// Description, in Markdown.
    pub description: String,
}

impl Texts {
    /// Those of a message of metadata; `None` if it has neither.
    #[must_use]
    pub fn read(rank: u32, metadata: &[u8]) -> Option<Self> {
        let metadata = SummaryMetadata::decode(metadata).ok()?;
        let (title, description) = (metadata.display_name, metadata.summary_description);
        (!title.is_empty() || !description.is_empty()).then_some(Self {
            rank,
            title,
            description,
        })
    }

    /// The message for the curve of the tag itself, or for one of its statistics, which keep their tags as titles.
    #[must_use]
    pub fn metadata(&self, is_tag_itself: bool) -> SummaryMetadata {
        SummaryMetadata {
            display_name: if is_tag_itself {
                self.title.clone()
            } else {
                String::new()
            },
            summary_description: self.description.clone(),
            data_class: DataClass::Scalar.into(),
            ..SummaryMetadata::plugin("scalars")
        }
    }
}
