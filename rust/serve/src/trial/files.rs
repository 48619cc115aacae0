//! What files of a trial have, and how they are damaged.

use prost::Message as _;
use tensorbolt::proto::event::{Event, What};
use tensorbolt::proto::summary::{Data, HistogramProto, Image, Summary, SummaryMetadata};
use tensorbolt::proto::tensor::TensorProto;
use tensorbolt::record;

use super::logs::{at, event, number, start};

/// What is written into a file.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "trial", derive(arbitrary::Arbitrary))]
pub enum Part {
    /// A scalar of one of three tags, at a step.
    Number(u8, i8, f32),
    /// A scalar as a tensor.
    Double(i8, f64),
    /// An image of ten times so many bytes.
    Image(i8, u8),
    /// A histogram with these limits.
    Histogram(i8, Vec<f64>),
    /// A text of so many bytes.
    Text(i8, u8),
    /// A graph of so many bytes.
    Graph(i8, u8),
    /// What stands in the place of a description of hyperparameters.
    HParams(Vec<u8>),
    /// The start of a session.
    Start(i8),
    /// Bytes that are no record.
    Bytes(Vec<u8>),
    /// So many zeros.
    Zeros(u8),
}

/// What becomes of it.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "trial", derive(arbitrary::Arbitrary))]
pub enum Damage {
    /// Nothing.
    None,
    /// A byte is another one.
    Flip(u16, u8),
    /// The rest of it is missing.
    Cut(u16),
    /// The payload is other bytes, with the right checksum.
    Rewritten(u16, u8),
}

/// A part of a file, and whether the server looks after it.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "trial", derive(arbitrary::Arbitrary))]
pub struct Written {
    /// One of three runs.
    pub run: u8,
    /// One of two files of it.
    pub file: u8,
    /// The part.
    pub part: Part,
    /// What becomes of it.
    pub damage: Damage,
    /// True if the server looks then.
    pub looks: bool,
}

fn payload(part: &Part) -> Option<Vec<u8>> {
    let described = |step: i8, tag: &str, plugin: &str, tensor: TensorProto| {
        let metadata = SummaryMetadata::plugin(plugin);
        event(
            step.into(),
            Summary::described(tag, Data::Tensor(tensor), metadata),
        )
    };
    Some(match part {
        Part::Number(tag, step, value) => number(&format!("n{}", tag % 3), (*step).into(), *value),
        Part::Double(step, value) => described(*step, "d", "scalars", TensorProto::double(*value)),
        Part::Image(step, size) => {
            let image = Image {
                height: 2,
                width: 3,
                colorspace: 3,
                encoded_image_string: vec![7; usize::from(*size) * 10],
            };
            event((*step).into(), Summary::single("i", Data::Image(image)))
        }
        Part::Histogram(step, limits) => {
            let histogram = HistogramProto {
                bucket: limits.iter().map(|limit| limit.abs()).collect(),
                bucket_limit: limits.clone(),
                ..HistogramProto::default()
            };
            event((*step).into(), Summary::single("h", Data::Histo(histogram)))
        }
        Part::Text(step, size) => {
            let tensor = TensorProto::strings(vec![vec![b'x'; usize::from(*size)]]);
            described(*step, "t", "text", tensor)
        }
        Part::Graph(step, size) => Event {
            what: Some(What::GraphDef(vec![7; usize::from(*size)])),
            ..Event::session_start(at((*step).into()))
        }
        .encode_to_vec(),
        Part::HParams(content) => {
            let mut metadata = SummaryMetadata::plugin("hparams");
            if let Some(data) = &mut metadata.plugin_data {
                data.content.clone_from(content);
            }
            let tensor = TensorProto::floats(&[0], Vec::new());
            event(
                0,
                Summary::described("_hparams_/experiment", Data::Tensor(tensor), metadata),
            )
        }
        Part::Start(step) => start((*step).into()),
        Part::Bytes(_) | Part::Zeros(_) => return None,
    })
}

/// Its bytes.
pub fn bytes(one: &Written) -> Vec<u8> {
    let Some(mut payload) = payload(&one.part) else {
        return match &one.part {
            Part::Bytes(bytes) => bytes.clone(),
            Part::Zeros(count) => vec![0; usize::from(*count)],
            _ => Vec::new(),
        };
    };
    // A scalar that becomes an image under the same tag is one or the other: the page and the reader choose by themselves.
    let is_scalar = matches!(one.part, Part::Number(..) | Part::Double(..));
    if let Damage::Rewritten(at, change) = one.damage
        && !is_scalar
    {
        let at = usize::from(at) % payload.len();
        payload[at] ^= change;
    }
    let mut out = Vec::new();
    record::encode(&payload, &mut out);
    match one.damage {
        Damage::Flip(at, change) => {
            let at = usize::from(at) % out.len();
            out[at] ^= change;
        }
        Damage::Cut(at) => out.truncate(usize::from(at) % out.len()),
        Damage::None | Damage::Rewritten(..) => {}
    }
    out
}
