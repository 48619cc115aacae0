//! Filled rectangles, in the colours of boxes.

use super::Image;

/// The two colours of boxes.
#[derive(Clone, Copy)]
pub(super) enum Ink {
    Red,
    Black,
}

impl Ink {
    /// The opaque colour in the channels of the image.
    fn pixel(self, channels: u8) -> &'static [u8] {
        match (self, channels) {
            // The luminance of pure red by ITU-R 601.
            (Self::Red, 1) => &[76],
            (Self::Red, 2) => &[76, 255],
            (Self::Red, 3) => &[255, 0, 0],
            (Self::Red, _) => &[255, 0, 0, 255],
            (Self::Black, 1) => &[0],
            (Self::Black, 2) => &[0, 255],
            (Self::Black, 3) => &[0, 0, 0],
            (Self::Black, _) => &[0, 0, 0, 255],
        }
    }
}

/// Fills the columns and rows that lie on the image; both bounds belong to them.
pub(super) fn fill(image: &mut Image, columns: (i64, i64), rows: (i64, i64), ink: Ink) {
    let pixel = ink.pixel(image.channels);
    let Some((left, right)) = visible(columns, image.width) else {
        return;
    };
    let Some((top, bottom)) = visible(rows, image.height) else {
        return;
    };
    let row_bytes = image.width as usize * pixel.len();
    let rows = image.pixels.chunks_exact_mut(row_bytes);
    for row in rows.skip(top).take(bottom - top) {
        for bytes in row
            .chunks_exact_mut(pixel.len())
            .skip(left)
            .take(right - left)
        {
            bytes.copy_from_slice(pixel);
        }
    }
}

/// The part of an inclusive span that lies on a side of this length, as a half-open span.
fn visible((first, last): (i64, i64), side: u32) -> Option<(usize, usize)> {
    let first = first.max(0);
    let end = (last + 1).min(i64::from(side));
    (first < end).then_some((first as usize, end as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_cut_at_both_ends_of_the_side() {
        assert_eq!(visible((-5, -1), 4), None);
        assert_eq!(visible((4, 9), 4), None);
        assert_eq!(visible((i64::MIN, 1 << 40), 4), Some((0, 4)));
        assert_eq!(visible((3, 3), 4), Some((3, 4)));
    }
}
