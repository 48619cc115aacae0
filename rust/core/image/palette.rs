//! At most 256 colours: those of the image if it has no more, else those of [`cut`].
//!
//! There is no dithering. Floyd–Steinberg hides the steps of gradients, but makes files up to four times as large and
//! every mean and largest error greater, and its pattern flickers between frames.

use super::Image;
use super::quantize::cut;

/// An image of at most 256 colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indexed {
    /// Red, green and blue of each colour.
    pub palette: Vec<u8>,
    /// The colour of each pixel.
    pub indices: Vec<u8>,
}

/// Finds the colours of an image of three channels.
#[must_use]
pub fn indexed(image: &Image) -> Indexed {
    let pixels = image.pixels.as_chunks::<3>().0;
    exact(pixels).unwrap_or_else(|| {
        let (palette, indices) = cut(pixels);
        Indexed { palette, indices }
    })
}

/// The image as it is, unless it has more than 256 colours.
fn exact(pixels: &[[u8; 3]]) -> Option<Indexed> {
    /// Four times as many as there may be colours, so that searches stay short.
    const SLOTS: usize = 1024;
    /// Distinguishes black from an empty slot.
    const SLOT_USED: u32 = 1 << 24;

    let mut slots = [(0_u32, 0_u8); SLOTS];
    let mut palette = Vec::new();
    let mut indices = Vec::with_capacity(pixels.len());
    let mut last = (0, 0);
    for &[red, green, blue] in pixels {
        let colour = SLOT_USED | u32::from_be_bytes([0, red, green, blue]);
        if colour != last.0 {
            let mut place = (colour.wrapping_mul(0x9E37_79B1) >> 22) as usize;
            last = loop {
                let slot = slots.get_mut(place)?;
                if slot.0 == colour {
                    break *slot;
                }
                if slot.0 == 0 {
                    *slot = (colour, u8::try_from(palette.len() / 3).ok()?);
                    palette.extend([red, green, blue]);
                    break *slot;
                }
                place = (place + 1) % SLOTS;
            };
        }
        indices.push(last.1);
    }
    if is_ramp(&palette) {
        palette.as_chunks_mut::<3>().0.reverse();
        let top = (palette.len() / 3).saturating_sub(1) as u8;
        for index in &mut indices {
            *index = top - *index;
        }
    }
    Some(Indexed { palette, indices })
}

/// True if each colour is the grey of its own index: Pillow 13 then takes the file's palette, which is empty, for the
/// frame's.
fn is_ramp(palette: &[u8]) -> bool {
    let greys = palette.as_chunks::<3>().0.iter().zip(0..=u8::MAX);
    palette.len() > 3 && greys.into_iter().all(|(colour, grey)| *colour == [grey; 3])
}
