//! Meshes.

use prost::Message;

use super::event;
use crate::error::{Error, Result};
use crate::mesh::{Mesh, Part};
use crate::proto::event::At;
use crate::proto::mesh::{ContentType, MeshPluginData};
use crate::proto::summary::{Data, Summary, SummaryMetadata, Value};
use crate::proto::tensor::TensorProto;

/// Suffixes of the tags of a mesh's parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartTags {
    /// `_VERTEX`, `_FACE`, `_COLOR`, and each part names the others.
    Named,
    /// `_1`, `_2`, `_3`, as tensorboardX has them; no part names the others.
    Numbered,
}

impl PartTags {
    /// From its name in lower case.
    ///
    /// # Errors
    ///
    /// `is_argument` for any other name.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "named" => Ok(Self::Named),
            "numbered" => Ok(Self::Numbered),
            _ => Err(Error::argument(format!(
                "part_tags must be \"named\" or \"numbered\", not {name:?}"
            ))),
        }
    }

    fn suffix(self, part: ContentType) -> String {
        match (self, part) {
            (Self::Named, ContentType::Vertex) => "_VERTEX".into(),
            (Self::Named, ContentType::Face) => "_FACE".into(),
            (Self::Named, ContentType::Color) => "_COLOR".into(),
            _ => format!("_{}", part as i32),
        }
    }
}

/// A mesh: one value per part, in one event. `config` is the JSON object of the scene.
#[must_use]
pub fn mesh(at: At, tag: &str, mesh: Mesh, config: &str, tags: PartTags) -> Vec<u8> {
    let components = match tags {
        PartTags::Named => mesh.parts.iter().map(|part| part.content_type.bit()).sum(),
        PartTags::Numbered => 0,
    };
    let value = |part: Part| {
        let plugin = MeshPluginData {
            version: 0,
            name: tag.into(),
            content_type: part.content_type.into(),
            json_config: config.into(),
            shape: part.shape.iter().map(|&size| size as i32).collect(),
            components,
        };
        Value {
            tag: format!("{tag}{}", tags.suffix(part.content_type)),
            metadata: Some(SummaryMetadata::with_content(
                "mesh",
                plugin.encode_to_vec(),
            )),
            data: Some(Data::Tensor(TensorProto::floats(&part.shape, part.values))),
            ..Value::default()
        }
    };
    let value = mesh.parts.into_iter().map(value).collect();
    event(at, Summary { value })
}
