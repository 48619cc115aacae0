//! Points as events.

use prost::Message;

use super::point::Point;
use crate::proto::event::{At, Event};
use crate::proto::scalar;
use crate::proto::summary::{Data, Summary, SummaryMetadata, Value};
use crate::proto::tensor::TensorProto;

/// Begins the tag of the curve that says which rank is the highest; all points have one.
pub(super) const MAX_RANK: &str = "ranks/max_rank/";

/// Curves that a point has at most.
pub(super) const MOST: usize = 10;

/// The first ones have values of the tag; a description of it says nothing of ranks and scores.
const OF_VALUES: usize = 5;

/// Beginnings of the tags of curves, and the values of a point: the curve of the tag itself comes first.
pub fn curves(point: &Point<'_>) -> impl Iterator<Item = (&'static str, f64)> {
    let statistics = &point.statistics;
    let of_all = [
        ("", point.value),
        ("ranks/min/", statistics.min),
        ("ranks/max/", statistics.max),
        ("ranks/std/", statistics.std),
        ("ranks/p50/", statistics.median),
        (MAX_RANK, f64::from(point.max_rank())),
    ];
    let of_sections = point.scores.map(|scores| {
        [
            ("ranks/relative_score/", scores.relative),
            ("ranks/slowest_rank/", f64::from(scores.slowest)),
            ("ranks/individual_score/", scores.individual),
            ("ranks/slowed_rank/", f64::from(scores.slowed)),
        ]
    });
    of_all.into_iter().chain(of_sections.into_iter().flatten())
}

/// Form of the numbers of a curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// float32, which every loader of TensorBoard shows.
    #[default]
    Single,
    /// float64, as tensors, which TensorBoard's default loader does not show.
    Double,
}

/// Appends the event of a point, with all of its curves.
pub fn encode_point(out: &mut Vec<u8>, point: &Point<'_>, precision: Precision) {
    let at = At {
        // Readers refuse other times.
        wall_time: if point.time.is_finite() {
            point.time
        } else {
            0.0
        },
        step: point.step,
    };
    let curves = curves(point);
    if precision == Precision::Single && point.texts.is_none() {
        let mut summary = Vec::with_capacity(MOST * (point.tag.len() + 32));
        for (prefix, value) in curves {
            scalar::encode_value(&mut summary, [prefix, point.tag, ""], value as f32);
        }
        return scalar::encode_summary(out, at, &summary);
    }
    let mut summary = Summary::default();
    for (at, (prefix, value)) in curves.enumerate() {
        let tag = [prefix, point.tag].concat();
        let data = match precision {
            Precision::Single => Data::SimpleValue(value as f32),
            Precision::Double => Data::Tensor(TensorProto::double(value)),
        };
        let texts = point.texts.filter(|_| at < OF_VALUES);
        let metadata = texts.map(|texts| texts.metadata(prefix.is_empty()));
        let plain = || SummaryMetadata::plugin("scalars");
        summary.value.push(Value {
            tag,
            data: Some(data),
            metadata: match precision {
                Precision::Single => metadata,
                Precision::Double => Some(metadata.unwrap_or_else(plain)),
            },
            ..Value::default()
        });
    }
    out.extend(Event::summary(at, summary).encode_to_vec());
}
