//! Positions as tuples.

use tensorbolt::reader::{Metadata, Position};

/// Run, file, identity, offset, bytes before it, whether the rest is given up, and described tags.
pub type Mark = (
    String,
    String,
    Option<(u64, u64)>,
    u64,
    Vec<u8>,
    bool,
    Vec<Described>,
);

/// Tag, plugin, the plugin's bytes, display name, description.
type Described = (Vec<u8>, String, Vec<u8>, String, String);

/// The tuple of a position.
pub fn to_mark(position: Position) -> Mark {
    let tags = position.tags.into_iter().map(|(tag, metadata)| {
        (
            tag,
            metadata.plugin,
            metadata.content,
            metadata.display_name,
            metadata.description,
        )
    });
    (
        position.run,
        position.name,
        position.identity,
        position.offset,
        position.tail,
        position.is_given_up,
        tags.collect(),
    )
}

/// The position of a tuple.
pub fn of_mark(mark: Mark) -> Position {
    let (run, name, identity, offset, tail, is_given_up, tags) = mark;
    let tags = tags
        .into_iter()
        .map(|(tag, plugin, content, display_name, description)| {
            let metadata = Metadata {
                plugin,
                content,
                display_name,
                description,
                ..Metadata::default()
            };
            (tag, metadata)
        });
    Position {
        run,
        name,
        identity,
        offset,
        tail,
        is_given_up,
        tags: tags.collect(),
    }
}
