//! What the upload of a spool needs.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::client::{Client, Meter};
use crate::lock::Held;
use crate::shared::{Report, Shared};
use crate::spool::{Description, Spool};

/// Between two looks into a spool.
pub(crate) const LOOK: Duration = Duration::from_secs(1);

/// What the upload of a spool needs.
pub(crate) struct Setup {
    pub spool: Spool,
    pub description: Description,
    pub client: Arc<Client>,
    pub shared: Arc<Shared>,
    pub report: Arc<dyn Report>,
    pub meter: Meter,
    pub held: Held,
    pub max_interval: Duration,
    pub max_spool: u64,
    pub began: Instant,
    /// Of the pauses that are drawn.
    pub seed: u64,
}
