//! From logged data to the payload of an event. These are pure functions, so a caller, a lane and a test can run them.
//! Each kind of data has a file of its own.

use prost::Message;

use crate::proto::event::{At, Event};
use crate::proto::summary::Summary;

mod audio;
mod custom_scalars;
mod graph;
mod histogram;
mod hparams;
mod image;
mod mesh;
mod pr_curve;
mod scalar;
mod tensor;
mod text;
mod video;

pub use audio::{audio, file_rate};
pub use custom_scalars::{LAYOUT_TAG, custom_scalars};
pub use graph::{Node, Shape, graph, graph_def, profile, run_metadata};
pub use histogram::raw_histogram;
pub use hparams::{HParam, hparams};
pub use image::{RawImage, image};
pub use mesh::{PartTags, mesh};
pub use pr_curve::{pr_curve, raw_pr_curve};
pub use scalar::{described_scalar, tensor_scalar};
pub use tensor::{complex_tensor, string_tensor, tensor, typed_tensor};
pub use text::text;
pub use video::{Video, video};

fn event(at: At, summary: Summary) -> Vec<u8> {
    Event::summary(at, summary).encode_to_vec()
}
