"""PLY files: meshes and point clouds for other programs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_VERTEX = [(axis, "<f4") for axis in "xyz"]
_COLOR = [(color, "u1") for color in ("red", "green", "blue")]
_FACE = [("count", "u1"), ("points", "<i4", (3,))]
_BRIGHTEST = 255


def encoded(
    vertices: NDArray[Any], faces: NDArray[Any] | None, colors: NDArray[Any] | None
) -> bytes:
    """A mesh as a binary PLY file.

    Args:
        vertices: Points of shape `[points, 3]`.
        faces: Triangles of shape `[triangles, 3]`, or `None` for a point cloud.
        colors: Red, green and blue of each point of shape `[points, 3]`, 0 to 255, or `None`.

    Raises:
        ValueError: There is not one colour for each point, or colours are not 0 to 255.
    """
    lines = ["ply", "format binary_little_endian 1.0"]
    lines += [f"element vertex {len(vertices)}"]
    lines += [f"property float {axis}" for axis, _ in _VERTEX]
    points = np.empty(len(vertices), _VERTEX + (_COLOR if colors is not None else []))
    for place, (axis, _) in enumerate(_VERTEX):
        points[axis] = vertices[:, place]
    if colors is not None:
        if len(colors) != len(vertices):
            raise ValueError(
                f"there are {len(colors)} colors for {len(vertices)} points; there has to be one for each"
            )
        if colors.size and not (colors.min() >= 0 and colors.max() <= _BRIGHTEST):
            raise ValueError("colors must be 0 to 255 for a PLY file")
        lines += [f"property uchar {color}" for color, _ in _COLOR]
        for place, (color, _) in enumerate(_COLOR):
            points[color] = colors[:, place]
    body = points.tobytes()
    if faces is not None:
        lines += [f"element face {len(faces)}"]
        lines += ["property list uchar int vertex_indices"]
        triangles = np.empty(len(faces), _FACE)
        triangles["count"], triangles["points"] = 3, faces
        body += triangles.tobytes()
    return "\n".join([*lines, "end_header", ""]).encode() + body
