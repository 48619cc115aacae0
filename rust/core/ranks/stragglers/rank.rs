//! What is remembered of a rank in a section.

/// Steps whose median is what a rank takes as a rule.
pub(super) const WINDOW: usize = 15;
/// Values that a median of the past needs.
const ENOUGH: u32 = 8;
/// Steps of the window that may take any time without making a rank erratic.
const SPIKES: usize = 2;
/// Standard deviation of normal noise, by the mean distance to the median of what is left of a window then; by simulation.
const SPREAD: f32 = 1.708;
/// Steps over which the past is averaged.
const PAST: f32 = 256.0;
/// Steps of the past that a rank must have to be compared with it.
const LEARNT: u32 = 100;

/// A sum of gains, and the step at which it left zero.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub value: f64,
    pub since: i64,
}

impl Sum {
    /// Adds a gain.
    pub(super) fn add(&mut self, gain: f64, step: i64) {
        if self.value == 0.0 {
            self.since = step;
        }
        self.value = (self.value + gain).max(0.0);
    }

    /// True if it has reached a limit, where it stays.
    pub(super) fn reaches(&mut self, limit: f64) -> bool {
        self.value = self.value.min(limit);
        self.value >= limit
    }
}

/// Why a rank was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Than {
    Others,
    ItsPast,
}

/// A rank. Seconds are logarithms, so that differences are ratios.
#[derive(Debug)]
pub(super) struct Rank {
    pub number: u32,
    /// Of the last steps, by their places in the window; NaN where it logged none.
    recent: [f32; WINDOW],
    /// Median of the last steps.
    pub typical: f32,
    /// Median of its distances to the median rank.
    pub distance: f32,
    /// Lowest median of its past.
    best: f32,
    /// Mean of `distance` in the past.
    usual: f32,
    steps: u32,
    pub against_others: Sum,
    pub against_past: Sum,
    /// It was named, and has taken no longer than the others for so many steps.
    pub named: Option<(Than, usize)>,
}

impl Rank {
    pub(super) fn new(number: u32) -> Self {
        Self {
            number,
            recent: [f32::NAN; WINDOW],
            typical: 0.0,
            distance: 0.0,
            best: f32::INFINITY,
            usual: 0.0,
            steps: 0,
            against_others: Sum::default(),
            against_past: Sum::default(),
            named: None,
        }
    }

    /// Puts what it took at a step, or that it logged none, in the place of the oldest step.
    pub(super) fn put(&mut self, place: usize, seconds: Option<f32>) {
        if let Some(one) = self.recent.get_mut(place) {
            *one = seconds.unwrap_or(f32::NAN);
        }
    }

    /// True if it logged none of the last steps.
    pub(super) fn is_gone(&self) -> bool {
        self.recent.iter().all(|one| one.is_nan())
    }

    /// Computes the medians. `medians` are those of all ranks, by places in the window; during `warms_up` nothing is learnt.
    pub(super) fn update(&mut self, medians: &[f32; WINDOW], warms_up: bool) {
        let mut room = [0.0; WINDOW];
        let pairs = self.recent.iter().zip(medians);
        self.distance = median(&mut room, pairs.map(|(one, median)| one - median));
        self.typical = median(&mut room, self.recent.iter().copied());
        if warms_up {
            return;
        }
        self.steps = self.steps.saturating_add(1);
        if self.steps >= ENOUGH {
            self.best = self.best.min(self.typical);
            if self.named.is_none() {
                let weight = 1.0 / ((self.steps - ENOUGH + 1) as f32).min(PAST);
                self.usual += weight * (self.distance - self.usual);
            }
        }
    }

    /// The standard deviation of its distances to the median rank in the last steps, of which the two farthest do not count.
    pub(super) fn spread(&self, medians: &[f32; WINDOW]) -> f32 {
        let pairs = self.recent.iter().zip(medians);
        let deviations = pairs.map(|(one, median)| (one - median - self.distance).abs());
        let mut deviations: Vec<f32> = deviations.filter(|one| !one.is_nan()).collect();
        deviations.sort_unstable_by(f32::total_cmp);
        if deviations.len() >= ENOUGH as usize {
            deviations.truncate(deviations.len() - SPIKES);
        }
        SPREAD * deviations.iter().sum::<f32>() / deviations.len().max(1) as f32
    }

    /// What it takes now, as a share of the best of its past that is at most one.
    pub(super) fn individual_score(&self) -> f64 {
        f64::from((self.best.min(self.typical) - self.typical).exp())
    }

    /// How much farther it is from the median rank than it was, once enough of its past is known.
    pub(super) fn farther(&self, distance: f32) -> Option<f32> {
        (self.steps >= LEARNT).then_some(distance - self.usual)
    }

    /// What it logged at the step in this place.
    pub(super) fn at(&self, place: usize) -> f32 {
        self.recent.get(place).copied().unwrap_or(f32::NAN)
    }

    /// It is slow no longer: what it was counted is forgotten.
    pub(super) fn forgive(&mut self) {
        self.named = None;
        self.against_others = Sum::default();
        self.against_past = Sum::default();
    }
}

/// The median of numbers, of which NaN are none; 0 if there are none.
fn median(room: &mut [f32; WINDOW], values: impl Iterator<Item = f32>) -> f32 {
    let mut count = 0;
    for value in values.filter(|value| !value.is_nan()) {
        if let Some(place) = room.get_mut(count) {
            *place = value;
            count += 1;
        }
    }
    middle(room.get_mut(..count).unwrap_or_default())
}

/// The median of numbers, whose order changes; 0 if there are none.
pub(super) fn middle(values: &mut [f32]) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let half = values.len() / 2;
    let is_odd = values.len() % 2 == 1;
    let (below, &mut upper, _) = values.select_nth_unstable_by(half, f32::total_cmp);
    if is_odd {
        return upper;
    }
    let lower = below.iter().copied().reduce(f32::max).unwrap_or(upper);
    f32::midpoint(lower, upper)
}
