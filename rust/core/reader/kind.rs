//! Kinds of data, as the dashboards have them.

/// Kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Single numbers, of any type and form.
    Scalars,
    /// Buckets.
    Histograms,
    /// Encoded images.
    Images,
    /// Encoded audio.
    Audio,
    /// Markdown.
    Text,
    /// Arrays that no dashboard shows, or that have no other kind.
    Tensors,
    /// Precision-recall curves.
    PrCurves,
    /// Meshes and point clouds.
    Meshes,
    /// Graphs, and profiles of their runs.
    Graphs,
    /// Hyperparameters.
    HParams,
    /// Layout of the custom scalars dashboard.
    Layout,
}

/// All kinds, with the names that callers give them.
pub const KINDS: [(Kind, &str); 11] = [
    (Kind::Scalars, "scalars"),
    (Kind::Histograms, "histograms"),
    (Kind::Images, "images"),
    (Kind::Audio, "audio"),
    (Kind::Text, "text"),
    (Kind::Tensors, "tensors"),
    (Kind::PrCurves, "pr_curves"),
    (Kind::Meshes, "meshes"),
    (Kind::Graphs, "graphs"),
    (Kind::HParams, "hparams"),
    (Kind::Layout, "layout"),
];

impl Kind {
    /// The kind that tensors of a plugin have.
    #[must_use]
    pub fn of_plugin(plugin: &str) -> Self {
        match plugin {
            "scalars" => Self::Scalars,
            "histograms" => Self::Histograms,
            "images" => Self::Images,
            "audio" => Self::Audio,
            "text" => Self::Text,
            "pr_curves" => Self::PrCurves,
            "mesh" => Self::Meshes,
            "custom_scalars" => Self::Layout,
            "hparams" => Self::HParams,
            "graphs"
            | "graph_keras_model"
            | "graph_run_metadata"
            | "graph_run_metadata_graph"
            | "graph_tagged_run_metadata" => Self::Graphs,
            _ => Self::Tensors,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        KINDS
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }

    /// The kind of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        KINDS
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(kind, _)| *kind)
    }
}

/// A choice of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u16);

impl Kinds {
    /// All of them.
    pub const ALL: Self = Self(u16::MAX);

    /// Only these.
    #[must_use]
    pub fn of(kinds: &[Kind]) -> Self {
        Self(kinds.iter().fold(0, |bits, &kind| bits | 1 << kind as u16))
    }

    /// True if a kind is chosen.
    #[must_use]
    #[inline]
    pub fn has(self, kind: Kind) -> bool {
        self.0 >> (kind as u16) & 1 == 1
    }

    /// True if a kind is chosen that a tensor could turn out to be.
    #[inline]
    pub(super) fn has_some(self) -> bool {
        self.0 != 0
    }
}
