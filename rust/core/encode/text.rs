//! Texts.

use crate::proto;
use crate::proto::event::At;

/// A Markdown text; the tag gets the suffix `/text_summary` as both reference writers give it.
#[must_use]
pub fn text(at: At, tag: &str, text: &str) -> Vec<u8> {
    proto::text::encode(at, tag, "/text_summary", text)
}
