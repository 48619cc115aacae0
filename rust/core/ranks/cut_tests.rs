//! What sessions replace, compared with its definition.

use proptest::collection::vec;
use proptest::prelude::*;

use super::sessions::Sessions;

/// A start, or without a number of ranks the first value of a rank that has not started.
#[derive(Clone, Debug)]
struct Start {
    stream: usize,
    rank: u32,
    offset: u64,
    world_size: Option<u32>,
    resumed: Option<i64>,
}

fn start() -> impl Strategy<Value = Start> {
    let parts = (
        0..6_usize,
        0..4_u32,
        0..50_u64,
        prop_oneof![Just(None), Just(Some(6)), Just(Some(8)), Just(Some(9))],
        prop_oneof![Just(None), (0..8_i64).prop_map(Some)],
    );
    parts.prop_map(|(stream, rank, offset, world_size, resumed)| Start {
        stream,
        rank,
        offset,
        world_size,
        resumed,
    })
}

/// IDs and names of streams. Two of them were made in the same nanosecond.
const STREAMS: [(u64, &str); 6] = [
    (4, "4.b"),
    (2, "2.a"),
    (4, "4.a"),
    (9, "9"),
    (4, "4.c"),
    (0, "0"),
];

/// Whether one replaces what the other logged, from which step on.
fn replaces(later: &Start, earlier: &Start) -> Option<i64> {
    let other_size =
        matches!((later.world_size, earlier.world_size), (Some(one), Some(other)) if one != other);
    later
        .resumed
        .filter(|_| later.rank == earlier.rank || other_size)
}

/// The step at which each is cut.
fn cuts(starts: &[Start]) -> Vec<i64> {
    let place = |at: usize| {
        let start: &Start = &starts[at];
        (STREAMS[start.stream], start.offset, at)
    };
    (0..starts.len())
        .map(|at| {
            let later = (0..starts.len()).filter(|&other| place(other) > place(at));
            let steps = later.filter_map(|other| replaces(&starts[other], &starts[at]));
            steps.min().unwrap_or(i64::MAX)
        })
        .collect()
}

proptest! {
    #[test]
    fn sessions_are_cut_as_defined(starts in vec(start(), 0..40)) {
        let mut sessions = Sessions::default();
        let mut streams = Vec::new();
        for (done, one) in starts.iter().enumerate() {
            // A stream is found at its first record.
            let known = streams.iter().position(|&stream| stream == one.stream);
            let number = known.unwrap_or_else(|| {
                streams.push(one.stream);
                let (id, name) = STREAMS[one.stream];
                sessions.add_stream(id, name)
            });
            let new = sessions.begin(number, one.rank, one.offset, one.world_size, one.resumed);
            let any = sessions.cut(new);
            let (before, now) = (cuts(&starts[..done]), cuts(&starts[..=done]));
            let found: Vec<i64> = sessions.all.iter().map(|session| session.cut).collect();
            prop_assert_eq!(&found, &now);
            let lower = |at: usize| starts[at].rank != one.rank && now[at] < before[at];
            prop_assert_eq!(any, (0..done).any(lower));
            let named = |at: &usize| starts[*at].world_size.is_some();
            let last = (0..=done)
                .filter(named)
                .max_by_key(|&at| (STREAMS[starts[at].stream], starts[at].offset, at));
            prop_assert_eq!(sessions.world_size(), last.and_then(|at| starts[at].world_size));
        }
    }
}

#[test]
fn a_job_that_began_again_often_is_read_at_once() {
    let (ranks, restarts) = (1000, 100);
    let mut sessions = Sessions::default();
    for restart in 0..restarts {
        let stream = sessions.add_stream(restart, &restart.to_string());
        let size = ranks - u32::from(restart % 2 == 1);
        for rank in 0..size {
            let resumed = Some(restart as i64 * 10);
            let new = sessions.begin(stream, rank, u64::from(rank), Some(size), resumed);
            sessions.cut(new);
        }
    }
    // What the second start of all began was replaced by the third, and so on; the last two ranks' starts are not the same.
    let of = |restart: usize| restart * 1000 - restart / 2;
    for restart in 0..restarts as usize {
        let cut = sessions.all[of(restart)].cut;
        let next = (restart + 1) as i64 * 10;
        let is_last = restart + 1 == restarts as usize;
        assert_eq!(cut, if is_last { i64::MAX } else { next });
    }
}
