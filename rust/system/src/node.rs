//! The whole machine: its CPUs and its memory.

use sysinfo::{CpuRefreshKind, System};

use crate::values::{Values, percent, put};

/// Whether the CPUs have been looked at before; their use is that since the last look.
#[derive(Debug, Default)]
pub(crate) struct Node {
    looked: bool,
}

impl Node {
    pub(crate) fn sample(&mut self, system: &mut System, values: &mut Values) {
        system.refresh_cpu_specifics(CpuRefreshKind::nothing().with_usage());
        let cpu =
            std::mem::replace(&mut self.looked, true).then(|| f64::from(system.global_cpu_usage()));
        put(values, "cpu_percent", cpu);
        system.refresh_memory();
        let (used, total) = (system.used_memory(), system.total_memory());
        put(values, "memory_bytes", Some(used as f64));
        put(values, "memory_percent", percent(used, total));
        put(values, "swap_bytes", Some(system.used_swap() as f64));
    }
}
