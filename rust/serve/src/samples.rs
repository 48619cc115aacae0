//! How many points of a series are kept.

use std::collections::HashMap;

/// Points of a series that are kept if nothing else is asked for.
const USUAL: usize = 1000;

/// Numbers of points that are kept, by plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Samples(HashMap<String, usize>);

impl Samples {
    /// Numbers for some plugins, `None` for all points; others have the usual number, and none has fewer.
    #[must_use]
    pub fn new(samples: Vec<(String, Option<usize>)>) -> Self {
        let most = |most: Option<usize>| most.map_or(usize::MAX, |most| most.max(USUAL));
        Self(
            samples
                .into_iter()
                .map(|(plugin, n)| (plugin, most(n)))
                .collect(),
        )
    }

    /// The numbers as text, the same for the same numbers.
    #[must_use]
    pub fn key(&self) -> String {
        let mut pairs: Vec<_> = self
            .0
            .iter()
            .map(|(plugin, most)| format!("{plugin}={most}"))
            .collect();
        pairs.sort();
        pairs.join(",")
    }

    /// Points that are kept of a plugin's series.
    #[must_use]
    pub fn of(&self, plugin: &str) -> usize {
        self.0.get(plugin).copied().unwrap_or(USUAL)
    }
}
