//! Names of segments: the objects that an event file becomes in a store, and what `compact` makes of several.
//!
//! ```text
//! STEM.000007SUFFIX            segment 7 of the file STEM SUFFIX
//! STEM.000041z000000SUFFIX     segments 0 to 41 in one; it sorts after 41 and before 42
//! ```

use std::collections::HashMap;

/// Fewest digits of a number in a name.
const DIGITS: usize = 6;
/// Stands between the last and the first number.
const MARK: char = 'z';

/// The numbers in the name of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// What is before them: the name of the event file without its suffix.
    pub stem: String,
    /// The first segment that is in it.
    pub first: u64,
    /// The last segment that is in it.
    pub last: u64,
    /// True if it was made of several.
    pub is_merged: bool,
    /// What is after them.
    pub suffix: String,
}

impl Segment {
    /// The numbers in a name, if it is one of a segment. A suffix of nothing but a dot and digits is taken for a number.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let dots: Vec<_> = name.match_indices('.').map(|(at, _)| at).collect();
        dots.windows(2).rev().find_map(|pair| {
            let &[before, at] = pair else { return None };
            // The number of the file, which the number of a segment follows.
            let file = name.get(before + 1..at)?;
            let is_number = file.len() >= DIGITS && file.bytes().all(|byte| byte.is_ascii_digit());
            let (last, rest) = number(name.get(at + 1..)?)?;
            if !is_number {
                return None;
            }
            let merged = rest.strip_prefix(MARK).and_then(number);
            let (first, suffix) = merged.unwrap_or((last, rest));
            (first <= last).then(|| Self {
                stem: name.get(..at).unwrap_or_default().to_owned(),
                first,
                last,
                is_merged: merged.is_some(),
                suffix: suffix.to_owned(),
            })
        })
    }

    /// Name of the object that holds these segments and all between them.
    #[must_use]
    pub fn merged_name(&self, last: u64) -> String {
        let (stem, first, suffix) = (&self.stem, self.first, &self.suffix);
        format!("{stem}.{last:06}{MARK}{first:06}{suffix}")
    }

    fn holds(&self, other: &Self) -> bool {
        let all = self.first <= other.first && other.last <= self.last;
        let more = !other.is_merged || self.last - self.first > other.last - other.first;
        self.is_merged && all && more
    }
}

/// True for the name of each merged object, and for few others.
fn may_be_merged(name: &str) -> bool {
    let is_mark = |three: &[u8]| {
        matches!(three, [last, mark, first]
            if last.is_ascii_digit() && char::from(*mark) == MARK && first.is_ascii_digit())
    };
    name.as_bytes().windows(3).any(is_mark)
}

/// The number at the start of a text, and the rest.
fn number(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    (digits >= DIGITS).then_some(())?;
    Some((number.parse().ok()?, rest))
}

/// For each name of a directory, whether another object there holds what it has: `compact` was ended before it removed it.
#[must_use]
pub fn superseded<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<bool> {
    let names: Vec<_> = names.into_iter().collect();
    // Nearly always, and quickly seen.
    if !names.iter().any(|name| may_be_merged(name)) {
        return vec![false; names.len()];
    }
    let all: Vec<_> = names.into_iter().map(Segment::parse).collect();
    let mut merged: HashMap<(&str, &str), Vec<&Segment>> = HashMap::new();
    for one in all.iter().flatten().filter(|one| one.is_merged) {
        merged
            .entry((&one.stem, &one.suffix))
            .or_default()
            .push(one);
    }
    let is_held = |one: &Segment| {
        let others = merged.get(&(one.stem.as_str(), one.suffix.as_str()));
        others.is_some_and(|others| others.iter().any(|other| other.holds(one)))
    };
    all.iter()
        .map(|one| one.as_ref().is_some_and(is_held))
        .collect()
}
