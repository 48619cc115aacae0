//! TensorBoard's data from this project's reader: a server of the ten calls of its protocol.
//!
//! ```text
//! listing ─► order ─► file: points of tags, in few bytes ─► run: the files of a run ─► catalog
//!    ▲                  ▲  ▼                                                             │
//!    │                index                                                              │
//! reload: the thread that looks                    server ─► service ─► calls, tensors, stream
//! ```
//!
//! Groups of runs become runs of their own: pattern ─► groups ─► reduction.
//!
//! Replies are made of a catalog, which never changes; the thread that looks for what is new puts another one in its
//! place. Long values stay in their files, and are read as they are asked for.

mod arguments;
mod blob;
mod calls;
mod catalog;
mod curve;
mod display;
mod file;
mod groups;
mod hparams;
mod index;
mod kept;
mod listing;
mod log;
mod metadata;
mod order;
mod pattern;
mod pauses;
mod places;
mod priority;
mod program;
mod proto;
mod ranks;
mod reduction;
mod reload;
mod run;
mod samples;
mod server;
mod service;
mod settings;
mod steps;
mod stream;
mod tensors;
mod thinning;
#[cfg(any(test, feature = "trial"))]
#[doc(hidden)]
pub mod trial;

#[cfg(test)]
mod tests;

pub use index::usual_directory as usual_index;
pub use listing::Place;
pub use pattern::Pattern;
pub use program::run;
pub use reload::{Shared, State};
pub use samples::Samples;
pub use server::{Bound, Server};
pub use settings::Settings;
