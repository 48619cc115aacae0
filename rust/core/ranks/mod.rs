//! From streams of ranks to curves: one value for each tag and step, whatever number of ranks logged it.
//!
//! ```text
//! files of ranks ─► streams: which to read next ─► reduction: values by tag and step ─► points ─► event file
//!                    (reader: records)              sessions: what a restart replaces     (a sink: Curves)
//! ```
//!
//! | file | contents |
//! |---|---|
//! | `names`, `streams`, `stream` | the files, the order in which they are read |
//! | `reduction`, `emission`, `tag`, `pending` | values that wait for the other ranks, and when a step is complete |
//! | `sessions`, `line` | the ranks, each with its restarts, and what these replace |
//! | `statistics`, `rules`, `fnmatch` | what becomes of the values of a step |
//! | `stragglers` | ranks that take longer than the others for a section of a step |
//! | `point`, `texts`, `curves`, `written` | points as events, and the points that event files have already |
//! | `reducer`, `place`, `listing` | the thread of rank 0, where the streams are, and when it looks for them |
//! | `reading` | curves and ranks as runs of a log that is read |
//!
//! Points of a tag come in ascending order of steps, since readers take a step that goes back for a restart. Values wait for
//! at most a window, or until they are too many, so memory does not grow with the length of the log.

mod curves;
mod emission;
mod fnmatch;
mod line;
mod listing;
mod names;
mod notices;
mod pending;
mod place;
mod point;
mod reading;
mod reducer;
mod reduction;
mod report;
mod rules;
mod sessions;
mod statistics;
mod stragglers;
mod stream;
mod streams;
mod tag;
mod texts;
mod written;

#[cfg(test)]
mod again_tests;
#[cfg(test)]
mod bounded;
#[cfg(test)]
mod cut_tests;

pub use curves::{Precision, curves, encode_point};
pub use emission::Emit;
pub use names::{run_of, streams_below, streams_in};
pub use notices::Notice;
pub use place::{Directory, Place, StillWanted};
pub use point::Point;
pub use reading::{RankRuns, read_curves, read_ranks};
pub use reducer::{Options, Reducer};
pub use reduction::{Limits, Reduction};
pub use report::Report;
pub use rules::Kind;
pub use statistics::Statistics;
pub use stragglers::{Scores, Slow};
pub use streams::{StreamInput, Streams};
pub use texts::Texts;
pub use written::{Written, written};
