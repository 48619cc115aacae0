//! All runs as replies see them. A catalog never changes; a new one takes its place.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::run::{Run, Shown};

/// The runs at one moment.
#[derive(Default)]
pub struct Catalog {
    /// In the order of their starts, then of their names.
    pub runs: Vec<Arc<Run>>,
    by_name: HashMap<String, usize>,
}

impl Catalog {
    /// Of these runs.
    pub fn new(mut runs: Vec<Arc<Run>>) -> Self {
        runs.sort_by(|a, b| {
            a.start
                .total_cmp(&b.start)
                .then_with(|| a.name.cmp(&b.name))
        });
        let names = runs.iter().enumerate();
        let by_name = names.map(|(at, run)| (run.name.clone(), at)).collect();
        Self { runs, by_name }
    }

    /// The run of this name.
    pub fn run(&self, name: &str) -> Option<&Arc<Run>> {
        self.runs.get(*self.by_name.get(name)?)
    }

    /// Names of all plugins.
    pub fn plugins(&self) -> BTreeSet<&str> {
        let all = self.runs.iter().flat_map(|run| &run.plugins);
        all.map(String::as_str).collect()
    }

    /// The runs that a call asks for: all, or those of these names.
    pub fn chosen<'c>(&'c self, names: Option<&'c [String]>) -> Vec<&'c Arc<Run>> {
        let Some(names) = names else {
            return self.runs.iter().collect();
        };
        let mut places: Vec<_> = names
            .iter()
            .filter_map(|name| self.by_name.get(name))
            .collect();
        places.sort_unstable();
        places.dedup();
        places
            .into_iter()
            .filter_map(|&at| self.runs.get(at))
            .collect()
    }
}

/// The series that a call asks for: all, or those of these tags.
pub fn chosen<'s, P>(all: &'s [Shown<P>], tags: Option<&[String]>) -> Vec<&'s Shown<P>> {
    let Some(tags) = tags else {
        return all.iter().collect();
    };
    let place = |tag: &String| all.binary_search_by(|one| (*one.tag).cmp(tag)).ok();
    let mut places: Vec<_> = tags.iter().filter_map(place).collect();
    places.sort_unstable();
    places.dedup();
    places.into_iter().filter_map(|at| all.get(at)).collect()
}
