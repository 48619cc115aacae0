//! The step of an event that is encoded already: reading it, and giving one to an event that has none.
//!
//! Reads an event's first bytes only, as far as its first value's kind, and copies nothing.

use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};

const WALL_TIME: u32 = 1;
const STEP: u32 = 2;
const SUMMARY: u32 = 5;
const VALUE: u32 = 1;
const TAG: u32 = 1;
/// Kind of a value: a number, an old histogram, an image, a histogram, audio, a tensor.
const KINDS: [u32; 6] = [2, 3, 4, 5, 6, 8];

/// Series to which an event's step belongs: the kind and the tag of its first value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Series {
    kind: u32,
    tag: Vec<u8>,
}

/// Step and series of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stepped {
    /// `None` if the event has none, which readers take for 0.
    pub step: Option<i64>,
    /// `None` for what has no values: the first event of a file, a graph.
    pub series: Option<Series>,
}

/// Reads the first bytes of an event. Too few of them have no series either.
#[must_use]
pub fn peek(mut event: &[u8]) -> Stepped {
    let mut found = Stepped::default();
    let _ = read(&mut event, &mut found);
    found
}

fn read(rest: &mut &[u8], found: &mut Stepped) -> Option<()> {
    while !rest.is_empty() {
        match decode_key(rest).ok()? {
            (STEP, WireType::Varint) => {
                found.step = Some(decode_varint(rest).ok()?.cast_signed());
            }
            (SUMMARY, WireType::LengthDelimited) => {
                found.series = series(within(rest)?);
                break;
            }
            (_, wire) => skip(wire, rest)?,
        }
    }
    Some(())
}

/// Appends `event` to `out`, with `step` in the place where encoders put it.
pub fn insert(event: &[u8], step: i64, out: &mut Vec<u8>) {
    let mut rest = event;
    let time = match decode_key(&mut rest) {
        Ok((WALL_TIME, WireType::SixtyFourBit)) => event.len() - rest.len() + 8,
        _ => 0,
    };
    let (time, rest) = event.split_at(time.min(event.len()));
    out.extend_from_slice(time);
    encode_key(STEP, WireType::Varint, out);
    encode_varint(step.cast_unsigned(), out);
    out.extend_from_slice(rest);
}

/// Series of a summary's first value.
fn series(mut summary: &[u8]) -> Option<Series> {
    loop {
        match decode_key(&mut summary).ok()? {
            (VALUE, WireType::LengthDelimited) => break,
            (_, wire) => skip(wire, &mut summary)?,
        }
    }
    let mut value = within(&mut summary)?;
    let mut tag = Vec::new();
    loop {
        match decode_key(&mut value).ok()? {
            (TAG, WireType::LengthDelimited) => {
                let length = usize::try_from(decode_varint(&mut value).ok()?).ok()?;
                let (text, rest) = value.split_at_checked(length)?;
                tag = text.to_vec();
                value = rest;
            }
            (kind, _) if KINDS.contains(&kind) => return Some(Series { kind, tag }),
            (_, wire) => skip(wire, &mut value)?,
        }
    }
}

/// The message that begins here, as far as it is there.
fn within<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(decode_varint(rest).ok()?).ok()?;
    let here = length.min(rest.len());
    let (message, after) = rest.split_at(here);
    *rest = after;
    Some(message)
}

fn skip(wire: WireType, rest: &mut &[u8]) -> Option<()> {
    let length = match wire {
        WireType::Varint => {
            decode_varint(rest).ok()?;
            0
        }
        WireType::SixtyFourBit => 8,
        WireType::ThirtyTwoBit => 4,
        WireType::LengthDelimited => usize::try_from(decode_varint(rest).ok()?).ok()?,
        WireType::StartGroup | WireType::EndGroup => return None,
    };
    *rest = rest.split_at_checked(length)?.1;
    Some(())
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::encode;
    use crate::proto::event::{At, Event, What};
    use crate::proto::scalar;

    fn at(step: i64) -> At {
        At {
            wall_time: 1.5,
            step,
        }
    }

    #[test]
    fn inserting_a_step_gives_what_the_encoder_gives() {
        for step in [1, 127, 128, i64::MAX, -1] {
            let mut scalar = Vec::new();
            scalar::encode(&mut scalar, at(0), "loss", 0.25);
            for (without, with) in [
                (scalar.clone(), {
                    let mut with = Vec::new();
                    scalar::encode(&mut with, at(step), "loss", 0.25);
                    with
                }),
                (
                    encode::text(at(0), "t", "hello"),
                    encode::text(at(step), "t", "hello"),
                ),
            ] {
                let mut out = Vec::new();
                insert(&without, step, &mut out);
                assert_eq!(out, with);
                let (before, after) = (peek(&without), peek(&with));
                assert_eq!((before.step, after.step), (None, Some(step)));
                assert_eq!(before.series, after.series);
                assert!(before.series.is_some());
            }
        }
    }

    #[test]
    fn series_differ_by_tag_and_kind() {
        let scalar = |tag: &str| {
            let mut out = Vec::new();
            scalar::encode(&mut out, at(0), tag, 0.25);
            peek(&out).series
        };
        assert_eq!(scalar("a"), scalar("a"));
        assert_ne!(scalar("a"), scalar("b"));
        let text = peek(&encode::text(at(0), "a", "x")).series;
        assert!(text.is_some());
        assert_ne!(scalar("a/text_summary"), text);
    }

    #[test]
    fn the_first_bytes_are_enough_and_too_few_are_noticed() {
        let text = encode::text(at(3), "tag", &"x".repeat(10_000));
        let whole = peek(&text);
        assert!(whole.series.is_some());
        let enough = (0..text.len()).find(|&length| peek(&text[..length]) == whole);
        let enough = enough.unwrap_or(usize::MAX);
        assert!(enough < 40);
        for length in 0..enough {
            assert_eq!(peek(&text[..length]).series, None);
        }
    }

    #[test]
    fn events_without_values_have_no_series() {
        let version = Event::new(at(0), What::FileVersion("brain.Event:2".into()));
        let found = peek(&version.encode_to_vec());
        assert_eq!(found.series, None);
    }

    #[test]
    fn any_bytes_are_survived() {
        for seed in 0..2000_u32 {
            let bytes: Vec<u8> = (0..seed % 40)
                .map(|index| (seed.wrapping_mul(2_654_435_761) >> (index % 24)) as u8)
                .collect();
            let _ = peek(&bytes);
            insert(&bytes, 5, &mut Vec::new());
        }
    }
}
