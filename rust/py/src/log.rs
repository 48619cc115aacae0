//! `TENSORBOLT_LOG`: what the core does in the background, on standard error.

use std::fs::File;
use std::io::Write;
use std::process;

use log::{LevelFilter, Log, Metadata, Record};
use pyo3::prelude::*;

/// Lines on standard error. Each is one write without a lock: Rust's own handle has one, which a fork could leave held.
/// No descriptor is kept, which another part of the program could close.
struct Lines;

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
        // A program that closed standard error does not want to know.
        if let Ok(mut stderr) = standard_error() {
            let _ = stderr.write_all(line.as_bytes());
        }
    }

    fn flush(&self) {}
}

#[cfg(unix)]
fn standard_error() -> std::io::Result<File> {
    use std::os::fd::AsFd;
    Ok(std::io::stderr().as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn standard_error() -> std::io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(std::io::stderr().as_handle().try_clone_to_owned()?.into())
}

/// Has the core's messages printed from the level on that the environment asks for.
pub fn install(py: Python<'_>) -> PyResult<()> {
    let Some(asked) = std::env::var_os("TENSORBOLT_LOG") else {
        return Ok(());
    };
    if py.import("sys")?.getattr("stderr")?.is_none() {
        // The program was started without standard error; its number will be that of any other file.
        return Ok(());
    }
    let level = asked.to_str().and_then(|text| text.trim().parse().ok());
    // A second interpreter of the same process finds the first one's.
    if log::set_logger(&Lines).is_ok() {
        log::set_max_level(level.unwrap_or(LevelFilter::Info));
        if level.is_none() {
            log::warn!(
                "TENSORBOLT_LOG must be off, error, warn, info, debug or trace, not {}; info is taken",
                asked.display()
            );
        }
    }
    Ok(())
}
