//! Work in parts, shared between the calling thread and those of a pool.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use rayon::ThreadPool;

/// A caller that waits lets others work for so long.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// The results of `work` for each of `count` parts, in their order.
///
/// The caller takes parts too. Such work lasts milliseconds, so it matters that the caller begins before another thread
/// is awake, and that no thread has to wake the caller in the end.
pub(crate) fn each<R: Send>(
    pool: Option<&ThreadPool>,
    count: usize,
    work: impl Fn(usize) -> R + Sync,
) -> Vec<R> {
    each_watched(pool, count, None, work)
}

/// The same, for work that may last long. A caller that has no part left and waits for the others calls a function about as
/// often as the time says.
pub(crate) fn each_watched<R: Send>(
    pool: Option<&ThreadPool>,
    count: usize,
    looks: Option<(Duration, &dyn Fn())>,
    work: impl Fn(usize) -> R + Sync,
) -> Vec<R> {
    let threads = pool.map_or(1, ThreadPool::current_num_threads).min(count);
    let Some(pool) = pool.filter(|_| threads > 1) else {
        return (0..count).map(work).collect();
    };
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(count));
    let take = || {
        let parts = std::iter::repeat_with(|| next.fetch_add(1, Relaxed));
        let mine = parts.take_while(|&part| part < count);
        let mut mine: Vec<(usize, R)> = mine.map(|part| (part, work(part))).collect();
        let mut all = results.lock().unwrap_or_else(PoisonError::into_inner);
        all.append(&mut mine);
    };
    // A thread of the pool must not wait here: while it waits for its scope it works for others.
    let looks = looks.filter(|_| pool.current_thread_index().is_none());
    let running = Running(Mutex::new(threads - 1), Condvar::new());
    pool.in_place_scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| {
                let _one = One(&running);
                take();
            });
        }
        take();
        if let Some((every, look)) = looks {
            running.wait(every, look);
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|&(part, _)| part);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Threads that are at work.
struct Running(Mutex<usize>, Condvar);

/// One of them; it ends when this is dropped, also by a panic.
struct One<'r>(&'r Running);

impl Running {
    fn wait(&self, every: Duration, look: &dyn Fn()) {
        let every = every.max(SHORTEST_WAIT);
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while *running > 0 {
            let waited = self.1.wait_timeout(running, every);
            let (now, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            running = now;
            if timeout.timed_out() {
                drop(running);
                look();
                running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

impl Drop for One<'_> {
    fn drop(&mut self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.1.notify_one();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use rayon::ThreadPoolBuilder;

    use super::each;

    #[test]
    fn results_are_in_order_and_each_part_is_done_once() {
        let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for pool in [None, Some(&pool)] {
            for count in [0, 1, 2, 3, 100] {
                let squares: Vec<usize> = (0..count).map(|part| part * part).collect();
                assert_eq!(each(pool, count, |part| part * part), squares);
            }
        }
    }

    #[test]
    fn threads_of_the_pool_may_share_out_work_themselves() {
        let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let sums: Vec<usize> = each(Some(&pool), 8, |part| {
            each(Some(&pool), 8, |inner| part * inner).iter().sum()
        });
        assert_eq!(sums, (0..8).map(|part| part * 28).collect::<Vec<usize>>());
    }
}
