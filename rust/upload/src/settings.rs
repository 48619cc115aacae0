//! What a remote log is made of.

use std::sync::Arc;
use std::time::Duration;

use crate::credentials::Credentials;

/// What a remote log is made of.
#[derive(Clone, Default)]
pub struct Settings {
    /// Address of the log.
    pub url: String,
    /// Keys and values for the store's client.
    pub options: Vec<(String, String)>,
    /// Environment variables; the store's client takes those that it knows.
    pub environment: Vec<(String, String)>,
    /// Those that the program renews, which come before the options and the environment.
    pub credentials: Option<Arc<Credentials>>,
    /// End of the names of event files.
    pub suffix: String,
    /// Longest time between two uploads.
    pub max_interval: Duration,
    /// Bytes that may wait for the store.
    pub max_spool: u64,
    /// A spool that cannot be made now is made later, in the background.
    pub retry_open: bool,
}

impl std::fmt::Debug for Settings {
    /// Options and environment hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("suffix", &self.suffix)
            .field("max_interval", &self.max_interval)
            .field("max_spool", &self.max_spool)
            .field("retry_open", &self.retry_open)
            .finish_non_exhaustive()
    }
}
