//! Numbers of the fields that the editor looks at.

// Fields of `Event`.
pub(super) const STEP: u32 = 2;
pub(super) const FILE_VERSION: u32 = 3;
pub(super) const SUMMARY: u32 = 5;
pub(super) const SESSION_LOG: u32 = 7;
pub(super) const TAGGED_RUN_METADATA: u32 = 8;
// Fields of `Summary`, `Summary.Value` and `TaggedRunMetadata`.
pub(super) const VALUE: u32 = 1;
pub(super) const TAG: u32 = 1;
pub(super) const METADATA: u32 = 9;
pub(super) const RUN_METADATA_TAG: u32 = 1;
/// Field of the status in a `SessionLog`.
pub(super) const STATUS: u32 = 1;
/// Status in a `SessionLog` of a program that was started again.
pub(super) const STATUS_START: i64 = 1;
