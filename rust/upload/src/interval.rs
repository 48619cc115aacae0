//! Time between two uploads of a file.

use std::time::Duration;

/// The longest, unless the caller says otherwise.
pub(crate) const LONGEST: Duration = Duration::from_mins(1);
const SHORTEST: Duration = Duration::from_secs(5);
const LEAST: Duration = Duration::from_secs(1);

/// A tenth of the run's age, at least five seconds and at most `longest`.
pub(crate) fn of(age: Duration, longest: Duration) -> Duration {
    (age / 10).max(SHORTEST).min(longest.max(LEAST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_with_age_between_its_limits() {
        let seconds =
            |age, longest| of(Duration::from_secs(age), Duration::from_secs(longest)).as_secs();
        assert_eq!(seconds(0, 60), 5);
        assert_eq!(seconds(300, 60), 30);
        assert_eq!(seconds(86_400, 60), 60);
        assert_eq!(seconds(86_400, 2), 2);
        assert_eq!(seconds(0, 0), 1);
        assert_eq!(seconds(86_400, 3_600), 3_600);
    }
}
