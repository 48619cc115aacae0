//! The container that this process runs in, as Kubernetes, Docker and Slurm make them: a control group with a limit.

use sysinfo::CGroupLimits;

use crate::values::{Values, percent, put};

/// Appends the memory of a container whose memory is limited.
pub(crate) fn sample(limits: &CGroupLimits, values: &mut Values) {
    let total = limits.total_memory;
    let used = total.saturating_sub(limits.free_memory);
    put(values, "container/memory_bytes", Some(used as f64));
    put(values, "container/memory_percent", percent(used, total));
    put(values, "container/memory_limit_bytes", Some(total as f64));
    put(values, "container/anonymous_bytes", Some(limits.rss as f64));
}
