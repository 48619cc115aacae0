"""The writers of `tensorboardX`, which clean tags and name sub-runs and parts of meshes in its way."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tensorbolt import _paths, file_writer, writer
from tensorbolt._errors import ShapeError
from tensorbolt.compat.tensorboardx._tags import clean_tag, cleaning
from tensorbolt.compat.tensorboardx.event_file_writer import EventFileWriter
from tensorbolt.writer._naming import Naming

__all__ = ["DummyFileWriter", "EventFileWriter", "FileWriter", "SummaryWriter"]

TENSORBOARDX_NAMING = Naming(
    clean_tag, _paths.nested_sub_run, clean_tag, "numbered", "profiler"
)


class FileWriter(file_writer.FileWriter):
    """A `tensorbolt.FileWriter` that uses the tag of `tensorboardX` for the run of a graph."""

    _graph_tag = TENSORBOARDX_NAMING.graph_tag


class DummyFileWriter(file_writer.DummyFileWriter, FileWriter):
    """A `FileWriter` that checks its arguments and writes nothing."""


class SummaryWriter(writer.SummaryWriter):
    """A `tensorbolt.SummaryWriter` with the names that `tensorboardX` gives.

    `add_scalar(s)`, `add_histogram`, `add_image(s)`, `add_figure` and `add_video` clean their tags, and `add_hparams`
    those of its scalars. The curves of `add_scalars` are runs `<logdir>/<main_tag>/<key>`. `add_embedding` refuses
    images that are not as wide as high.
    """

    # Unknown keywords, which tensorboardX keeps until its file writer refuses them.
    kwargs: Mapping[str, Any] = MappingProxyType({})
    _naming = TENSORBOARDX_NAMING
    _file_kinds = FileWriter, DummyFileWriter

    add_scalar = cleaning(writer.SummaryWriter.add_scalar)
    _original_add_scalar = add_scalar
    add_histogram = cleaning(writer.SummaryWriter.add_histogram)
    add_image = cleaning(writer.SummaryWriter.add_image)
    add_images = cleaning(writer.SummaryWriter.add_images)
    add_figure = cleaning(writer.SummaryWriter.add_figure)
    add_video = cleaning(writer.SummaryWriter.add_video)

    def add_embedding(
        self,
        mat: Any,
        metadata: Any = None,
        label_img: Any = None,
        global_step: Any = None,
        tag: str = "default",
        metadata_header: Any = None,
        *,
        binary: bool = False,
    ) -> None:
        """Log an embedding as `tensorbolt.SummaryWriter.add_embedding` does, with images that are as wide as high.

        Raises:
            ShapeError: The images are not as wide as high; a `ValueError` and an `AssertionError`.
        """
        match getattr(label_img, "shape", ()):
            case [_, _, height, width] if height != width:
                raise ShapeError(
                    f"label_img must have images as wide as high, not {width}×{height}; tensorbolt.SummaryWriter"
                    " takes any"
                )
        super().add_embedding(
            mat,
            metadata,
            label_img,
            global_step,
            tag,
            metadata_header,
            binary=binary,
        )
