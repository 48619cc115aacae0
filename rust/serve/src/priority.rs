//! Threads that read give way to those that show what was read: TensorBoard and its page have one busy thread each, which
//! needs a processor while a large log is read on all of them.

/// How much nicer they are, of 19 that are possible: a thread that is not gets three times as much of a processor that both want.
#[cfg(target_os = "linux")]
const NICER: i32 = 5;

/// Has the calling thread give way. Other systems know the niceness of whole processes alone.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICER) {
        log::debug!("a thread that reads is no nicer: {error}");
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::getpriority_process;

    use super::{NICER, give_way};

    #[test]
    fn only_the_thread_that_gives_way_is_nicer() {
        let niceness = || getpriority_process(None).ok();
        let before = niceness();
        assert!(before.is_some());
        let nicer = std::thread::spawn(move || {
            give_way();
            niceness()
        });
        let nicer = nicer.join().ok().flatten();
        assert_eq!(nicer, before.map(|niceness| (niceness + NICER).min(19)));
        assert_eq!(niceness(), before);
    }
}
