//! Policies for points whose steps go back, or that have the step of another point.

use std::ops::Range;

use super::series::Mark;

/// Policy for the points that a run had logged before it was resumed at an earlier step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restarts {
    /// They are dropped: a `SESSION_LOG` of status `START`, or a step that goes back, ends them from that step on.
    #[default]
    Purge,
    /// They stay.
    Keep,
}

/// Policy for several points of a tag at the same step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// The last one counts.
    #[default]
    Last,
    /// The first one counts.
    First,
    /// All count, in the order of the file.
    All,
    /// There may be none.
    Error,
}

/// The points that count, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    All(Range<usize>),
    These(Vec<u32>),
}

impl Chosen {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::All(range) => range.len(),
            Self::These(these) => these.len(),
        }
    }

    /// Appends the chosen ones of `from` to `to`.
    pub(super) fn extend<T: Copy>(&self, from: &[T], to: &mut Vec<T>) {
        match self {
            Self::All(range) => to.extend_from_slice(from.get(range.clone()).unwrap_or_default()),
            Self::These(these) => {
                to.extend(
                    these
                        .iter()
                        .filter_map(|&at| from.get(at as usize))
                        .copied(),
                );
            }
        }
    }

    /// Copies the chosen ones of `from` to `to`, as bytes.
    pub(super) fn copy<T: Copy, const N: usize>(
        &self,
        from: &[T],
        to: &mut [[u8; N]],
        bytes: impl Fn(T) -> [u8; N],
    ) {
        match self {
            Self::All(range) => {
                let these = from.get(range.clone()).unwrap_or_default();
                for (place, &one) in to.iter_mut().zip(these) {
                    *place = bytes(one);
                }
            }
            Self::These(these) => {
                let these = these.iter().filter_map(|&at| from.get(at as usize));
                for (place, &one) in to.iter_mut().zip(these) {
                    *place = bytes(one);
                }
            }
        }
    }

    /// The place of the n-th one among all.
    pub(super) fn nth(&self, n: usize) -> Option<usize> {
        match self {
            Self::All(range) => range.clone().nth(n),
            Self::These(these) => these.get(n).map(|&at| at as usize),
        }
    }

    /// Keeps those for which `keep` is true.
    pub(super) fn filtered(self, keep: impl Fn(usize) -> bool) -> Self {
        match self {
            Self::All(range) if range.clone().all(&keep) => Self::All(range),
            Self::All(range) => {
                Self::These(range.filter(|&at| keep(at)).map(|at| at as u32).collect())
            }
            Self::These(mut these) => {
                these.retain(|&at| keep(at as usize));
                Self::These(these)
            }
        }
    }
}

/// A step that several points have, where none may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Repeated(pub i64);

/// Chooses among points in the order of the file; `purged` is what a start after the last of them says.
pub(super) fn choose(
    steps: &[i64],
    marks: &[Mark],
    purged: Option<i64>,
    restarts: Restarts,
    duplicates: Duplicates,
) -> Result<Chosen, Repeated> {
    let ascend = steps.windows(2).all(|pair| pair[0] < pair[1]);
    let chosen = match restarts {
        Restarts::Purge if !ascend || !marks.is_empty() => purge(steps, marks, duplicates)?,
        Restarts::Keep if !ascend && duplicates != Duplicates::All => sort(steps, duplicates)?,
        _ => Chosen::All(0..steps.len()),
    };
    Ok(match purged {
        Some(step) if restarts == Restarts::Purge => {
            chosen.filtered(|at| steps.get(at).is_some_and(|&at| at < step))
        }
        _ => chosen,
    })
}

fn purge(steps: &[i64], marks: &[Mark], duplicates: Duplicates) -> Result<Chosen, Repeated> {
    let mut kept: Vec<u32> = Vec::with_capacity(steps.len());
    let mut marks = marks.iter().peekable();
    // Steps of what is kept never go back, so what does not count any more is at the end.
    let drop = |kept: &mut Vec<u32>, from: i64| {
        while kept
            .last()
            .is_some_and(|&last| steps[last as usize] >= from)
        {
            kept.pop();
        }
    };
    for (at, &step) in steps.iter().enumerate() {
        if let Some(mark) = marks.next_if(|mark| mark.at == at) {
            drop(&mut kept, mark.step);
        }
        match kept.last().map(|&last| steps[last as usize]) {
            Some(last) if step < last => drop(&mut kept, step),
            Some(last) if step == last => match duplicates {
                Duplicates::Last => drop(&mut kept, step),
                Duplicates::First => continue,
                Duplicates::All => {}
                Duplicates::Error => return Err(Repeated(step)),
            },
            _ => {}
        }
        kept.push(at as u32);
    }
    // After the last point.
    for mark in marks {
        drop(&mut kept, mark.step);
    }
    Ok(Chosen::These(kept))
}

fn sort(steps: &[i64], duplicates: Duplicates) -> Result<Chosen, Repeated> {
    let mut order: Vec<u32> = (0..steps.len() as u32).collect();
    order.sort_by_key(|&at| steps[at as usize]);
    let same = |a: &u32, b: &u32| steps[*a as usize] == steps[*b as usize];
    match duplicates {
        Duplicates::First => order.dedup_by(|later, earlier| same(later, earlier)),
        Duplicates::Last => {
            order.reverse();
            order.dedup_by(|earlier, later| same(earlier, later));
            order.reverse();
        }
        Duplicates::Error => {
            if let Some(pair) = order.windows(2).find(|pair| same(&pair[0], &pair[1])) {
                return Err(Repeated(steps[pair[0] as usize]));
            }
        }
        Duplicates::All => {}
    }
    Ok(Chosen::These(order))
}
