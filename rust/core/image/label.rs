//! The label of a box: black text on a red field at its lower left, inside.

use std::convert::Infallible;

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::iso_8859_1::FONT_6X10;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::text::{Baseline, Text};

use super::Image;
use super::canvas::{Ink, fill};

/// Size of a character cell of the font, the one nearest to Pillow's default of 10 pixels.
const CELL_PIXELS: (i64, i64) = (6, 10);

/// 5 % of the text's height, rounded up.
const MARGIN_PIXELS: i64 = 1;

/// Draws the label upwards from the lower left corner of its box, as far as it lies on the image.
///
/// The font has the characters of ISO 8859-1; others, and control characters, are question marks.
pub(super) fn draw_label(image: &mut Image, label: &str, left: i64, bottom: i64) {
    if label.is_empty() {
        return;
    }
    let characters = label.chars().count() as i64;
    let top = bottom - CELL_PIXELS.1 - 2 * MARGIN_PIXELS;
    fill(
        image,
        (left, left + CELL_PIXELS.0 * characters),
        (top, bottom),
        Ink::Red,
    );

    // Only characters near the image are drawn, so a long label costs no more than a short one.
    let hidden = (-left / CELL_PIXELS.0 - 1).max(0);
    let visible = i64::from(image.width) / CELL_PIXELS.0 + 3;
    let text: String = label
        .chars()
        .skip(hidden as usize)
        .take(visible as usize)
        .map(|character| {
            if character.is_control() {
                '?'
            } else {
                character
            }
        })
        .collect();
    let mut paper = Paper {
        image,
        left: left + MARGIN_PIXELS + hidden * CELL_PIXELS.0,
        top: top + MARGIN_PIXELS,
    };
    let style = MonoTextStyle::new(&FONT_6X10, BinaryColor::On);
    let drawn = embedded_graphics::Drawable::draw(
        &Text::with_baseline(&text, Point::zero(), style, Baseline::Top),
        &mut paper,
    );
    match drawn {
        Ok(_) => {}
        Err(never) => match never {},
    }
}

/// An image whose origin has moved, so that the text's own 32-bit coordinates stay small.
struct Paper<'a> {
    image: &'a mut Image,
    left: i64,
    top: i64,
}

impl OriginDimensions for Paper<'_> {
    fn size(&self) -> Size {
        Size::new(self.image.width, self.image.height)
    }
}

impl DrawTarget for Paper<'_> {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(
        &mut self,
        pixels: I,
    ) -> Result<(), Infallible> {
        for Pixel(point, color) in pixels {
            if color.is_on() {
                let (x, y) = (
                    self.left + i64::from(point.x),
                    self.top + i64::from(point.y),
                );
                fill(self.image, (x, x), (y, y), Ink::Black);
            }
        }
        Ok(())
    }
}
