//! The 256 colours of an image that has more.
//!
//! All colours begin in one cell. Again and again, the cell whose colours are farthest from their mean, by the sum of
//! squares, is cut in two: across the axis along which they are farthest, where both halves are closest to their own
//! means. That is Wu's method (Graphics Gems II, 1991) on the colours themselves instead of on a grid, whose bins would
//! be as wide as the whole of a dark or flat image.

/// Most colours of a palette.
const MAX_COLOURS: usize = 256;

/// A colour of the image.
#[derive(Clone, Copy)]
struct Colour {
    levels: [u8; 3],
    /// Pixels that have it.
    count: u32,
    /// The first of them, in the list that is sorted by colour.
    first: usize,
}

/// A range of colours that become one.
struct Cell {
    from: usize,
    to: usize,
    /// Pixels that have one of them.
    count: f64,
    /// Sum of their levels along each axis.
    sums: [f64; 3],
    /// Sum of the squares of what they are away from the mean.
    spread: f64,
    /// The axis along which most of that is.
    axis: usize,
}

/// The palette, and the colour of each pixel in it.
pub(super) fn cut(pixels: &[[u8; 3]]) -> (Vec<u8>, Vec<u8>) {
    let mut sorted: Vec<u64> = (0..).zip(pixels).map(key).collect();
    sorted.sort_unstable();
    let mut colours = colours(&sorted);
    let mut cells = vec![Cell::new(&colours, 0, colours.len())];
    while cells.len() < MAX_COLOURS {
        let (mut widest, mut spread) = (0, 0.0);
        for (index, cell) in cells.iter().enumerate() {
            if cell.spread > spread {
                (widest, spread) = (index, cell.spread);
            }
        }
        if spread == 0.0 {
            break;
        }
        let cell = &cells[widest];
        let (from, to) = (cell.from, cell.to);
        let middle = from + halve(&mut colours[from..to], cell);
        cells[widest] = Cell::new(&colours, from, middle);
        cells.push(Cell::new(&colours, middle, to));
    }
    let mut indices = vec![0; pixels.len()];
    for (index, cell) in (0..=u8::MAX).zip(&cells) {
        for colour in &colours[cell.from..cell.to] {
            for key in &sorted[colour.first..colour.first + colour.count as usize] {
                indices[*key as u32 as usize] = index;
            }
        }
    }
    let palette = cells.iter().flat_map(Cell::mean).collect();
    (palette, indices)
}

/// A number that sorts by colour, and then by place.
fn key((place, &[red, green, blue]): (u64, &[u8; 3])) -> u64 {
    u64::from(u32::from_be_bytes([0, red, green, blue])) << 32 | place
}

fn colours(sorted: &[u64]) -> Vec<Colour> {
    let mut first = 0;
    let same = sorted.chunk_by(|one, other| one >> 32 == other >> 32);
    same.map(|keys| {
        let [_, levels @ ..] = ((keys[0] >> 32) as u32).to_be_bytes();
        let colour = Colour {
            levels,
            count: keys.len() as u32,
            first,
        };
        first += keys.len();
        colour
    })
    .collect()
}

impl Cell {
    fn new(colours: &[Colour], from: usize, to: usize) -> Self {
        // Doubles are exact here: no sum reaches 2⁵³.
        let (mut count, mut sums, mut squares) = (0.0, [0.0; 3], [0.0; 3]);
        for colour in &colours[from..to] {
            let pixels = f64::from(colour.count);
            count += pixels;
            for axis in 0..3 {
                let level = f64::from(colour.levels[axis]);
                sums[axis] += pixels * level;
                squares[axis] += pixels * level * level;
            }
        }
        let spreads: [f64; 3] =
            std::array::from_fn(|axis| squares[axis] - sums[axis] * sums[axis] / count);
        let widest = (0..3).max_by(|&a, &b| spreads[a].total_cmp(&spreads[b]));
        Self {
            from,
            to,
            count,
            sums,
            // One colour is at its mean, whatever rounding says.
            spread: if to - from > 1 {
                spreads.iter().sum()
            } else {
                0.0
            },
            axis: widest.unwrap_or(0),
        }
    }

    fn mean(&self) -> [u8; 3] {
        self.sums.map(|sum| (sum / self.count).round() as u8)
    }
}

/// Brings the colours of a cell that are below its best cut to the front, and returns how many they are.
fn halve(colours: &mut [Colour], cell: &Cell) -> usize {
    let axis = cell.axis;
    let mut counts = [0_u32; 256];
    let (mut lowest, mut highest) = (u8::MAX, 0);
    for colour in &*colours {
        let level = colour.levels[axis];
        (lowest, highest) = (lowest.min(level), highest.max(level));
        counts[usize::from(level)] += colour.count;
    }
    let (mut below, mut sum) = (0.0, 0.0);
    let (mut best, mut border) = (f64::NEG_INFINITY, lowest);
    for level in lowest..highest {
        let count = counts[usize::from(level)];
        if count == 0 {
            continue;
        }
        below += f64::from(count);
        sum += f64::from(level) * f64::from(count);
        let rest = cell.sums[axis] - sum;
        // What the squares of distances shrink by, up to a constant.
        let gain = sum * sum / below + rest * rest / (cell.count - below);
        if gain > best {
            (best, border) = (gain, level);
        }
    }
    let mut front = 0;
    for place in 0..colours.len() {
        if colours[place].levels[axis] <= border {
            colours.swap(place, front);
            front += 1;
        }
    }
    front
}
