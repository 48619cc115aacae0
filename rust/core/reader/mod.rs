//! From event files of any writer to columns: all points, and nothing that is not asked for.
//!
//! ```text
//! source ─► frames: whole records, gaps ─► event: step, time, tags, places ─► contents: points of every tag
//!                                                                                  │
//!             scalars, index, values ◄─ policy: restarts, duplicates ◄─ merged: the files of a run
//! ```
//!
//! Long values are not read: their places are kept, and a caller that wants one reads it there. Several threads read
//! files at the same time, and a long file in stretches. Damaged places are skipped and noted.

mod contents;
mod discover;
mod downsample;
mod drained;
mod event;
mod event_reader;
mod frames;
mod index;
mod kind;
mod last_steps;
mod log;
mod made;
mod merged;
mod number;
mod pieces;
mod policy;
mod position;
mod rank_stream;
mod resume;
mod rows;
mod scalars;
mod segment;
mod series;
mod source;
mod starts;
mod stretches;
mod tags;
mod tensor;
mod value;
mod watch;
mod wire;

pub use contents::{Extra, OnDamage, Wanted};
pub use discover::{Found, event_files, files_below, is_event_file};
pub use downsample::{Method, downsample};
pub use drained::{DrainedFile, Drawn, Fresh, FreshTag, Look};
pub use event_reader::{EventReader, EventRecord, Item, Part, ValueRecord};
pub use frames::{Cause, Gap, Unchecked, first_record, is_whole};
pub use index::{RunInfo, TagInfo};
pub use kind::{KINDS, Kind, Kinds};
pub use last_steps::LastSteps;
pub use log::{Input, Log, Origin};
pub use made::Made;
pub use merged::Policy;
pub use pieces::{Pieces, piece, pieces, profile};
pub use policy::{Duplicates, Restarts};
pub use position::{Position, TAIL_BYTES};
pub use rank_stream::{Pace, RankRecord, RankStream, Rule};
pub use rows::{RowGroup, RowPlace, Rows};
pub use scalars::{Group, ScalarColumns, ScalarPoints, Scalars};
pub use segment::{Segment, superseded};
pub use series::Place;
pub use source::{LocalFile, Source};
pub use tags::{FORMS, Form, Metadata};
pub use tensor::{Elements, Tensor};
pub use value::Data as ValueData;
pub use watch::Watch;
