//! The points of a tag, from what the reader hands over.

use tensorbolt::reader::{Drawn, Form, Place, Source, pieces};

use crate::curve::Points;
use crate::curve::whole::Whole;
use crate::places::{Datum, NOT_COUNTED, Places};

/// The points that are single numbers.
pub fn numbers(drawn: &Drawn<'_>) -> Points {
    if drawn.places.is_empty() {
        return Points {
            steps: drawn.steps.to_vec(),
            times: drawn.times.to_vec(),
            values: drawn.values.iter().map(|&value| value as f32).collect(),
        };
    }
    let these = number_places(drawn);
    let values = picked(&drawn.values, &these);
    Points {
        steps: picked(&drawn.steps, &these).collect(),
        times: picked(&drawn.times, &these).collect(),
        values: values.map(|value| value as f32).collect(),
    }
}

/// The same in double precision.
pub fn doubles(drawn: &Drawn<'_>) -> Whole {
    if drawn.places.is_empty() {
        return Whole::new(&drawn.steps, &drawn.times, &drawn.values);
    }
    let these = number_places(drawn);
    let pick = |all: &[f64]| -> Vec<f64> { picked(all, &these).collect() };
    let steps: Vec<i64> = picked(&drawn.steps, &these).collect();
    Whole::new(&steps, &pick(&drawn.times), &pick(&drawn.values))
}

fn number_places(drawn: &Drawn<'_>) -> Vec<usize> {
    let is_number = |at: &usize| drawn.places.get(*at).is_none_or(|place| place.is_number);
    let count = drawn.values.len().min(drawn.steps.len());
    (0..count).filter(is_number).collect()
}

fn picked<T: Copy>(all: &[T], these: &[usize]) -> impl Iterator<Item = T> {
    these.iter().filter_map(|&at| all.get(at).copied())
}

/// The points that have a place.
pub fn data(drawn: &Drawn<'_>, form: Form) -> impl Iterator<Item = Datum> {
    let points = drawn
        .steps
        .iter()
        .zip(drawn.times.iter())
        .zip(drawn.places.iter());
    points.filter_map(move |((&step, &time), place)| {
        (place.length > 0).then_some(Datum {
            step,
            time,
            offset: place.offset,
            length: place.length,
            blobs: match form {
                Form::Image => 3,
                Form::Audio => 1,
                _ => NOT_COUNTED,
            },
            file: 0,
            form: Some(form),
        })
    })
}

/// Counts the blobs of the points that are new; heads of fields alone are read.
pub fn count_blobs(source: &dyn Source, places: &mut Places, plugin: &str) {
    for datum in places.kept_mut() {
        if datum.blobs != NOT_COUNTED {
            continue;
        }
        let form = datum.form.unwrap_or(Form::Bare);
        let found = pieces(source, datum.place(), form);
        datum.blobs = found.map_or(0, |found| {
            crate::blob::strings(&found, plugin).count() as u32
        });
    }
}

impl Datum {
    /// Its place, as the reader takes it.
    pub fn place(&self) -> Place {
        Place {
            offset: self.offset,
            length: self.length,
            is_number: false,
        }
    }
}
