//! The ranks of a section, step after step.

use super::quartiles::Ascending;
use super::rank::{Rank, Sum, Than, WINDOW, middle};
use super::scores::Scores;
use super::threshold::{Threshold, Thresholds};
use crate::ranks::point::Point;

/// First steps of a section, in which programs compile and caches fill: they count for the scores alone.
const WARM_UP: u64 = 5;
/// A rank that takes less than this much longer, as a logarithm, is not named: ln 1.03.
const LEAST: f32 = 0.029_558_8;
/// A rank whose last steps vary by more than this part of its excess is erratic.
const ERRATIC: f64 = 0.5;
/// By how many times its limit grows at most.
const MOST_CAUTION: f64 = 4.0;
/// Part of the time between two steps that a rank must lose to be named.
const LEAST_PART: f64 = 0.001;

/// What is new of a rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Change {
    /// It takes longer: by which factor less one, since about which step.
    Slow {
        rank: u32,
        since: i64,
        excess: f64,
        than_before: bool,
    },
    /// It does no longer.
    Recovered { rank: u32 },
}

impl Change {
    pub(super) fn rank(self) -> u32 {
        match self {
            Self::Slow { rank, .. } | Self::Recovered { rank } => rank,
        }
    }
}

/// A section of a step.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// In ascending order of their numbers.
    ranks: Vec<Rank>,
    /// Medians of all ranks, and wall times, of the last steps.
    medians: [f32; WINDOW],
    times: [f64; WINDOW],
    steps: u64,
    last: Option<i64>,
    place: usize,
}

impl Section {
    /// Ranks that are remembered.
    pub(super) fn len(&self) -> usize {
        self.ranks.len()
    }

    /// Takes the seconds of all ranks at a step. Those that are no positive numbers do not count. Returns no scores if none is left.
    ///
    /// Steps ascend; one that does not begins the section once more, for the job was resumed.
    pub(super) fn observe(
        &mut self,
        point: &Point<'_>,
        thresholds: &mut Thresholds,
    ) -> (Option<Scores>, Vec<Change>) {
        let step = point.step;
        if self.last.is_some_and(|last| step <= last) {
            *self = Self::default();
        }
        self.last = Some(step);
        let numbers = point.ranks.iter().zip(point.values);
        let logarithms: Vec<(u32, f32)> = numbers
            .filter(|(_, seconds)| seconds.is_finite() && **seconds > 0.0)
            .map(|(&rank, &seconds)| (rank, seconds.ln() as f32))
            .collect();
        if logarithms.is_empty() {
            return (None, Vec::new());
        }
        let warms_up = self.steps < WARM_UP;
        self.put(point.time, &logarithms);
        for rank in present(&mut self.ranks, self.place) {
            rank.update(&self.medians, warms_up);
        }
        let scores = self.scores();
        let changes = if warms_up || logarithms.len() < 2 {
            Vec::new()
        } else {
            self.judge(step, &thresholds.of(logarithms.len()), thresholds)
        };
        (scores, changes)
    }

    /// Puts a step in the place of the oldest one.
    fn put(&mut self, time: f64, logarithms: &[(u32, f32)]) {
        self.place = self.steps as usize % WINDOW;
        self.steps += 1;
        let mut all: Vec<f32> = logarithms.iter().map(|&(_, one)| one).collect();
        if let (Some(median), Some(known)) = (
            self.medians.get_mut(self.place),
            self.times.get_mut(self.place),
        ) {
            (*median, *known) = (middle(&mut all), time);
        }
        for &(number, _) in logarithms {
            let place = self.ranks.partition_point(|rank| rank.number < number);
            if self
                .ranks
                .get(place)
                .is_none_or(|rank| rank.number != number)
            {
                self.ranks.insert(place, Rank::new(number));
            }
        }
        let mut rest = logarithms.iter().peekable();
        let place = self.place;
        self.ranks.retain_mut(|rank| {
            let mine = rest.next_if(|&&(number, _)| number == rank.number);
            rank.put(place, mine.map(|&(_, one)| one));
            !rank.is_gone()
        });
    }

    fn scores(&mut self) -> Option<Scores> {
        let place = self.place;
        let mut fastest = f32::INFINITY;
        let mut found: Option<Scores> = None;
        let mut most = f32::NEG_INFINITY;
        for rank in present(&mut self.ranks, place) {
            fastest = fastest.min(rank.distance);
            let score = rank.individual_score();
            let scores = found.get_or_insert(Scores {
                relative: 1.0,
                slowest: rank.number,
                individual: score,
                slowed: rank.number,
            });
            if rank.distance > most {
                (most, scores.slowest) = (rank.distance, rank.number);
            }
            if score < scores.individual {
                (scores.individual, scores.slowed) = (score, rank.number);
            }
        }
        let mut scores = found?;
        scores.relative = f64::from((fastest - most).exp());
        Some(scores)
    }

    /// Tests all ranks that have logged the step.
    fn judge(
        &mut self,
        step: i64,
        threshold: &Threshold,
        thresholds: &mut Thresholds,
    ) -> Vec<Change> {
        let place = self.place;
        let median = self.medians.get(place).copied().unwrap_or_default();
        let mut ranks: Vec<&mut Rank> = present(&mut self.ranks, place).collect();
        let now: Vec<Option<f32>> = ranks.iter().map(|rank| Some(rank.at(place))).collect();
        let medians = self.medians;
        let is_slow = sums(
            &mut ranks,
            &now,
            step,
            threshold,
            |rank| &mut rank.against_others,
            |rank| caution(rank.spread(&medians), rank.distance),
        );
        let farther: Vec<Option<f32>> = ranks
            .iter()
            .map(|rank| rank.farther(rank.at(place) - median))
            .collect();
        let known = farther.iter().flatten().count();
        let is_slower = if known < 2 {
            vec![false; ranks.len()]
        } else {
            let threshold = thresholds.of(known);
            sums(
                &mut ranks,
                &farther,
                step,
                &threshold,
                |rank| &mut rank.against_past,
                |rank| {
                    let farther = rank.farther(rank.distance).unwrap_or(0.0);
                    caution(rank.spread(&medians), farther)
                },
            )
        };
        let distances = Ascending::new(ranks.iter().map(|rank| rank.distance).collect());
        let least_seconds = LEAST_PART * pace(&self.times, self.steps);
        let mut changes = Vec::new();
        for ((rank, is_slow), is_slower) in ranks.into_iter().zip(is_slow).zip(is_slower) {
            if !(is_slow || is_slower || rank.named.is_some()) {
                continue;
            }
            let others = distances.others(rank.distance);
            let beyond = rank.distance - others.upper();
            let farther = rank.farther(rank.distance).unwrap_or(0.0);
            if let Some((than, calm)) = rank.named {
                let excess = if than == Than::Others {
                    beyond
                } else {
                    farther
                };
                let calm = if excess < LEAST / 2.0 { calm + 1 } else { 0 };
                rank.named = Some((than, calm));
                if calm >= WINDOW {
                    rank.forgive();
                    let rank = rank.number;
                    changes.push(Change::Recovered { rank });
                }
                continue;
            }
            let loses = |excess: f32| {
                let seconds = f64::from(rank.typical).exp() * -f64::from(-excess).exp_m1();
                // No wall times, or all the same.
                seconds >= least_seconds || least_seconds.is_nan()
            };
            let than = if is_slow && beyond >= LEAST && rank.distance >= others.fence() {
                Some((Than::Others, rank.distance - others.median()))
            } else if is_slower && farther >= LEAST {
                Some((Than::ItsPast, farther))
            } else {
                None
            };
            if let Some((than, excess)) = than.filter(|&(_, excess)| loses(excess)) {
                rank.named = Some((than, 0));
                let sum = match than {
                    Than::Others => rank.against_others,
                    Than::ItsPast => rank.against_past,
                };
                changes.push(Change::Slow {
                    rank: rank.number,
                    since: sum.since,
                    excess: f64::from(excess).exp_m1(),
                    than_before: than == Than::ItsPast,
                });
            }
        }
        changes
    }
}

/// Ranks that have logged the step in this place.
fn present(ranks: &mut [Rank], place: usize) -> impl Iterator<Item = &mut Rank> {
    ranks
        .iter_mut()
        .filter(move |rank| !rank.at(place).is_nan())
}

/// By how many times the limit grows for a rank whose last steps have this standard deviation, around this excess.
///
/// On a busy machine the noise of a step is like that of the step before: a rank is disturbed for a while, and takes longer in most
/// steps, of each another time. A rank that is slow takes longer by about the same time in each.
fn caution(spread: f32, excess: f32) -> f64 {
    if excess <= 0.0 {
        return MOST_CAUTION;
    }
    let ratio = f64::from(spread / excess) / ERRATIC;
    (ratio * ratio).clamp(1.0, MOST_CAUTION)
}

/// Adds to the sums of ranks by the order of `values`; which ones have reached the limit, times the `caution` with each. Ranks without
/// a value add nothing.
fn sums(
    ranks: &mut [&mut Rank],
    values: &[Option<f32>],
    step: i64,
    threshold: &Threshold,
    sum: impl Fn(&mut Rank) -> &mut Sum,
    caution: impl Fn(&Rank) -> f64,
) -> Vec<bool> {
    let known = values.iter().enumerate();
    let mut order: Vec<(f32, usize)> = known
        .filter_map(|(at, value)| value.map(|value| (value, at)))
        .collect();
    order.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let mut reached = vec![false; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|one, other| one.0 == other.0) {
        let place = first as f64 + (equal.len() as f64 - 1.0) / 2.0;
        let gain = threshold.gain(place);
        for &(_, at) in equal {
            if let (Some(rank), Some(reached)) = (ranks.get_mut(at), reached.get_mut(at)) {
                sum(rank).add(gain, step);
                let mut limit = threshold.limit;
                if sum(rank).value >= limit {
                    limit *= caution(rank);
                }
                *reached = sum(rank).reaches(limit);
            }
        }
        first += equal.len();
    }
    reached
}

/// Seconds between two of the last steps by their wall times; NaN if these do not say.
fn pace(times: &[f64; WINDOW], steps: u64) -> f64 {
    let known = times
        .get(..(steps as usize).min(WINDOW))
        .unwrap_or_default();
    let first = known.iter().copied().fold(f64::INFINITY, f64::min);
    let last = known.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let seconds = (last - first) / (known.len() as f64 - 1.0);
    if seconds > 0.0 { seconds } else { f64::NAN }
}
