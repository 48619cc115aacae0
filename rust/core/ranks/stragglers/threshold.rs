//! When a rank has been among the slow ones too often for chance.
//!
//! At each step the ranks are put in the order of their seconds. If all are equally fast, every order is as likely as any other,
//! whatever the distribution of the noise. The log odds of a rank's position, less an allowance, are added up, and the sum is
//! kept from falling below zero: E. S. Page, *Continuous inspection schemes*, Biometrika 41 (1954).
//!
//! With θ the positive root of E[exp(θ · (odds − allowance))] = 1, the sum is at or above h with a probability of at most
//! exp(−θ · h) at any step (Lundberg's inequality). So h = ln(ranks · steps) / θ gives one false alarm in that many steps, or fewer.

/// In so many steps of a section there is at most one false alarm.
const STEPS: f64 = 1e9;
/// What is taken from the log odds of a position, unless half of the highest ones is less.
const ALLOWANCE: f64 = 1.5;

/// The test for a number of ranks.
#[derive(Clone, Debug)]
pub(super) struct Threshold {
    ranks: usize,
    allowance: f64,
    /// From here on the sum is no chance.
    pub limit: f64,
}

impl Threshold {
    /// For two ranks or more.
    fn of(ranks: usize) -> Self {
        let allowance = ALLOWANCE.min(odds(ranks as f64 - 1.0, ranks) / 2.0);
        let gains: Vec<f64> = (0..ranks)
            .map(|place| odds(place as f64, ranks) - allowance)
            .collect();
        let grows = |theta: f64| {
            let sum: f64 = gains.iter().map(|gain| (theta * gain).exp()).sum();
            sum > gains.len() as f64
        };
        // The mean is below zero and the highest gain above, so there is one root.
        let (mut low, mut high) = (0.0, 1.0);
        while !grows(high) {
            (low, high) = (high, high * 2.0);
        }
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if grows(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Self {
            ranks,
            allowance,
            limit: (ranks as f64 * STEPS).ln() / low,
        }
    }

    /// What a position adds to the sum, from 0, the fastest. Equal ranks share the mean of their positions.
    pub(super) fn gain(&self, place: f64) -> f64 {
        odds(place, self.ranks) - self.allowance
    }
}

fn odds(place: f64, ranks: usize) -> f64 {
    ((place + 0.5) / (ranks as f64 - place - 0.5)).ln()
}

/// The tests that were needed last.
#[derive(Debug, Default)]
pub(super) struct Thresholds(Vec<Threshold>);

impl Thresholds {
    /// The test for a number of ranks, two or more.
    pub(super) fn of(&mut self, ranks: usize) -> Threshold {
        if let Some(known) = self.0.iter().find(|one| one.ranks == ranks) {
            return known.clone();
        }
        if self.0.len() == 8 {
            self.0.remove(0);
        }
        let new = Threshold::of(ranks);
        self.0.push(new.clone());
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_grows_to_the_limit_as_rarely_as_it_says() {
        for ranks in [2, 3, 8, 64, 1024] {
            let threshold = Threshold::of(ranks);
            let theta = (ranks as f64 * STEPS).ln() / threshold.limit;
            let places = (0..ranks).map(|place| (theta * threshold.gain(place as f64)).exp());
            let mean = places.sum::<f64>() / ranks as f64;
            assert!((mean - 1.0).abs() < 1e-9, "{ranks}: {mean}");
            assert!(threshold.gain(ranks as f64 - 1.0) > 0.0);
            assert!(threshold.gain((ranks as f64 - 1.0) / 2.0) < 0.0);
        }
    }
}
