//! What is done with the bytes of a file that are not in the store yet: a pure policy.
//!
//! TensorBoard never goes back to a segment once there is a later one, so only the last can be replaced. A new object
//! costs its header; replacing costs all that the live segment holds. The bounds: all bytes sent are at most twice those
//! of the file, and a day has at most 800 objects.

/// Most bytes of a segment, unless one record is longer.
pub(crate) const MOST: u64 = 8 << 20;
/// Bytes that may be sent beyond twice the file, for files that have only begun.
pub(crate) const ALLOWANCE: u64 = 16 << 10;
/// Bytes of a tail, in headers, below which the header of a new object counts.
const SMALL: u64 = 16;

/// A moment in the life of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Bytes of the live segment without its header, if there is one.
    pub live: Option<u64>,
    /// Bytes of whole records to be uploaded.
    pub tail: u64,
    /// Bytes of a segment's header.
    pub header: u64,
    /// Bytes sent so far, headers included.
    pub sent: u64,
    /// Bytes of the file, the tail included.
    pub logged: u64,
    /// Intervals since the last new object.
    pub since_new: f64,
    /// True if someone waits for the upload.
    pub urgent: bool,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// The tail becomes an object.
    New,
    /// The live segment is replaced by itself with the tail.
    Replace,
    /// More is waited for: the tail is too small for an object of its own.
    Later,
}

/// Decides.
pub(crate) fn plan(moment: Moment) -> Plan {
    let Moment {
        live,
        tail,
        header,
        sent,
        logged,
        since_new,
        urgent,
    } = moment;
    if let Some(live) = live {
        // In tenths, without rounding.
        let affordable = (sent + header + live + tail) * 10 <= logged * 19 + ALLOWANCE * 10;
        if header + live + tail <= MOST && (affordable || live == 0) {
            return Plan::Replace;
        }
    }
    let small = tail < SMALL * header;
    let beyond = sent + header + tail > 2 * logged + ALLOWANCE;
    let soon = since_new < if beyond { 60.0 } else { 2.0 };
    if small && soon && !urgent {
        Plan::Later
    } else {
        Plan::New
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Moment = Moment {
        live: Some(1_000_000),
        tail: 100_000,
        header: 70,
        sent: 1_010_000,
        logged: 1_100_000,
        since_new: 1.0,
        urgent: false,
    };

    #[test]
    fn replacing_is_bounded_by_what_it_costs() {
        assert_eq!(plan(MOMENT), Plan::New);
        assert_eq!(
            plan(Moment {
                sent: 900_000,
                ..MOMENT
            }),
            Plan::Replace
        );
        assert_eq!(
            plan(Moment {
                live: None,
                sent: 0,
                ..MOMENT
            }),
            Plan::New
        );
        assert_eq!(
            plan(Moment {
                live: Some(MOST),
                sent: 0,
                logged: 5 * MOST,
                ..MOMENT
            }),
            Plan::New
        );
        assert_eq!(
            plan(Moment {
                live: Some(0),
                sent: 70,
                tail: 50,
                logged: 120,
                ..MOMENT
            }),
            Plan::Replace
        );
    }

    #[test]
    fn a_small_tail_waits_unless_a_caller_waits_for_it() {
        let small = Moment {
            tail: 50,
            sent: 2_090_000,
            ..MOMENT
        };
        assert_eq!(plan(small), Plan::Later);
        assert_eq!(
            plan(Moment {
                urgent: true,
                ..small
            }),
            Plan::New
        );
        assert_eq!(
            plan(Moment {
                since_new: 2.0,
                ..small
            }),
            Plan::New
        );
        let poor = Moment {
            sent: 3_000_000,
            ..small
        };
        assert_eq!(
            plan(Moment {
                since_new: 2.0,
                ..poor
            }),
            Plan::Later
        );
        assert_eq!(
            plan(Moment {
                since_new: 60.0,
                ..poor
            }),
            Plan::New
        );
    }

    #[test]
    fn a_day_of_any_rate_has_at_most_800_objects_and_twice_the_bytes() {
        const HEADER: u64 = 70;
        // Bytes a minute, from one scalar to half a segment.
        for rate in [
            54, 70, 100, 150, 300, 1_000, 1_200, 60_000, 1_000_000, 4_000_000,
        ] {
            let (mut live, mut tail, mut sent, mut logged) = (0, 0, HEADER, 0);
            let (mut objects, mut since_new) = (1, 0.0);
            for _ in 0..24 * 60 {
                (tail, logged, since_new) = (tail + rate, logged + rate, since_new + 1.0);
                let live_now = Some(live);
                match plan(Moment {
                    live: live_now,
                    tail,
                    header: HEADER,
                    sent,
                    logged,
                    since_new,
                    urgent: false,
                }) {
                    Plan::Later => continue,
                    Plan::Replace => (live, sent) = (live + tail, sent + HEADER + live + tail),
                    Plan::New => {
                        (live, sent, since_new) = (tail, sent + HEADER + tail, 0.0);
                        objects += 1;
                    }
                }
                tail = 0;
            }
            assert!(objects <= 800, "{rate}: {objects} objects");
            assert!(
                sent <= 2 * logged + ALLOWANCE,
                "{rate}: {sent} sent, {logged} logged"
            );
        }
    }
}
