"""Images, grids of images, images with boxes, figures."""

import inspect
from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np

from tensorbolt import _arrays
from tensorbolt._arguments import check_tag, check_wall_time, shown
from tensorbolt._errors import ShapeError
from tensorbolt.writer._base import WriterBase

RANGE_WARNINGS = {
    "byte": "{what} {tag!r} of dtype {dtype} has values above 1 and is taken to reach from 0 to 255; "
    "pass uint8 to say so, or floats from 0 to 1",
    "word": "{what} {tag!r} of dtype {dtype} has values above 255 and is taken to reach from 0 to 65535; "
    "pass uint8, or floats from 0 to 1, to be explicit",
}

# The arguments after the wall time of add_image_with_boxes, in the order of each reference writer.
_TORCH_ORDER = ("rescale", "dataformats", "labels")
_TENSORBOARDX_ORDER = ("dataformats", "labels", "rescale")

CORNERS = 4
"""Numbers of a box: xmin, ymin, xmax, ymax."""


class ImageMethods(WriterBase):
    """The methods that log images."""

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """Log an image.

        The image is copied within the call and compressed on another thread.

        Args:
            tag: Name of the series; a slash makes a group.
            img_tensor: An array, tensor, nested list or PIL image with 1 to 4 channels (grey, grey and alpha, RGB,
                RGBA). uint8 is shown as it is; floats reach from 0 to 1, others are clipped, NaN is black; other integers
                reach from 0 to 255, or from 0 to 1 if none is greater.
            global_step: Step of this image.
            walltime: Seconds since the epoch; `None` is now.
            dataformats: Which axis is which: the letters N (batch), C (channel), H (row) and W (column) in any order,
                such as `"CHW"`, `"HWC"`, `"HW"` or `"NCHW"`. A batch becomes a grid of up to 8 columns. Not needed for
                PIL images.

        Raises:
            TypeError: `img_tensor` is no array of numbers.
            ShapeError: Its shape does not fit `dataformats`; a `ValueError` and an `AssertionError`.
        """
        self._add_pixels(tag, img_tensor, global_step, walltime, dataformats)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Log a batch of images as a grid of up to 8 columns.

        Args:
            tag: Name of the series.
            img_tensor: As for `add_image`, or a list of equally large images.
            global_step: Step of this grid.
            walltime: Seconds since the epoch; `None` is now.
            dataformats: As for `add_image`; for a list also the letters of a single image.

        Raises:
            TypeError: `img_tensor` is no array of numbers.
            ShapeError: Its shape does not fit `dataformats`; a `ValueError` and an `AssertionError`.
        """
        self._add_pixels(tag, img_tensor, global_step, walltime, dataformats)

    @overload
    def add_image_with_boxes(
        self,
        tag: str,
        img_tensor: Any,
        box_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        rescale: float = 1,
        dataformats: str = "CHW",
        labels: Sequence[str] | str | None = None,
    ) -> None: ...

    @overload
    def add_image_with_boxes(
        self,
        tag: str,
        img_tensor: Any,
        box_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
        labels: Sequence[str] | str | None = None,
        rescale: float = 1,
    ) -> None: ...

    def add_image_with_boxes(  # noqa: D417 - the overloads declare the arguments after walltime
        self,
        tag: str,
        img_tensor: Any,
        box_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        *rest: Any,
        **options: Any,
    ) -> None:
        """Log an image with red boxes and labels drawn on it.

        The last three arguments may also come in tensorboardX's order: dataformats, labels, rescale.

        Args:
            tag: Name of the series.
            img_tensor: As for `add_image`.
            box_tensor: N×4 numbers: xmin, ymin, xmax, ymax in pixels, fractions allowed.
            global_step: Step of this image.
            walltime: Seconds since the epoch; `None` is now.
            rescale: Factor of the image's size, after drawing.
            dataformats: As for `add_image`.
            labels: A text per box, or one `str` for a single box. A wrong number of labels draws none and warns.

        Raises:
            TypeError: An argument is of the wrong type.
            ValueError: A corner is not finite, or `rescale` not positive.
            ShapeError: A shape is wrong; a `ValueError` and an `AssertionError`.
        """
        chosen = _box_options(rest, options)
        corners = _arrays.plain(box_tensor, "box_tensor").astype(np.float64)
        if corners.size == 0:
            corners = corners.reshape(0, CORNERS)
        if corners.ndim != 2 or corners.shape[1] != CORNERS:  # noqa: PLR2004 - rows and columns
            raise ShapeError(
                f"box_tensor must be N×4 (xmin, ymin, xmax, ymax), but its shape is {corners.shape}"
            )
        texts = self._labels(chosen["labels"], len(corners))
        self._add_pixels(
            tag,
            img_tensor,
            global_step,
            walltime,
            chosen["dataformats"],
            boxes=np.ascontiguousarray(corners),
            labels=texts,
            rescale=_arrays.number(chosen["rescale"], "rescale"),
        )

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: Any = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """Log a matplotlib figure, or several as a grid.

        Args:
            tag: Name of the series.
            figure: A `matplotlib.figure.Figure` or an iterable of them. Transparent parts show the figure's face colour
                or white; smaller figures of a grid are padded with white.
            global_step: Step of this image.
            close: Whether pyplot closes the figures afterwards.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: `figure` is no figure.
            ValueError: There is none in the iterable.
        """
        # Imported here: most programs need none of it.
        from tensorbolt.writer import _figures

        tag, seconds = check_tag(tag), check_wall_time(walltime)
        figures = list(figure) if isinstance(figure, Iterable) else [figure]
        pixels = _figures.rendered(figures)
        if close:
            _figures.close(figures)
        images = pixels.transpose(0, 3, 1, 2)
        # Calls the public methods, as both reference writers do, because subclasses may override them.
        if isinstance(figure, Iterable):
            self.add_images(tag, images, global_step, seconds, dataformats="NCHW")
        else:
            self.add_image(tag, images[0], global_step, seconds, dataformats="CHW")

    def _add_pixels(
        self,
        tag: str,
        image: Any,
        global_step: Any,
        walltime: Any,
        dataformats: str,
        boxes: "np.ndarray[Any, Any] | None" = None,
        labels: list[str] | None = None,
        rescale: float = 1.0,
    ) -> None:
        tag, seconds = check_tag(tag), self._wall_time(walltime)
        check_dataformats(dataformats, "N, C, H and W", "CHW")
        (data, bfloat16), layout = _arrays.images(image, dataformats, "img_tensor")
        outcome = self._emit_numbered(
            global_step,
            tag,
            lambda events, step: events.add_image(
                tag,
                data,
                bfloat16,
                layout,
                self.image_compression,
                boxes,
                labels,
                rescale,
                step,
                seconds,
            ),
        )
        if outcome.remark is not None:
            self._notices.once(
                f"{outcome.remark} {tag}",
                RANGE_WARNINGS[outcome.remark].format(
                    what="image", tag=tag, dtype=data.dtype
                ),
            )

    def _labels(self, labels: Any, count: int) -> list[str] | None:
        if labels is None:
            return None
        if not isinstance(labels, Iterable):
            raise TypeError(
                f"labels must be a str or a list of them, not {type(labels).__name__}"
            )
        if isinstance(labels, str):
            texts = [labels]
        else:
            # Imported here: most programs need none of it.
            from tensorbolt._frames import in_order

            texts = [str(label) for label in in_order(labels, "labels")]
        if len(texts) != count:
            self._notices.once(
                "labels",
                f"add_image_with_boxes: {len(texts)} labels for {count} boxes; boxes are drawn without labels",
            )
            return None
        return [check_tag(text, "labels") for text in texts]


# Tools that read signatures see torch's order; the call itself takes both.
ImageMethods.add_image_with_boxes.__dict__["__signature__"] = inspect.Signature(
    [
        inspect.Parameter(
            name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default
        )
        for name, default in {
            **dict.fromkeys(
                ("self", "tag", "img_tensor", "box_tensor"), inspect.Parameter.empty
            ),
            "global_step": None,
            "walltime": None,
            "rescale": 1,
            "dataformats": "CHW",
            "labels": None,
        }.items()
    ]
)


def check_dataformats(dataformats: Any, letters: str, example: str) -> None:
    """Raise unless `dataformats` is text that the core accepts.

    Raises:
        TypeError: It is no `str`.
        ShapeError: It holds other characters than ASCII.
    """
    if not isinstance(dataformats, str):
        raise TypeError(
            f"dataformats must be a str such as {example!r}, not {type(dataformats).__name__}"
        )
    if not dataformats.isascii():
        raise ShapeError(
            f"dataformats must hold the letters {letters} only, not {shown(dataformats)}"
        )


def _box_options(rest: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Return rescale, dataformats and labels; a `str` in the first place means tensorboardX's order."""
    order = _TENSORBOARDX_ORDER if rest and isinstance(rest[0], str) else _TORCH_ORDER
    if len(rest) > len(order):
        raise TypeError(
            f"add_image_with_boxes takes at most {', '.join(order)} after walltime; leave out {rest[3:]!r}"
        )
    given = dict(zip(order, rest, strict=False))
    for name in named:
        if name not in order:
            raise TypeError(
                f"add_image_with_boxes has no argument {shown(name)}; it takes {', '.join(order)}"
            )
        if name in given:
            raise TypeError(
                f"add_image_with_boxes got {name} twice, by position and by name; leave out one"
            )
    return {"rescale": 1, "dataformats": "CHW", "labels": None, **given, **named}
