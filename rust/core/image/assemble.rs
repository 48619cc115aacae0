//! Elements to bytes, axes to H, W, C and tiles to a grid, in one pass over the array.

use pulp::Arch;

use super::scale::{IntegerRange, Pixel};
use super::{Image, Layout, integer_range};
use crate::samples::{Samples, with_elements};

/// Pixels that are converted before they are woven together: their channels stay in the first-level cache.
const PIXELS_PER_BLOCK: usize = 2048;

/// Makes the 8-bit image of an array.
///
/// The elements are in C order, of the shape the layout was made for. The conversion to bytes is described at
/// [`integer_range`] and, for floats, in one sentence: 0 to 1 becomes 0 to 255, clipped, cut to whole numbers, NaN as
/// 0. Cells of a batch's grid without an image are black, or transparent where there is alpha.
///
/// # Panics
///
/// If the number of elements is not [`Layout::elements`].
#[must_use]
pub fn assemble(samples: &Samples<'_>, layout: &Layout) -> Image {
    assert_eq!(
        samples.len(),
        layout.elements(),
        "elements of another shape"
    );
    assemble_from(samples, layout, integer_range(samples), 0)
}

/// Makes the image whose first element is `from`; the array may hold other elements too.
pub(super) fn assemble_from(
    samples: &Samples<'_>,
    layout: &Layout,
    range: Option<IntegerRange>,
    from: usize,
) -> Image {
    if let Samples::U8(values) = samples
        && is_image_already(layout)
    {
        return layout.image(values[from..from + layout.byte_len()].to_vec());
    }
    let mut pixels = vec![0; layout.byte_len()];
    with_elements!(samples, |values| fill(
        &values[from..],
        range,
        layout,
        &mut pixels
    ));
    layout.image(pixels)
}

/// True if the array has the order of the image.
fn is_image_already(layout: &Layout) -> bool {
    let channels = layout.channel.len;
    layout.batch.len == 1 && channels > 1 && is_woven(layout) && is_one_run(layout)
}

/// True if the channels of a pixel, and the pixels of a row, follow each other.
fn is_woven(layout: &Layout) -> bool {
    let channels = layout.channel.len;
    (channels == 1 || layout.channel.stride == 1) && layout.column.stride == channels
}

/// True if rows follow each other as pixels do, in the array and in the image.
fn is_one_run(layout: &Layout) -> bool {
    layout.tile_columns() == 1 && layout.row.stride == layout.column.len * layout.column.stride
}

/// Walks over the runs of pixels that are equally spaced in the array and dense in the image.
fn fill<T: Pixel>(values: &[T], range: Option<IntegerRange>, layout: &Layout, pixels: &mut [u8]) {
    let channels = usize::from(layout.channels());
    let row_bytes = layout.width() as usize * channels;
    let tile_bytes = layout.column.len * channels;
    let (rows, run) = if is_one_run(layout) {
        (1, layout.row.len * layout.column.len)
    } else {
        (layout.row.len, layout.column.len)
    };
    for tile in 0..layout.batch.len {
        let (tile_row, tile_column) = (tile / layout.tile_columns(), tile % layout.tile_columns());
        for row in 0..rows {
            let from = tile * layout.batch.stride + row * layout.row.stride;
            let to = (tile_row * layout.row.len + row) * row_bytes + tile_column * tile_bytes;
            let out = &mut pixels[to..to + run * channels];
            for (block, out) in out.chunks_mut(PIXELS_PER_BLOCK * channels).enumerate() {
                let from = from + block * PIXELS_PER_BLOCK * layout.column.stride;
                fill_block(&values[from..], range, layout, out);
            }
        }
    }
}

/// Fills at most [`PIXELS_PER_BLOCK`] pixels from the elements that start at the first pixel's first channel.
fn fill_block<T: Pixel>(
    values: &[T],
    range: Option<IntegerRange>,
    layout: &Layout,
    out: &mut [u8],
) {
    if layout.channel.len > 1 && is_woven(layout) {
        T::to_bytes(&values[..out.len()], range, out);
        return;
    }
    let len = out.len() / usize::from(layout.channels());
    let mut planes = [[0; PIXELS_PER_BLOCK]; 4];
    for (channel, plane) in planes.iter_mut().take(layout.channel.len).enumerate() {
        let values = &values[channel * layout.channel.stride..];
        fill_plane(values, range, layout.column.stride, &mut plane[..len]);
    }
    let [first, second, third, fourth] = &planes;
    // Plain zips over constant widths: indexed forms of the same loop take ten times as long.
    Arch::new().dispatch(|| match layout.channel.len {
        1 => {
            for (pixel, &grey) in out.as_chunks_mut::<3>().0.iter_mut().zip(first) {
                *pixel = [grey; 3];
            }
        }
        2 => {
            let pixels = out.as_chunks_mut::<2>().0.iter_mut();
            for ((pixel, &a), &b) in pixels.zip(first).zip(second) {
                *pixel = [a, b];
            }
        }
        3 => {
            let pixels = out.as_chunks_mut::<3>().0.iter_mut();
            for (((pixel, &a), &b), &c) in pixels.zip(first).zip(second).zip(third) {
                *pixel = [a, b, c];
            }
        }
        _ => {
            let pixels = out.as_chunks_mut::<4>().0.iter_mut();
            for ((((pixel, &a), &b), &c), &d) in
                pixels.zip(first).zip(second).zip(third).zip(fourth)
            {
                *pixel = [a, b, c, d];
            }
        }
    });
}

/// Fills the bytes of one channel from elements that lie `stride` apart.
fn fill_plane<T: Pixel>(
    values: &[T],
    range: Option<IntegerRange>,
    stride: usize,
    plane: &mut [u8],
) {
    if stride == 1 {
        T::to_bytes(&values[..plane.len()], range, plane);
        return;
    }
    for (byte, value) in plane.iter_mut().zip(values.chunks(stride)) {
        T::to_bytes(&value[..1], range, std::slice::from_mut(byte));
    }
}
