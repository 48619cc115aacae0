"""Meshes and point clouds."""

from collections.abc import Mapping
from typing import Any

from tensorbolt import _arrays
from tensorbolt._arguments import check_tag, mapping_of
from tensorbolt.writer._base import WriterBase

PAGE_VERTICES = 2**16
"""Vertices that TensorBoard's page can make faces of: it keeps their indices in 16 bits."""


class MeshMethods(WriterBase):
    """The method that logs meshes."""

    def add_mesh(
        self,
        tag: str,
        vertices: Any,
        colors: Any = None,
        faces: Any = None,
        config_dict: Mapping[str, Any] | None = None,
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log a mesh or a point cloud, or a batch of them.

        It is checked and copied within the call and serialised on another thread.

        Args:
            tag: Name of the series.
            vertices: Points: an array, tensor or nested list of shape (B, N, 3), or (N, 3) for a single one.
            colors: A colour per vertex, of the same shape: whole numbers from 0 to 255, or floats. If none of the
                floats is above 1 they reach from 0 to 1 and are scaled by 255, else from 0 to 255. What is outside is
                clipped, NaN is 0.
            faces: Triangles: (B, F, 3) indices of vertices, from 0 to below N; (F, 3) for a single one.
            config_dict: Scene: the keys `camera`, `lights` and `material`, each with the name of a class of three.js
                as `cls` and its options; anything that JSON can hold.
            global_step: Step of this mesh.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: An argument is of the wrong type, or `config_dict` holds what JSON cannot.
            ValueError: A face has no such vertex, or the mesh takes 2 GiB or more.
            ShapeError: Shapes do not fit each other; a `ValueError` and an `AssertionError`.
        """
        tag, seconds = check_tag(tag), self._wall_time(walltime)
        config = _json(config_dict)
        points = _arrays.array(vertices, "vertices")
        triangles = None if faces is None else _arrays.array(faces, "faces")
        tints = None if colors is None else _arrays.array(colors, "colors")
        self._emit_numbered(
            global_step,
            tag,
            lambda events, step: events.add_mesh(
                tag,
                points,
                triangles,
                tints,
                config,
                self._naming.part_tags,
                step,
                seconds,
            ),
        )
        if triangles is not None and points.data.shape[-2] > PAGE_VERTICES:
            self._notices.once(
                f"vertices {tag}",
                f"mesh {tag!r} has faces and {points.data.shape[-2]} vertices; TensorBoard's page draws faces wrongly "
                f"if there are more than {PAGE_VERTICES}: simplify the mesh, or leave out faces for a point cloud",
            )


def _json(config: Any) -> str:
    if config is None:
        return "{}"
    if mapping_of(config, "config_dict") is None:
        raise TypeError(
            f"config_dict must be a mapping or None, not {type(config).__name__}"
        )
    # Imported here, so that `import tensorbolt` is quick.
    import json

    try:
        return json.dumps(config, sort_keys=True, allow_nan=False, default=_as_dict)
    except (TypeError, RecursionError) as error:
        raise TypeError(
            f"config_dict must hold only what JSON can: str, numbers, bool, None, list, dict with str keys: {error}"
        ) from None
    except ValueError as error:
        raise ValueError(
            f"config_dict must be a tree of finite numbers and texts: {error}"
        ) from None


def _as_dict(value: Any) -> dict[Any, Any]:
    """Return a mapping that JSON does not know as one."""
    mapping = mapping_of(value, "a mapping of config_dict")
    if mapping is None:
        raise TypeError(f"{type(value).__name__} is none of these")
    return dict(mapping)
