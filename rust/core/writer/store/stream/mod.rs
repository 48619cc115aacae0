//! The stream of a rank: a file that all ranks of a node append to at the same time, each of them whole records.
//!
//! ```text
//! rank 0 ─┐ one process: one open file
//! rank 1 ─┴──────────────────────────┐
//! rank 2 ──── another process ───────┴─► LOGDIR/ranks/ID.HOST.PID.stream
//! ```
//!
//! A local file, not the stream, is locked and says where the stream ends: the folder of streams may be on a network, where
//! locks are slow or missing, and where each look at a file asks the server. A process that is killed in the middle of
//! a write leaves a mark there, and the next one cuts off what is not whole.

mod join;
mod local;
mod node;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::Result;
use crate::rank_stream;
use crate::writer::clock::now;
use crate::writer::location::StreamLocation;
use node::{Appending, NodeStream};

pub(super) use node::locked;

/// Streams that are tried for one batch: others may begin one at the same time.
const TRIES: usize = 4;

/// A rank's end of a stream.
#[derive(Debug)]
pub(super) struct RankStream {
    location: StreamLocation,
    node: Arc<NodeStream>,
    /// The rank has not begun in this stream.
    is_new: bool,
}

impl RankStream {
    /// Joins the stream of this node, or begins one. `is_new`: the batch that comes does not begin with the rank's first
    /// record.
    pub(super) fn open(location: &StreamLocation, is_new: bool) -> Result<Self> {
        Ok(Self {
            location: location.clone(),
            node: join::join(location)?,
            is_new,
        })
    }

    pub(super) fn path(&self) -> PathBuf {
        self.location.dir.join(self.node.name())
    }

    /// False once another part of the program has closed a descriptor.
    pub(super) fn is_ours(&self) -> bool {
        self.node.is_ours()
    }

    /// True if no reader will find the stream any more.
    pub(super) fn is_lost(&self) -> bool {
        self.node.is_lost()
    }

    /// Number of the device that it is on.
    pub(super) fn device(&self) -> u64 {
        self.node.file().device()
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        super::exclusive::sync(self.node.file().checked()?)
    }

    /// Appends whole records, all or none.
    pub(super) fn append(&mut self, records: &[u8]) -> Result<()> {
        for _ in 0..TRIES {
            let appended = if self.is_new {
                let mut begun = rank_stream::start(now(), self.location.rank, None);
                begun.extend_from_slice(records);
                self.node.append(&begun)
            } else {
                self.node.append(records)
            };
            match appended.map_err(|source| join::failed("write to", &self.location, source))? {
                Appending::Done => {
                    self.is_new = false;
                    return Ok(());
                }
                // Another process has found the stream lost, or the one that holds its lock does not go on.
                Appending::Elsewhere => self.node = join::join(&self.location)?,
                Appending::Alone => self.node = join::alone(&self.location)?,
            }
            self.is_new = true;
        }
        let busy = io::Error::new(
            io::ErrorKind::ResourceBusy,
            "other processes replace it again and again",
        );
        Err(join::failed("write to", &self.location, busy))
    }
}
