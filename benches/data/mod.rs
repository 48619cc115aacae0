//! Data that is timed and counted: the same numbers on every machine.

#![allow(dead_code, reason = "no program takes all of it")]

/// Columns of [`photo`].
pub const WIDTH: usize = 640;
/// Rows of [`photo`].
pub const HEIGHT: usize = 427;

/// Roughly normal values: the sum of four uniform ones, as weights and gradients look like.
pub fn normal(len: usize) -> Vec<f32> {
    let mut state = 1_u64;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..len)
        .map(|_| uniform() + uniform() + uniform() + uniform())
        .collect()
}

/// Smooth shapes with edges and a little noise: files of about a photo's size. Rows of RGB.
pub fn photo() -> Vec<u8> {
    let mut noise = 1_u32;
    let mut pixels = Vec::with_capacity(WIDTH * HEIGHT * 3);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let (fx, fy) = (x as f32 / 60.0, y as f32 / 45.0);
            let edge = if (fx.sin() + (fy * 1.3).cos()) > 0.4 {
                70.0
            } else {
                0.0
            };
            for channel in 0..3_u8 {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let grain = (noise >> 28) as f32;
                let wave = 90.0 + 60.0 * (fx * fy / 9.0 + f32::from(channel)).sin();
                pixels.push((wave + edge + grain) as u8);
            }
        }
    }
    pixels
}

/// The same pixels, a plane for each channel.
pub fn planes(pixels: &[u8]) -> Vec<u8> {
    (0..3)
        .flat_map(|channel| pixels.iter().skip(channel).step_by(3).copied())
        .collect()
}

/// Bytes as floats from 0 to 1.
pub fn unit(bytes: &[u8]) -> Vec<f32> {
    bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect()
}

/// A chord of one channel, from -1 to 1.
pub fn chord(frames: usize) -> Vec<f32> {
    (0..frames)
        .map(|frame| {
            let time = frame as f32 / 44_100.0;
            let tone = |pitch: f32| (std::f32::consts::TAU * pitch * time).sin();
            (tone(220.0) + tone(277.18) + tone(329.63)) / 3.0
        })
        .collect()
}

/// Frames of moving waves, rows of RGB one frame after the other.
pub fn waves(frames: usize, side: usize) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(frames * side * side * 3);
    for frame in 0..frames {
        for row in 0..side {
            for column in 0..side {
                for phase in [0.0, 2.0, 4.0_f32] {
                    let place = frame as f32 / 5.0 + row as f32 / 9.0 + column as f32 / 7.0;
                    pixels.push((((place + phase).sin() + 1.0) * 127.5) as u8);
                }
            }
        }
    }
    pixels
}
