//! All runs as replies see them. A catalog never changes; a new one takes its place.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::run::{Run, Shown};

/// The runs at one moment.
#[derive(Default)]
pub struct Catalog {
    /// In the order of their starts, then of their names.
    pub runs: Vec<Arc<Run>>,
    by_name: HashMap<String, usize>,
    /// Runs that are there in part, or not at all; nothing before the log was listed.
    unread: Option<Arc<HashSet<String>>>,
}

impl Catalog {
    /// Of these runs, while others, or the rest of them, are still to be read.
    pub fn new(mut runs: Vec<Arc<Run>>, unread: Arc<HashSet<String>>) -> Self {
        runs.sort_by(|a, b| {
            a.start
                .total_cmp(&b.start)
                .then_with(|| a.name.cmp(&b.name))
        });
        let names = runs.iter().enumerate();
        let by_name = names.map(|(at, run)| (run.name.clone(), at)).collect();
        Self {
            runs,
            by_name,
            unread: Some(unread),
        }
    }

    /// True unless one of these runs, or a part of it, is still to be read.
    pub fn has_read(&self, names: &[String]) -> bool {
        match &self.unread {
            Some(unread) => !names.iter().any(|name| unread.contains(name)),
            None => names.is_empty(),
        }
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
