//! What a machine is doing: this process, its node and container, and NVIDIA's GPUs, as numbers with names.
//!
//! No list of all processes or all mounts is read: on a large machine that takes long, and a mount may not answer.

mod container;
mod disk;
mod gpu;
mod network;
mod node;
mod process;
mod rate;
mod values;

use std::path::PathBuf;
use std::time::Instant;

use sysinfo::System;

use disk::Disk;
use gpu::Gpus;
use network::Network;
use node::Node;
use process::Process;
pub use values::Values;

/// What is asked at each sample.
#[derive(Debug)]
pub struct Machine {
    system: System,
    process: Process,
    shared: Option<Shared>,
}

/// What is the same for all processes of a node.
#[derive(Debug)]
struct Shared {
    node: Node,
    disk: Disk,
    network: Network,
    gpus: Gpus,
}

impl Machine {
    /// Begins to ask: about this process, and about the node if it is given the directory of the log. Also returns
    /// sentences for the user about what is missing; `None` for the machine if the system cannot be asked at all.
    #[must_use]
    pub fn open(directory: Option<PathBuf>) -> (Option<Self>, Vec<String>) {
        let mut notices = Vec::new();
        let system = match System::new() {
            Ok(system) => system,
            Err(error) => return (None, vec![format!("this system cannot be asked: {error}")]),
        };
        let shared = directory.map(|directory| Shared {
            node: Node::default(),
            disk: Disk::new(directory),
            network: Network::default(),
            gpus: Gpus::open(&mut notices),
        });
        let process = Process::new();
        let machine = Self {
            system,
            process,
            shared,
        };
        (Some(machine), notices)
    }

    /// Appends the numbers of this moment. Rates are those since the last call, so the first one has none.
    pub fn sample(&mut self, values: &mut Values) {
        let now = Instant::now();
        let (system, process) = (&mut self.system, &mut self.process);
        process.sample(system, now, values);
        if let Some(shared) = &mut self.shared {
            shared.node.sample(system, values);
            if let Some(limits) = process.limits(system) {
                container::sample(&limits, values);
            }
            shared.disk.sample(now, values);
            shared.network.sample(now, values);
            shared.gpus.sample(values);
        }
    }
}
