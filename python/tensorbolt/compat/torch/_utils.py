"""Axes, grids and figures, as numpy arrays."""

from tensorbolt.compat._pixels import convert_to_HWC, figure_to_image, make_grid
from tensorbolt.compat._pixels import prepare_video as _prepare_video

__all__ = ["_prepare_video", "convert_to_HWC", "figure_to_image", "make_grid"]
