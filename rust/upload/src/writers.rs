//! Which process writes an event file: its id and the time are in the name.

use crate::spool::Spool;

/// Id of the process whose event file it is, if that is another one.
pub(crate) fn other(name: &str, suffix: &str) -> Option<u32> {
    let (_, pid) = writer(name, suffix)?;
    Some(pid.unsigned_abs()).filter(|&pid| pid != std::process::id())
}

/// True if another process writes to this event file: it lives, and has not left the spool.
pub(crate) fn others(spool: &Spool, name: &str, suffix: &str) -> bool {
    other(name, suffix).is_some_and(|pid| !spool.has_left(pid)) && lives(name, suffix)
}

/// True if another process that lives has made this event file.
fn lives(name: &str, suffix: &str) -> bool {
    let Some((seconds, pid)) = writer(name, suffix) else {
        return false;
    };
    if pid.unsigned_abs() == std::process::id() {
        return false;
    }
    // A process that began after the file has only the same id.
    is_running(pid) && began(pid).is_none_or(|began| began <= seconds + 1)
}

#[cfg(unix)]
fn is_running(pid: i32) -> bool {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};
    // One that may not be asked is running, too.
    let asked = Pid::from_raw(pid).map(test_kill_process);
    matches!(asked, Some(Ok(()) | Err(Errno::PERM)))
}

#[cfg(windows)]
fn is_running(pid: i32) -> bool {
    process(pid, |_| ()).is_some()
}

/// What `ask` finds out of a process, if there is such a process.
#[cfg(windows)]
fn process<T>(pid: i32, ask: impl FnOnce(&sysinfo::Process) -> T) -> Option<T> {
    use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
    let pid = Pid::from_u32(pid.unsigned_abs());
    let mut system = System::new().ok()?;
    let which = ProcessesToUpdate::Some(&[pid]);
    system.refresh_processes_specifics(which, true, ProcessRefreshKind::nothing());
    system.process(pid).map(ask)
}

/// Time and process id in a file's name: `events.out.tfevents.SECONDS.HOST.PID.COUNTER`.
fn writer(name: &str, suffix: &str) -> Option<(u64, i32)> {
    let (_, rest) = name
        .strip_suffix(suffix)
        .unwrap_or(name)
        .rsplit_once("tfevents.")?;
    let seconds = rest.split('.').next()?.parse().ok()?;
    let pid = rest.rsplit('.').nth(1)?.parse().ok()?;
    Some((seconds, pid))
}

/// When a process began, in seconds since the epoch.
#[cfg(windows)]
fn began(pid: i32) -> Option<u64> {
    process(pid, sysinfo::Process::start_time)
}

/// When a process began, in seconds since the epoch, if the system says so.
#[cfg(unix)]
fn began(pid: i32) -> Option<u64> {
    let system = std::fs::read_to_string("/proc/stat").ok()?;
    let boot: u64 = system
        .lines()
        .find_map(|line| line.strip_prefix("btime "))?
        .trim()
        .parse()
        .ok()?;
    let process = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; after it the time is the twentieth field.
    let (_, fields) = process.rsplit_once(')')?;
    let ticks: u64 = fields.split_whitespace().nth(19)?.parse().ok()?;
    Some(boot + ticks / rustix::param::clock_ticks_per_second().max(1))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_who_writes() {
        let name = "run/events.out.tfevents.1700000000.a.b.c.77.000003.x.y";
        assert_eq!(writer(name, ".x.y"), Some((1_700_000_000, 77)));
        assert_eq!(writer("events.out.tfevents", ""), None);
        assert_eq!(writer("events.out.tfevents.1.2", ""), Some((1, 1)));
    }

    #[cfg(unix)]
    #[test]
    fn a_process_with_the_same_id_that_began_later_is_another_one() {
        // The parent of this test lives.
        let parent = rustix::process::getppid().unwrap().as_raw_nonzero();
        let name = |seconds| format!("events.out.tfevents.{seconds:010}.host.{parent}.000000");
        assert!(lives(&name(9_999_999_999_u64), ""));
        if began(parent.get()).is_some() {
            assert!(!lives(&name(1_000_000_000), ""));
        }
        let own = format!(
            "events.out.tfevents.9999999999.host.{}.000000",
            std::process::id()
        );
        assert!(!lives(&own, ""));
    }
}
