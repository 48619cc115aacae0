//! The tags of a file, each with what there is of it.

use std::collections::HashMap;

use super::kind::Kind;
use super::series::Series;
use super::starts::Starts;
use super::wire::{Fault, Span, Wire, field};
use crate::proto::summary::DataClass;

/// Form of a value before its dashboard is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A number in the old form.
    Number,
    /// An image in the old form.
    Image,
    /// A histogram in the old form.
    Histogram,
    /// Audio in the old form.
    Audio,
    /// An array.
    Tensor,
    /// Nothing but metadata.
    Bare,
}

/// All forms, in the order in which a tag keeps them.
pub const FORMS: [Form; 6] = [
    Form::Number,
    Form::Image,
    Form::Histogram,
    Form::Audio,
    Form::Tensor,
    Form::Bare,
];

/// Metadata of a tag, from its first value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Name of the dashboard's plugin.
    pub plugin: String,
    /// The plugin's own bytes.
    pub content: Vec<u8>,
    /// Shown instead of the tag.
    pub display_name: String,
    /// Markdown.
    pub description: String,
    /// Number of the data class, if the writer chose one; 0 if not.
    pub data_class: i32,
}

impl Metadata {
    /// Of a message of `SummaryMetadata`.
    pub(super) fn parse(mut bytes: &[u8]) -> Result<Self, Fault> {
        let mut metadata = Self::default();
        let all = bytes;
        let mut rest = Span::whole(all.len());
        while let Some((number, wire)) = field(&mut bytes, &mut rest)? {
            match (number, wire) {
                (1, Wire::Span(span)) => metadata.parse_plugin(span.of(all))?,
                (2, Wire::Span(span)) => metadata.display_name = text(span.of(all)),
                (3, Wire::Span(span)) => metadata.description = text(span.of(all)),
                (4, Wire::Varint(class)) => metadata.data_class = class as i32,
                _ => {}
            }
        }
        Ok(metadata)
    }

    fn parse_plugin(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        let all = bytes;
        let mut rest = Span::whole(all.len());
        while let Some((number, wire)) = field(&mut bytes, &mut rest)? {
            match (number, wire) {
                (1, Wire::Span(span)) => self.plugin = text(span.of(all)),
                (2, Wire::Span(span)) => self.content = span.of(all).to_vec(),
                _ => {}
            }
        }
        Ok(())
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// One tag of a file.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    raw: Box<[u8]>,
    pub name: String,
    pub is_wanted: bool,
    pub metadata: Option<Metadata>,
    series: [Option<Box<Series>>; FORMS.len()],
    /// The tag that came after it the last time.
    next: usize,
}

impl Tag {
    fn new(raw: &[u8], is_wanted: bool) -> Self {
        Self {
            raw: raw.into(),
            name: text(raw),
            is_wanted,
            metadata: None,
            series: Default::default(),
            next: 0,
        }
    }

    /// Its points in a form, made if there are none.
    #[inline]
    pub(super) fn series_mut(&mut self, form: Form) -> &mut Series {
        self.series[form as usize].get_or_insert_default()
    }

    /// Its points in a form.
    pub(super) fn series(&self, form: Form) -> Option<&Series> {
        self.series.get(form as usize)?.as_deref()
    }

    /// True if its writer says that its values are single numbers, whatever their dashboard.
    #[inline]
    pub(super) fn is_scalar_class(&self) -> bool {
        let class = self.metadata.as_ref().map(|metadata| metadata.data_class);
        class == Some(DataClass::Scalar as i32)
    }

    /// The kind that its tensors are, if their plugin is known.
    #[inline]
    pub(super) fn tensor_kind(&self) -> Option<Kind> {
        self.metadata
            .as_ref()
            .map(|metadata| Kind::of_plugin(&metadata.plugin))
    }
}

/// The tags of a file, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Tags {
    all: Vec<Tag>,
    index: HashMap<Box<[u8]>, usize>,
    last: usize,
}

impl Tags {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Tag> {
        self.all.iter()
    }

    /// Tags that have metadata, with it.
    pub(super) fn described(&self) -> Vec<(Vec<u8>, Metadata)> {
        let known = |tag: &Tag| Some((tag.raw.to_vec(), tag.metadata.clone()?));
        self.all.iter().filter_map(known).collect()
    }

    /// The tag of this name, and whether it is a new one. Programs log the same tags in the same order, so the one that
    /// came after the last one before is tried first.
    #[inline]
    pub(super) fn intern(
        &mut self,
        raw: &[u8],
        is_wanted: impl FnOnce(&str) -> bool,
    ) -> (&mut Tag, bool) {
        let guess = self.all.get(self.last).map_or(0, |last| last.next);
        if self.all.get(guess).is_some_and(|tag| *tag.raw == *raw) {
            self.last = guess;
            return (&mut self.all[guess], false);
        }
        self.find(raw, is_wanted)
    }

    #[inline(never)]
    fn find(&mut self, raw: &[u8], is_wanted: impl FnOnce(&str) -> bool) -> (&mut Tag, bool) {
        let known = self.index.get(raw).copied();
        let at = known.unwrap_or(self.all.len());
        if known.is_none() {
            self.index.insert(raw.into(), at);
            self.all
                .push(Tag::new(raw, is_wanted(&String::from_utf8_lossy(raw))));
        }
        if let Some(last) = self.all.get_mut(self.last) {
            last.next = at;
        }
        self.last = at;
        (&mut self.all[at], known.is_none())
    }

    /// Forgets the scalars of a tag.
    pub(super) fn forget_scalars(&mut self, name: &str) {
        let Some(tag) = self
            .index
            .get(name.as_bytes())
            .and_then(|&at| self.all.get_mut(at))
        else {
            return;
        };
        tag.series[Form::Number as usize] = None;
        if tag.tensor_kind() == Some(Kind::Scalars) {
            tag.series[Form::Tensor as usize] = None;
        }
    }

    /// Appends the tags of a later stretch, before which there were these starts.
    pub(super) fn append(&mut self, other: Self, starts: &Starts) {
        for tag in other.all {
            let (mine, _) = self.find(&tag.raw, |_| tag.is_wanted);
            for (mine, theirs) in mine.series.iter_mut().zip(tag.series) {
                if let Some(theirs) = theirs {
                    mine.get_or_insert_default().append(&theirs, starts);
                }
            }
            if mine.metadata.is_none() {
                mine.metadata = tag.metadata;
            }
        }
    }
}
