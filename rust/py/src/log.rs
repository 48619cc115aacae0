//! `TENSORBOLT_LOG`: what the core does in the background, on standard error.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::process;

use log::{LevelFilter, Log, Metadata, Record};

/// Lines on standard error. Each is one write without a lock: Rust's own handle has one, which a fork could leave held.
struct Lines(File);

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = format!(
            "tensorbolt[{}] {:5} {}\n",
            process::id(),
            record.level(),
            record.args()
        );
        // Who closed standard error does not want to know.
        let _ = (&self.0).write_all(line.as_bytes());
    }

    fn flush(&self) {}
}

/// Has the core's messages printed from the level on that the environment asks for.
pub fn install() {
    let Some(asked) = std::env::var_os("TENSORBOLT_LOG") else {
        return;
    };
    let Ok(stderr) = std::io::stderr().as_fd().try_clone_to_owned() else {
        return;
    };
    let level = asked.to_str().and_then(|text| text.trim().parse().ok());
    // A second interpreter of the same process finds the first one's.
    if log::set_boxed_logger(Box::new(Lines(File::from(stderr)))).is_ok() {
        log::set_max_level(level.unwrap_or(LevelFilter::Info));
        if level.is_none() {
            log::warn!(
                "TENSORBOLT_LOG must be off, error, warn, info, debug or trace, not {}; info is taken",
                asked.display()
            );
        }
    }
}
