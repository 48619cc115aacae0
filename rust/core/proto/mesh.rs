//! The mesh plugin's own message.

use prost::Message;

/// Data for the plugin `mesh` about one part of a mesh.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct MeshPluginData {
    /// Always 0.
    #[prost(int32, tag = "1")]
    pub version: i32,
    /// Name of the mesh, the same for all its parts.
    #[prost(string, tag = "2")]
    pub name: String,
    /// See [`ContentType`].
    #[prost(enumeration = "ContentType", tag = "3")]
    pub content_type: i32,
    /// Camera, lights and material as a JSON object.
    #[prost(string, tag = "5")]
    pub json_config: String,
    /// Shape of the part's tensor.
    #[prost(int32, repeated, tag = "6")]
    pub shape: Vec<i32>,
    /// Bits of the parts that the mesh has; 0 is read as all.
    #[prost(uint32, tag = "7")]
    pub components: u32,
}

/// A part of a mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum ContentType {
    /// None.
    Undefined = 0,
    /// Points.
    Vertex = 1,
    /// Triangles between points.
    Face = 2,
    /// Colours of points.
    Color = 3,
}

impl ContentType {
    /// The part's bit in [`MeshPluginData::components`].
    #[must_use]
    pub fn bit(self) -> u32 {
        1 << self as i32
    }
}
