//! Rectangles with labels on an image. The rectangles have the same pixels as those of the reference writers.

use super::Image;
use super::canvas::{Ink, fill};
use super::label::draw_label;
use crate::{Error, Result};

/// Coordinates are clamped to this distance in pixels: beyond it nothing changes, and sums cannot overflow.
const MAX_COORDINATE: i64 = 1 << 40;

/// Rectangles in pixel coordinates, perhaps with a label each.
#[derive(Clone, Debug, PartialEq)]
pub struct Boxes {
    corners: Vec<[f64; 4]>,
    labels: Option<Vec<String>>,
}

impl Boxes {
    /// Takes xmin, ymin, xmax, ymax of each box, in pixels from the upper left; fractions are cut off, swapped or
    /// outlying corners are fine. An empty label draws nothing.
    ///
    /// Fails with an argument error if a coordinate is not finite, or if there are labels but not one for each box.
    pub fn new(corners: Vec<[f64; 4]>, labels: Option<Vec<String>>) -> Result<Self> {
        if let Some(index) = corners
            .iter()
            .position(|corners| !corners.iter().all(|c| c.is_finite()))
        {
            return Err(Error::argument(format!(
                "box {index} is {:?}; pass finite pixel coordinates xmin, ymin, xmax, ymax",
                corners[index],
            )));
        }
        if let Some(labels) = labels
            .as_ref()
            .filter(|labels| labels.len() != corners.len())
        {
            return Err(Error::argument(format!(
                "labels has {} entries for {} boxes; pass one label for each box, or none at all",
                labels.len(),
                corners.len(),
            )));
        }
        Ok(Self { corners, labels })
    }

    /// Number of boxes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.corners.len()
    }

    /// True if there is no box.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.corners.is_empty()
    }
}

/// Draws the boxes in order, each a red line of width 2 and then its label in black on red.
///
/// On grey images red is its luminance, 76. Lines and labels are opaque. Parts outside of the image are left out.
pub fn draw_boxes(image: &mut Image, boxes: &Boxes) {
    for (index, corners) in boxes.corners.iter().enumerate() {
        let [left, top, right, bottom] =
            corners.map(|c| (c as i64).clamp(-MAX_COORDINATE, MAX_COORDINATE));
        // Counter-clockwise on the screen, as in the reference writers: the direction decides where the second line is.
        draw_segment(image, (left, top), (left, bottom));
        draw_segment(image, (left, bottom), (right, bottom));
        draw_segment(image, (right, bottom), (right, top));
        draw_segment(image, (right, top), (left, top));
        let label = boxes.labels.as_ref().and_then(|labels| labels.get(index));
        if let Some(label) = label {
            draw_label(image, label, left.min(right), top.max(bottom));
        }
    }
}

/// Draws a horizontal or vertical segment of width 2, as Pillow does: on its own pixels, both ends included, and on
/// their neighbours to the right of a downward and below a rightward segment, to the left of an upward and above a
/// leftward one. A segment between equal points is one pixel.
fn draw_segment(image: &mut Image, from: (i64, i64), to: (i64, i64)) {
    let offset_x = (to.1 - from.1).signum();
    let offset_y = (to.0 - from.0).signum();
    let span = |a: i64, b: i64, offset: i64| (a.min(b) + offset.min(0), a.max(b) + offset.max(0));
    let red = Ink::Red;
    fill(
        image,
        span(from.0, to.0, offset_x),
        span(from.1, to.1, offset_y),
        red,
    );
}
