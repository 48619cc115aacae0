//! Logs in object stores: what a local writer has written is read and put into a store, in segments.
//!
//! A writer of a remote log writes to a spool, a directory of this machine. One thread per process uploads what is in
//! the spools. From the bottom up:
//!
//! * [`address`], [`store`], [`credentials`], [`connection`], [`client`], [`failure`], [`backoff`]: the store and its requests;
//! * [`frames`], [`segments`], [`interval`], [`tracked`], [`journal`], [`parts`], [`projector`]: what goes into which object, and when;
//! * [`spool`], [`lock`], [`writers`], [`shared`], [`setup`], [`follow`], [`stream`]: the life of one spool;
//! * [`requests`], [`object`], [`remote_log`]: a log in a store that is read, in ranges; [`change`], [`put_file`]: what
//!   `compact` and `repair` do to it;
//! * [`asking`], [`job`], [`grown`]: the streams of a job's ranks, which rank 0 follows in the store;
//! * [`settings`], [`process`], [`upload`], [`push`]: the thread, its handles, and what earlier processes left.

mod address;
mod asking;
mod backoff;
mod change;
mod client;
mod connection;
mod credentials;
mod event_files;
mod failure;
mod follow;
mod frames;
mod grown;
mod interval;
mod job;
mod journal;
mod lock;
mod object;
mod parts;
mod process;
mod projector;
mod push;
mod put_file;
mod remote_log;
mod requests;
mod segments;
mod settings;
mod setup;
mod shared;
mod sidecars;
mod spool;
mod store;
mod stream;
mod tracked;
mod upload;
mod writers;

#[cfg(test)]
mod tests;

pub use credentials::Credentials;
pub use job::Job;
pub use object::Object;
pub use push::{Control, LeftOver, Pushed, left_over, push, wait_adopted};
pub use remote_log::RemoteLog;
pub use requests::GoOn;
pub use settings::Settings;
pub use shared::{Report, Stats, Target};
pub use upload::Upload;
