//! Histograms, counted here or by the caller.

use super::event;
use crate::error::{Error, Result};
use crate::proto::event::At;
use crate::proto::summary::{Data, HistogramProto, Summary};

/// A histogram that the caller has counted.
///
/// # Errors
///
/// `is_argument` unless there are as many limits as counts.
pub fn raw_histogram(at: At, tag: &str, histogram: HistogramProto) -> Result<Vec<u8>> {
    let (limits, counts) = (histogram.bucket_limit.len(), histogram.bucket.len());
    if limits != counts {
        return Err(Error::argument(format!(
            "bucket_limits and bucket_counts must be equally long, not {limits} and {counts}: pass the right edge \
             of each bucket, without the first left edge"
        )));
    }
    Ok(event(at, Summary::single(tag, Data::Histo(histogram))))
}
