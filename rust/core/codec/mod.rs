//! Images, videos and audio as the bytes of a file, through the field's own crates.
//!
//! These modules do not know how an event wraps the bytes.

pub mod gif;
pub mod png;
pub mod wav;
