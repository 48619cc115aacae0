//! Memory of a reduction in which ranks are missing, late, or many.

use std::time::Duration;

use super::written::Written;
use super::{Emit, Limits, Reduction};
use crate::reader::RankRecord;

const LIMITS: Limits = Limits {
    window: Duration::from_hours(24),
    hold_bytes: 1 << 18,
    most_bytes: 1 << 20,
};

fn begun(ranks: u32) -> Reduction {
    let mut reduction = Reduction::new(LIMITS, Written::default());
    let stream = reduction.add_stream(1, "1");
    for rank in 0..ranks {
        let start = RankRecord::Start {
            world_size: Some(ranks),
            resumed: None,
        };
        reduction.take(stream, u64::from(rank), rank, 0.0, start, Duration::ZERO);
    }
    reduction
}

fn log(reduction: &mut Reduction, rank: u32, tag: &str, step: i64) {
    let value = RankRecord::Value {
        tag: tag.as_bytes(),
        step,
        value: 1.0,
        metadata: &[],
    };
    reduction.take(0, 1 << 20, rank, 0.0, value, Duration::ZERO);
}

/// Steps that wait, with all that they have in memory.
fn bytes(reduction: &Reduction) -> usize {
    let tags = reduction.tags.iter();
    let waiting = tags.map(|tag| {
        let queue = tag.pending.capacity() * size_of::<super::pending::Pending>();
        let parts = tag.pending.iter().map(parts).sum::<usize>();
        queue + parts
    });
    let order = reduction.queue.capacity() * 16;
    waiting.sum::<usize>() + order + reduction.spare.iter().map(parts).sum::<usize>()
}

fn parts(pending: &super::pending::Pending) -> usize {
    pending.values.capacity() * 8 + pending.times.capacity() * 8 + pending.sessions.capacity() * 4
}

#[test]
fn steps_that_wait_for_a_rank_that_is_gone_take_no_more_than_is_allowed() {
    let mut reduction = begun(2);
    let mut points = 0;
    for step in 0..40_000 {
        for tag in ["loss", "accuracy"] {
            log(&mut reduction, 0, tag, step);
        }
        if step % 100 == 0 {
            reduction.emit(Emit::Due, Duration::from_secs(1), &mut |_| points += 1);
            assert!(bytes(&reduction) < 2 * LIMITS.most_bytes, "{step}");
        }
    }
    assert!(points > 70_000, "{points}");
    // What is left of them when the rank comes: each of its values is late.
    for step in 0..30_000 {
        log(&mut reduction, 1, "loss", step);
    }
    assert_eq!(reduction.report().late, 30_000);
    assert!(bytes(&reduction) < 2 * LIMITS.most_bytes);
}

#[test]
fn of_many_ranks_no_more_memory_is_kept_than_is_used_again() {
    let ranks = 4000;
    let mut reduction = begun(ranks);
    for tag in 0..1000 {
        log(&mut reduction, ranks - 1, &tag.to_string(), 0);
    }
    let mut points = 0;
    let window = LIMITS.window * 2;
    reduction.emit(Emit::All, window, &mut |_| points += 1);
    assert_eq!(points, 1000);
    // Each of them has taken 80 kB.
    assert!(bytes(&reduction) < 48 << 20, "{}", bytes(&reduction));
}

#[test]
fn the_ranks_that_do_not_log_a_tag_are_kept_once() {
    let mut reduction = begun(1000);
    for step in 0..500 {
        log(&mut reduction, 0, "rate", step);
        reduction.emit(Emit::All, Duration::from_secs(1), &mut |_| {});
    }
    let recent = &reduction.tags[0].recent;
    assert!(recent.len() > 100);
    let first = recent.front().map(|(_, lacking)| lacking.as_ptr());
    assert!(
        recent
            .iter()
            .all(|(_, lacking)| Some(lacking.as_ptr()) == first && lacking.len() == 999)
    );
}
