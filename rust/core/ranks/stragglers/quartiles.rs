//! The spread of all ranks but one.

/// Ranks, in ascending order of what they take.
pub(super) struct Ascending(Vec<f32>);

impl Ascending {
    pub(super) fn new(mut values: Vec<f32>) -> Self {
        values.sort_unstable_by(f32::total_cmp);
        Self(values)
    }

    /// The others of a rank that takes `value`; there is at least one other.
    pub(super) fn others(&self, value: f32) -> Others<'_> {
        let place = self.0.partition_point(|other| *other < value);
        Others {
            all: &self.0,
            left_out: place,
        }
    }
}

/// All ranks but one.
pub(super) struct Others<'a> {
    all: &'a [f32],
    left_out: usize,
}

impl Others<'_> {
    fn at(&self, place: usize) -> f32 {
        let place = place + usize::from(place >= self.left_out);
        self.all.get(place).copied().unwrap_or_default()
    }

    fn len(&self) -> usize {
        self.all.len() - 1
    }

    /// The median; of an even number the lower one of the two in the middle.
    pub(super) fn median(&self) -> f32 {
        self.at((self.len() - 1) / 2)
    }

    /// Three quarters of them take this or less.
    pub(super) fn upper(&self) -> f32 {
        self.at((self.len() * 3).div_ceil(4) - 1)
    }

    /// Beyond this a rank is an outlier: one and a half times the distance of the quartiles above the upper one (J. W. Tukey,
    /// *Exploratory Data Analysis*, 1977).
    pub(super) fn fence(&self) -> f32 {
        let upper = self.upper();
        upper + 1.5 * (upper - self.at(self.len() / 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_is_compared_with_the_others_alone() {
        let all = Ascending::new(vec![5.0, 1.0, 2.0, 3.0, 4.0]);
        let others = all.others(5.0);
        assert_eq!(
            (others.median(), others.upper(), others.fence()),
            (2.0, 3.0, 4.5)
        );
        assert_eq!(all.others(1.0).median(), 3.0);
        let two = Ascending::new(vec![1.0, 2.0]);
        assert_eq!(
            (two.others(2.0).upper(), two.others(1.0).fence()),
            (1.0, 2.0)
        );
    }
}
