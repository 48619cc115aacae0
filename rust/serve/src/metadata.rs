//! What a series is for TensorBoard: the class of its data, and its metadata, which old forms of values do not have.

use tensorbolt::proto::summary::{DataClass, PluginData, SummaryMetadata};
use tensorbolt::reader::{Form, Metadata};

/// Dashboard of graphs that belong to no tag.
pub const GRAPHS: &str = "graphs";
/// Tag of such a graph.
pub const RUN_GRAPH_TAG: &str = "__run_graph__";
/// Dashboard of profiles.
pub const PROFILES: &str = "graph_tagged_run_metadata";
const HPARAMS: &str = "hparams";
/// `ImagePluginData` that says where the tensor comes from.
const CONVERTED_IMAGE: &[u8] = &[0x10, 1];
/// `AudioPluginData` that says the same, and that the encoding is WAV.
const CONVERTED_AUDIO: &[u8] = &[0x10, 11, 0x18, 1];

/// A series as TensorBoard sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// Storage of its points.
    pub class: DataClass,
    /// With the class and the plugin set.
    pub metadata: SummaryMetadata,
}

impl Described {
    /// A series with these metadata on its first value; nothing if no dashboard could show it.
    pub fn of(form: Form, metadata: Option<&Metadata>) -> Option<Self> {
        let none = Metadata::default();
        let metadata = metadata.unwrap_or(&none);
        let (plugin, class, content) = match form {
            Form::Number => ("scalars", DataClass::Scalar, &[][..]),
            Form::Image => ("images", DataClass::BlobSequence, CONVERTED_IMAGE),
            Form::Histogram => ("histograms", DataClass::Tensor, &[][..]),
            Form::Audio => ("audio", DataClass::BlobSequence, CONVERTED_AUDIO),
            Form::Tensor => {
                let class = chosen(metadata).or_else(|| of_plugin(&metadata.plugin))?;
                return Some(Self::new(
                    &metadata.plugin,
                    class,
                    &metadata.content,
                    metadata,
                ));
            }
            // Hyperparameters are in the metadata.
            Form::Bare if metadata.plugin == HPARAMS => {
                let class = DataClass::Tensor;
                return Some(Self::new(HPARAMS, class, &metadata.content, metadata));
            }
            Form::Bare => return None,
        };
        // A writer that knows the class of what it writes has chosen the rest too.
        Some(if chosen(metadata) == Some(class) {
            Self::new(&metadata.plugin, class, &metadata.content, metadata)
        } else {
            Self::new(plugin, class, content, metadata)
        })
    }

    /// A graph or a profile.
    pub fn blob(plugin: &str) -> Self {
        Self::new(plugin, DataClass::BlobSequence, &[], &Metadata::default())
    }

    fn new(plugin: &str, class: DataClass, content: &[u8], metadata: &Metadata) -> Self {
        let metadata = SummaryMetadata {
            plugin_data: Some(PluginData {
                plugin_name: plugin.into(),
                content: content.to_vec(),
            }),
            display_name: metadata.display_name.clone(),
            summary_description: metadata.description.clone(),
            data_class: class as i32,
        };
        Self { class, metadata }
    }

    /// Name of its plugin.
    pub fn plugin(&self) -> &str {
        plugin_of(&self.metadata)
    }
}

/// Name of the plugin in some metadata.
pub fn plugin_of(metadata: &SummaryMetadata) -> &str {
    let data = metadata.plugin_data.as_ref();
    data.map_or("", |data| &data.plugin_name)
}

/// The class that the writer chose.
fn chosen(metadata: &Metadata) -> Option<DataClass> {
    DataClass::try_from(metadata.data_class)
        .ok()
        .filter(|&class| class != DataClass::Unknown)
}

/// The class of the known dashboards' data.
fn of_plugin(plugin: &str) -> Option<DataClass> {
    match plugin {
        "scalars" => Some(DataClass::Scalar),
        "images"
        | "audio"
        | "graph_keras_model"
        | "graph_run_metadata"
        | "graph_run_metadata_graph" => Some(DataClass::BlobSequence),
        "histograms" | "text" | "pr_curves" | "mesh" | "custom_scalars" | HPARAMS => {
            Some(DataClass::Tensor)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tensorbolt::proto::summary::DataClass;
    use tensorbolt::reader::{Form, Metadata};

    use super::Described;

    fn class(form: Form, plugin: &str, data_class: i32) -> Option<(DataClass, String)> {
        let metadata = Metadata {
            plugin: plugin.into(),
            data_class,
            ..Metadata::default()
        };
        let described = Described::of(form, Some(&metadata))?;
        Some((described.class, described.plugin().into()))
    }

    #[test]
    fn the_class_is_the_chosen_one_else_that_of_the_form_or_the_plugin() {
        use DataClass::{BlobSequence, Scalar, Tensor};
        let case = |class, plugin: &str| Some((class, plugin.to_owned()));
        assert_eq!(class(Form::Number, "mine", 0), case(Scalar, "scalars"));
        assert_eq!(class(Form::Number, "mine", 1), case(Scalar, "mine"));
        assert_eq!(class(Form::Image, "", 0), case(BlobSequence, "images"));
        assert_eq!(class(Form::Tensor, "text", 0), case(Tensor, "text"));
        assert_eq!(class(Form::Tensor, "mine", 2), case(Tensor, "mine"));
        assert_eq!(class(Form::Tensor, "mine", 0), None);
        assert_eq!(class(Form::Bare, "hparams", 0), case(Tensor, "hparams"));
        assert_eq!(class(Form::Bare, "text", 0), None);
    }
}
