//! TensorBoard event files, written fast and never in the way of a training run.
//!
//! This crate is the pure core: it knows neither Python nor numpy. From the bottom up:
//!
//! * [`crc`], [`record`], [`event_file`]: checksums, framing, names and headers of event files;
//! * [`proto`]: the messages inside the records;
//! * [`rank_stream`]: the files into which the ranks of a job log;
//! * [`samples`]: numeric arrays of any element type;
//! * [`histogram`]: from arrays to buckets and moments;
//! * [`image`], [`audio`], [`codec`]: from arrays to images, videos and audio, and their files;
//! * [`pr_curve`]: from labels and predictions to a precision-recall curve;
//! * [`mesh`]: meshes and point clouds, checked;
//! * [`encode`]: from what was logged to the payload of an event;
//! * [`projector`]: the files that the embedding projector reads, next to the event file;
//! * [`symlinks`]: symbolic links out of the log directory, which are not followed;
//! * [`writer`]: from events to files, through buffers and threads;
//! * [`sampler`]: values that a thread asks for at an interval;
//! * [`reader`]: from files to columns;
//! * [`ranks`]: from what the ranks of a job log to one curve for each tag;
//! * [`inspect`]: from files to what is wrong with them, and what can be saved;
//! * [`edit`]: changes to the records of files;
//! * [`follow`]: from files that grow to the curves in them.
//!
//! # Example
//!
//! Log a scalar, then read the file back:
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use prost::Message;
//! use tensorbolt::proto::event::{At, Event};
//! use tensorbolt::proto::scalar;
//! use tensorbolt::record::{Decoder, Limits};
//! use tensorbolt::writer::{FileLocation, OnOpenError, Options, Session, Writer, now};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let dir = tempfile::tempdir()?;
//! let location = FileLocation::new(dir.path());
//! let writer = Writer::open(Arc::new(Session::new(Options::default())), location, None, OnOpenError::Fail)?;
//! let file = writer.file()?;
//!
//! let at = At { wall_time: now(), step: 7 };
//! let _ = file.append(64, |out| scalar::encode(out, at, "loss", 0.25))?;
//! assert!(file.flush().wait(Duration::from_secs(10)).is_done());
//!
//! let mut decoder = Decoder::new(Limits::default());
//! decoder.push(&std::fs::read(file.path())?);
//! let header = decoder.next_record()?.map(Event::decode);
//! let event = decoder.next_record()?.map(Event::decode);
//! assert!(matches!(event, Some(Ok(event)) if event.step == 7));
//! # Ok(())
//! # }
//! ```

pub mod audio;
pub mod codec;
pub mod crc;
pub mod edit;
pub mod encode;
pub mod error;
pub mod event_file;
pub mod files;
pub mod follow;
pub mod histogram;
pub mod image;
pub mod inspect;
#[cfg_attr(windows, path = "kept_file/windows.rs")]
mod kept_file;

pub mod mesh;
mod parallel;
pub mod pr_curve;
pub mod projector;
pub mod proto;
pub mod rank_stream;
pub mod ranks;
pub mod reader;
pub mod record;
pub mod sampler;
pub mod samples;
pub mod symlinks;
#[cfg(not(shuttle))]
mod sync;
#[cfg(shuttle)]
pub mod sync;
pub mod writer;

pub use error::{Error, Result};
