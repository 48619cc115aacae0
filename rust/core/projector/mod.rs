//! Files for TensorBoard's embedding projector, which reads no events but files in the run's directory.
//!
//! Each embedding has a directory of its own, [`Address::directory`], with the points, their labels and a grid of their
//! images. `projector_config.pbtxt` in the run's directory lists all of them. The config comes last and every file
//! comes by a rename, so a reader finds whole files or none.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};
use crate::samples::Samples;

mod address;
mod atomic_write;
mod binary;
mod config;
mod sprite;
mod text_format;
mod tsv;

pub use address::{Address, MAX_COMPONENT};
pub use atomic_write::WriteContext;
pub use config::{CONFIG, Entry, METADATA, merge, unite};
pub use sprite::{FILE as SPRITE, Sprite};
pub use tsv::{FILE as POINTS, tsv};

/// Points with their labels and images.
#[derive(Clone, Debug)]
pub struct Embedding {
    /// Its tag and step.
    pub address: Address,
    /// Coordinates, point after point.
    pub points: Samples<'static>,
    /// Numbers of a point, at least 1.
    pub columns: usize,
    /// Write the points as float32 instead of text, where the projector can recognise that.
    pub binary: bool,
    /// The text of `metadata.tsv`.
    pub metadata: Option<String>,
    /// An image for each point.
    pub sprite: Option<Sprite>,
}

/// Checks the shape of points: N × D, at least 1 × 1. An empty one would take the whole dashboard down.
pub fn points_and_columns(shape: &[usize]) -> Result<(usize, usize)> {
    match *shape {
        [points, columns] if points > 0 && columns > 0 => Ok((points, columns)),
        _ => Err(Error::shape(format!(
            "mat must be N×D numbers, a row for each of at least one point, but its shape is {shape:?}"
        ))),
    }
}

/// Checks that there is a label for each point.
pub fn check_labels(labels: usize, points: usize) -> Result<()> {
    if labels == points {
        return Ok(());
    }
    Err(Error::shape(format!(
        "metadata must have one label for each row of mat, but has {labels} for {points}"
    )))
}

/// Writes all files of an embedding into the directory of its run, and enters it into the config.
///
/// Existing files are replaced. A config that cannot be read is kept under another name; the error returned in
/// `Ok` says so.
pub fn write(
    embedding: &Embedding,
    root: &Path,
    context: &WriteContext<'_>,
) -> Result<Option<Error>> {
    // Again, since the call may be long ago.
    embedding.address.check_inside(root)?;
    let directory = root.join(embedding.address.directory());
    fs::create_dir_all(&directory).map_err(|source| {
        Error::store(
            format!("cannot make the directory {}", directory.display()),
            source,
        )
    })?;
    let mut entry = Entry::new(&embedding.address);
    let binary = embedding
        .binary
        .then(|| binary::bytes(&embedding.points))
        .flatten();
    if let Some(bytes) = binary {
        context.write_whole(&directory.join(binary::FILE), |put| put(&bytes))?;
        let rows = embedding.points.len() / embedding.columns;
        entry.binary(binary::FILE, [rows, embedding.columns]);
    } else {
        context.write_whole(&directory.join(tsv::FILE), |put| {
            tsv(&embedding.points, embedding.columns, context.pool, put)
        })?;
    }
    if let Some(metadata) = &embedding.metadata {
        context.write_whole(&directory.join(config::METADATA), |put| {
            put(metadata.as_bytes())
        })?;
        entry.metadata();
    }
    if let Some(sprite) = &embedding.sprite {
        let file = sprite.encode()?;
        context.write_whole(&directory.join(sprite::FILE), |put| put(&file))?;
        entry.sprite(sprite::FILE, sprite.tile());
    }
    config::enter(root, &entry, context)
}
