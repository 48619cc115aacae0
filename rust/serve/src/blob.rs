//! Blobs: encoded images, clips and graphs, which are parts of files. A key says where one is.

use std::io;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tensorbolt::reader::{Form, Pieces, Place, Source, pieces};

use crate::places::Datum;

/// Forms of values in keys.
const FORMS: [(Option<Form>, char); 4] = [
    (None, 'r'),
    (Some(Form::Image), 'i'),
    (Some(Form::Audio), 'a'),
    (Some(Form::Tensor), 't'),
];
/// Stands between the parts of a key: no name of a file has it.
const BETWEEN: char = '\0';

/// Place of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Name of the run.
    pub run: String,
    /// Name of its file.
    pub file: String,
    /// Name of the plugin, which may know more of its tensors.
    pub plugin: String,
    /// Place of the value.
    pub offset: u64,
    /// Bytes of the value.
    pub length: u32,
    /// Its form.
    pub form: Option<Form>,
    /// Number of the blob in the value.
    pub index: u32,
}

/// A blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blob {
    /// Bytes that are no part of a file.
    Text(Vec<u8>),
    /// A part of a file.
    Part(Range<u64>),
}

impl Key {
    /// Of a blob of a point.
    pub fn new(run: &str, file: &str, plugin: &str, datum: &Datum, index: u32) -> Self {
        Self {
            run: run.into(),
            file: file.into(),
            plugin: plugin.into(),
            offset: datum.offset,
            length: datum.length,
            form: datum.form,
            index,
        }
    }

    /// As text that may be a part of an address.
    pub fn encode(&self) -> String {
        let form = FORMS.iter().find(|(form, _)| *form == self.form);
        let form = form.map_or('?', |&(_, letter)| letter);
        let Self {
            run,
            file,
            plugin,
            offset,
            length,
            index,
            ..
        } = self;
        let numbers = format!("{form}{offset},{length},{index}");
        let text = [&numbers, run, file, plugin].map(String::as_str);
        URL_SAFE_NO_PAD.encode(text.join(&BETWEEN.to_string()))
    }

    /// Of such a text.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let mut parts = text.split(BETWEEN);
        let mut numbers = parts.next()?.chars();
        let letter = numbers.next()?;
        let &(form, _) = FORMS.iter().find(|(_, known)| *known == letter)?;
        let mut numbers = numbers.as_str().split(',');
        let key = Self {
            offset: numbers.next()?.parse().ok()?,
            length: numbers.next()?.parse().ok()?,
            index: numbers.next()?.parse().ok()?,
            form,
            run: parts.next()?.into(),
            file: parts.next()?.into(),
            plugin: parts.next()?.into(),
        };
        parts.next().is_none().then_some(key)
    }

    /// Where the blob is in its file.
    pub fn find(&self, source: &dyn Source) -> io::Result<Blob> {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let place = Place {
            offset: self.offset,
            length: self.length,
            is_number: false,
        };
        let Some(form) = self.form else {
            let end = self.offset.saturating_add(self.length.into());
            if end > source.length()? {
                return Err(missing());
            }
            return Ok(Blob::Part(self.offset..end));
        };
        let found = pieces(source, place, form)?;
        let part = |at: usize| found.strings.get(at).cloned().map(Blob::Part);
        match (form, self.index) {
            (Form::Image, 0) => Some(Blob::Text(found.size.0.to_string().into())),
            (Form::Image, 1) => Some(Blob::Text(found.size.1.to_string().into())),
            (Form::Image, 2) | (Form::Audio, 0) => part(0),
            (Form::Tensor, index) => strings(&found, &self.plugin)
                .nth(index as usize)
                .cloned()
                .map(Blob::Part),
            _ => None,
        }
        .ok_or_else(missing)
    }
}

/// The strings of a tensor that are blobs. Older writers put a label behind each clip.
pub fn strings<'p>(
    found: &'p Pieces,
    plugin: &str,
) -> impl Iterator<Item = &'p Range<u64>> + use<'p> {
    let is_labelled = plugin == "audio" && matches!(found.shape[..], [_, 2]);
    let is_flat = found.shape.len() < 2 || is_labelled;
    let step = if is_labelled { 2 } else { 1 };
    let all = if is_flat { &found.strings[..] } else { &[] };
    all.iter().step_by(step)
}

#[cfg(test)]
mod tests {
    use tensorbolt::reader::Form;

    use super::Key;

    #[test]
    fn keys_come_back_and_garbage_does_not() {
        for form in [
            None,
            Some(Form::Image),
            Some(Form::Audio),
            Some(Form::Tensor),
        ] {
            let key = Key {
                run: "a/b c".into(),
                file: "/x/ü.tfevents".into(),
                plugin: "images".into(),
                offset: u64::MAX,
                length: 7,
                form,
                index: 3,
            };
            assert_eq!(Key::decode(&key.encode()), Some(key));
        }
        for text in ["", "AAAA", "~", "aTEsMiwz"] {
            assert_eq!(Key::decode(text), None);
        }
    }
}
