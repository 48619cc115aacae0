//! The protobuf messages of the event format, as prost structs written from its specification.
//!
//! Only what a writer of event files needs is here. Field numbers are the format's; unknown fields are skipped on
//! decoding, as protobuf asks.

pub mod custom_scalars;
pub mod event;
pub mod graph;
mod head;
pub mod histogram;
pub mod hparams;
pub mod mesh;
pub mod peek;
pub mod pr_curve;
pub mod rank;
pub mod scalar;
pub mod summary;
pub mod tensor;
pub mod text;
