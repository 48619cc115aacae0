//! Where the strings of a value are in its file: encoded images, clips, and the texts of tensors, without reading them.

use std::io;
use std::ops::Range;

use super::event::InFile;
use super::series::Place;
use super::source::{Source, Window, exactly};
use super::tags::Form;
use super::wire::{Bytes, Fault, Span, Wire, field};

/// The longest shape or name.
const MAX_SMALL_BYTES: usize = 1 << 16;

/// Parts of a value. Ranges are those of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    /// Strings of a tensor in their order, or the encoded bytes of an image or a clip.
    pub strings: Vec<Range<u64>>,
    /// Width and height of an image in the old form.
    pub size: (u64, u64),
    /// Sizes of a tensor.
    pub shape: Vec<u64>,
    /// The message of the form.
    pub data: Range<u64>,
}

/// The parts of the value whose message is at a place.
///
/// # Errors
///
/// Errors of the source, and `InvalidData` if there is no such message.
pub fn pieces(source: &dyn Source, place: Place, form: Form) -> io::Result<Pieces> {
    let length = source.length()?;
    if place.offset.saturating_add(place.length.into()) > length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut window = Window::new(source, length);
    let mut bytes = InFile {
        window: &mut window,
        offset: place.offset,
    };
    let found = walk(&mut bytes, place.length as usize, form);
    let mut found = found.map_err(of_fault)?;
    for range in found.strings.iter_mut().chain([&mut found.data]) {
        *range = place.offset + range.start..place.offset + range.end;
    }
    Ok(found)
}

/// The bytes of a part of a file.
///
/// # Errors
///
/// Errors of the source, and `UnexpectedEof` if it ends before.
pub fn piece(source: &dyn Source, range: Range<u64>) -> io::Result<Vec<u8>> {
    let length = usize::try_from(range.end.saturating_sub(range.start));
    if range.end > source.length()? {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let length = length.map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
    exactly(source, range.start, length)
}

fn walk(bytes: &mut InFile<'_, '_>, length: usize, form: Form) -> Result<Pieces, Fault> {
    let mut pieces = Pieces::default();
    let wanted = match form {
        Form::Image => 4,
        Form::Histogram => 5,
        Form::Audio => 6,
        Form::Tensor => 8,
        Form::Number | Form::Bare => return Ok(pieces),
    };
    let (mut rest, mut data) = (Span::whole(length), None);
    while let Some((number, wire)) = field(bytes, &mut rest)? {
        // Of several, the last counts.
        if let (true, Wire::Span(span)) = (number == wanted, wire) {
            data = Some(span);
        }
    }
    let data = data.ok_or(Fault::Malformed)?;
    pieces.data = range(data);
    let (mut rest, mut shape) = (data, None);
    while let Some((number, wire)) = field(bytes, &mut rest)? {
        match (form, number, wire) {
            (Form::Image, 1, Wire::Varint(height)) => pieces.size.1 = height,
            (Form::Image, 2, Wire::Varint(width)) => pieces.size.0 = width,
            (Form::Image | Form::Audio, 4, Wire::Span(span)) => pieces.strings = vec![range(span)],
            (Form::Tensor, 2, Wire::Span(span)) => shape = Some(span),
            (Form::Tensor, 8, Wire::Span(span)) => pieces.strings.push(range(span)),
            _ => {}
        }
    }
    if let Some(shape) = shape.filter(|shape| shape.len() <= MAX_SMALL_BYTES) {
        let shape = bytes.from(shape.start, shape.len())?.to_vec();
        pieces.shape = super::tensor::sizes(&shape)?;
    }
    Ok(pieces)
}

fn range(span: Span) -> Range<u64> {
    span.start as u64..span.end as u64
}

/// Name and bytes of a profile, whose message is in a part of a file.
///
/// # Errors
///
/// As for [`pieces`].
pub fn profile(source: &dyn Source, part: Range<u64>) -> io::Result<(String, Range<u64>)> {
    let length = source.length()?;
    if part.end > length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut window = Window::new(source, length);
    let mut bytes = InFile {
        window: &mut window,
        offset: part.start,
    };
    let found = walk_profile(&mut bytes, (part.end - part.start) as usize);
    let (tag, content) = found.map_err(of_fault)?;
    Ok((tag, part.start + content.start..part.start + content.end))
}

fn walk_profile(bytes: &mut InFile<'_, '_>, length: usize) -> Result<(String, Range<u64>), Fault> {
    let (mut rest, mut tag, mut content) = (Span::whole(length), String::new(), 0..0);
    while let Some((number, wire)) = field(bytes, &mut rest)? {
        match (number, wire) {
            (1, Wire::Span(span)) if span.len() <= MAX_SMALL_BYTES => {
                let name = bytes.from(span.start, span.len())?;
                tag = String::from_utf8_lossy(name).into_owned();
            }
            (2, Wire::Span(span)) => content = range(span),
            _ => {}
        }
    }
    Ok((tag, content))
}

fn of_fault(fault: Fault) -> io::Error {
    match fault {
        Fault::Io(error) => error,
        Fault::Malformed => io::ErrorKind::InvalidData.into(),
    }
}
