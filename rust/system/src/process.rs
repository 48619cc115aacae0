//! This process: its CPU, its memory, and what it reads and writes.

use std::num::NonZero;
use std::time::Instant;

use sysinfo::{CGroupLimits, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::rate::Rate;
use crate::values::{Values, put};

#[derive(Debug)]
pub(crate) struct Process {
    pid: Pid,
    cpu_milliseconds: Rate,
    read: Rate,
    written: Rate,
}

impl Process {
    pub(crate) fn new() -> Self {
        Self {
            pid: Pid::from_u32(std::process::id()),
            cpu_milliseconds: Rate::default(),
            read: Rate::default(),
            written: Rate::default(),
        }
    }

    pub(crate) fn sample(&mut self, system: &mut System, now: Instant, values: &mut Values) {
        let what = ProcessRefreshKind::nothing()
            .with_cpu()
            .with_memory()
            .with_disk_usage();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[self.pid]), true, what);
        let cores = std::thread::available_parallelism().map(NonZero::get);
        put(
            values,
            "process/cores",
            cores.ok().map(|cores| cores as f64),
        );
        let Some(process) = system.process(self.pid) else {
            return;
        };
        // Of a thousand milliseconds a second, so a tenth is per cent.
        let milliseconds = process.accumulated_cpu_time();
        let cpu = self.cpu_milliseconds.per_second(now, milliseconds);
        put(values, "process/cpu_percent", cpu.map(|rate| rate / 10.0));
        put(
            values,
            "process/memory_bytes",
            Some(process.memory() as f64),
        );
        let disk = process.disk_usage();
        let read = self.read.per_second(now, disk.total_read_bytes);
        let written = self.written.per_second(now, disk.total_written_bytes);
        put(values, "process/read_bytes_per_second", read);
        put(values, "process/written_bytes_per_second", written);
    }

    /// The container of this process, if its memory is limited.
    pub(crate) fn limits(&self, system: &System) -> Option<CGroupLimits> {
        system.process(self.pid)?.cgroup_limits()
    }
}
