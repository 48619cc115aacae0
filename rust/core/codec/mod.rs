//! Pictures, clips and sound as the bytes of a file, through the field's own crates.
//!
//! Nothing in here knows how an event wraps those bytes.

pub mod gif;
pub mod png;
pub mod wav;
