//! The state of an event file, and the records that can be saved of it.
//!
//! ```text
//! bytes ─► scan: whole records, gaps ─► event: contents of a record ─► examination: findings, and what to keep
//! ```
//!
//! A file is looked at front to back, in pieces, and only once. Findings are reported in terms of TensorBoard's
//! readers do with it; damage is what keeps one of them from reading the whole file, everything else is a note.

mod event;
mod examination;
mod file;
mod finding;
mod scan;
mod steps;

pub use event::EventSummary;
pub use examination::{Examination, Summary};
pub use file::{FileExamination, Stream};
pub use finding::{Finding, Kind, Neighbour};
pub use scan::{Cause, Gap, Record, ScanItem, Scanner};
pub use steps::StepOrderCheck;
