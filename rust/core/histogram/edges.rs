//! Bucket edges, and what is derived from them once.

use std::sync::Arc;

use once_cell::race::OnceBox;

use super::index::Index;
use crate::error::{Error, Result};

/// Smallest positive edge of the default.
const SMALLEST_EDGE: f64 = 1e-12;
/// Each positive edge of the default is this many times the one before.
const RATIO: f64 = 1.1;
/// Upper bound of the default edges.
const EDGE_LIMIT: f64 = 1e20;

/// The ends of the buckets, in ascending order: bucket `i` reaches from edge `i` to edge `i + 1`.
///
/// Cheap to clone. What speeds up counting is worked out on first use and shared by all clones, so keep edges that
/// are used again.
#[derive(Clone, Debug)]
pub struct Edges(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    edges: Vec<f64>,
    /// `None` inside if these edges have no table.
    narrow: OnceBox<Option<Index<f32>>>,
    wide: OnceBox<Option<Index<f64>>>,
}

impl Edges {
    /// The 1549 edges that all writers of event files use: 0 and, on both sides, 1e-12 times every power of 1.1 below 1e20.
    ///
    /// Each edge is the one before times 1.1 in double precision, as they all compute them; a power function would
    /// differ in the last bits, and charts of old and new runs would not line up.
    #[must_use]
    pub fn default_edges() -> &'static Self {
        static DEFAULT: OnceBox<Edges> = OnceBox::new();
        DEFAULT.get_or_init(|| {
            let positive: Vec<f64> =
                std::iter::successors(Some(SMALLEST_EDGE), |edge| Some(edge * RATIO))
                    .take_while(|&edge| edge < EDGE_LIMIT)
                    .collect();
            let negative = positive.iter().rev().map(|edge| -edge);
            let edges = negative.chain([0.0]).chain(positive.iter().copied());
            Box::new(Self::unchecked(edges.collect()))
        })
    }

    /// Edges of the caller's choice: at least two finite numbers, none below the one before.
    ///
    /// Equal neighbours are allowed, as in `numpy.histogram`; the bucket between them stays empty unless it is the
    /// last. Anything else is an error that satisfies [`Error::is_argument`].
    pub fn new(edges: Vec<f64>) -> Result<Self> {
        if edges.len() < 2 {
            return Err(Error::argument(format!(
                "`bins` has {} edge(s); pass at least 2",
                edges.len()
            )));
        }
        if let Some(i) = edges.iter().position(|edge| !edge.is_finite()) {
            return Err(Error::argument(format!(
                "`bins` has the edge {} at index {i}; pass finite edges",
                edges[i]
            )));
        }
        if let Some(i) = edges.windows(2).position(|pair| pair[0] > pair[1]) {
            return Err(Error::argument(format!(
                "`bins` must not decrease, but {} at index {i} is followed by {}; sort the edges",
                edges[i],
                edges[i + 1]
            )));
        }
        Ok(Self::unchecked(edges))
    }

    fn unchecked(edges: Vec<f64>) -> Self {
        Self(Arc::new(Inner {
            edges,
            narrow: OnceBox::new(),
            wide: OnceBox::new(),
        }))
    }

    /// All edges.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        &self.0.edges
    }

    /// Number of buckets, one fewer than edges.
    pub(super) fn buckets(&self) -> usize {
        self.0.edges.len() - 1
    }

    /// Built once for these edges and all their clones.
    pub(super) fn narrow(&self) -> &OnceBox<Option<Index<f32>>> {
        &self.0.narrow
    }

    /// Built once for these edges and all their clones.
    pub(super) fn wide(&self) -> &OnceBox<Option<Index<f64>>> {
        &self.0.wide
    }

    /// True for the default edges, whose tables pay off with the first value.
    pub(super) fn is_default(&self) -> bool {
        Arc::ptr_eq(&self.0, &Self::default_edges().0)
    }
}
