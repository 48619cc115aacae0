//! Options of the writer.

use std::time::Duration;

use crate::error::{Error, Result};

/// Time that a call that logs may wait for the store: for a file that it needs, of a sub-run, after a fork or of an
/// embedding, or for its events in a file of several processes.
pub(super) const CALL_TIMEOUT: Duration = Duration::from_secs(1);

/// Choices that all files of one session share.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bytes that may wait in memory before `on_full` applies.
    pub max_buffer: u64,
    /// Policy for a call when that much waits.
    pub on_full: OnFull,
    /// Time without progress of a store after which calls stop waiting for it.
    pub stall_timeout: Duration,
    /// Whether a flush also waits for the device.
    pub fsync: bool,
    /// False: nothing touches the disk, arguments are still checked.
    pub write_to_disk: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_buffer: 256 << 20,
            on_full: OnFull::Block,
            stall_timeout: Duration::from_secs(10),
            fsync: false,
            write_to_disk: true,
        }
    }
}

/// Policy for a file that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnOpenError {
    /// The call that makes it fails, and waits as long as the store may take.
    Fail,
    /// The failure is reported, and the file is tried again in the background.
    Retry,
}

/// Policy for a call while too many bytes wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFull {
    /// The call waits while the store makes progress. The event is dropped and counted after a stall
    /// timeout without progress.
    Block,
    /// The event is dropped and counted.
    Drop,
}

impl OnFull {
    /// The choice of this name.
    ///
    /// # Errors
    ///
    /// `is_argument` for an unknown name.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "block" => Ok(Self::Block),
            "drop" => Ok(Self::Drop),
            _ => Err(Error::argument(format!(
                "on_full must be \"block\" or \"drop\", not {name:?}"
            ))),
        }
    }
}
