"""The functions of both `summary` modules: each returns the message that a method of the writer would log.

Where our writer improves on a reference writer's encoding, the functions keep the reference writer's, because users
compare their results with stored ones. That needs the protobuf package; without it there are no messages to compare.
"""

import io
from collections.abc import Callable
from typing import Any

import numpy as np

from tensorbolt._arguments import mapping_of
from tensorbolt.compat import _experiment, _messages, _quirks
from tensorbolt.writer import SummaryWriter, _wire
from tensorbolt.writer._capture import summaries
from tensorbolt.writer._pr_curves import DEFAULT_THRESHOLDS


class Summaries:
    """The functions, for one reference writer.

    They return messages of that writer's protobuf package or, where it is not installed, objects with
    `SerializeToString()`. Arguments and errors are those of the writer's method of that name.

    Args:
        flavour: The writer whose names and values they have.
        package: The package with the types of messages.
        pixels: Called first with images and videos; returns the pixels to encode.
    """

    def __init__(
        self,
        flavour: type[SummaryWriter],
        package: str,
        pixels: Callable[[Any], Any] = lambda tensor: tensor,
    ) -> None:
        self._flavour = flavour
        self._package = package
        self._pixels = pixels

    def _one(self, log: Callable[[Any], None]) -> Any:
        """Return one summary that holds all values."""
        data = b"".join(summaries(log, self._flavour))
        return _messages.message(self._package, "Summary", data)

    def _part(self, log: Callable[[Any], None], number: int, name: str) -> Any:
        """Return the content of the only value."""
        (summary,) = summaries(log, self._flavour)
        (value,) = _wire.fields(summary, _wire.SUMMARY_VALUE)
        (part,) = _wire.fields(value, number)
        return _messages.message(self._package, name, part)

    def histogram(
        self, name: str, values: Any, bins: Any, max_bins: int | None = None
    ) -> Any:
        """Return the summary of `add_histogram`; the bins called `"tensorflow"` are the writer's `default_bins`."""
        _check_bins(bins)
        return self._one(
            lambda w: w.add_histogram(name, values, bins=bins, max_bins=max_bins)
        )

    def make_histogram(
        self, values: Any, bins: Any, max_bins: int | None = None
    ) -> Any:
        """Return the `HistogramProto` of `add_histogram`; see `histogram`."""
        _check_bins(bins)
        return self._part(
            lambda w: w.add_histogram("", values, bins=bins, max_bins=max_bins),
            _wire.VALUE_HISTOGRAM,
            "HistogramProto",
        )

    def histogram_raw(
        self,
        name: str,
        min: float,
        max: float,
        num: float,
        sum: float,
        sum_squares: float,
        bucket_limits: Any,
        bucket_counts: Any,
    ) -> Any:
        """Return the summary of `add_histogram_raw`."""
        statistics = (min, max, num, sum, sum_squares)
        return self._one(
            lambda w: w.add_histogram_raw(
                name, *statistics, bucket_limits, bucket_counts
            )
        )

    def _image(self, tag: str, tensor: Any, rescale: float, dataformats: str) -> Any:
        boxes = np.zeros((0, 4))
        image = self._pixels(tensor)
        # add_image cannot rescale. Without boxes add_image_with_boxes does the same, but it does not clean the tag.
        return _quirks.image_summary(
            self._one(
                lambda w: (
                    w.add_image_with_boxes(
                        w._naming.curve_tag(tag),
                        image,
                        boxes,
                        None,
                        None,
                        rescale,
                        dataformats,
                    )
                    if rescale != 1
                    else w.add_image(tag, image, dataformats=dataformats)
                )
            )
        )

    def image_boxes(
        self,
        tag: str,
        tensor_image: Any,
        tensor_boxes: Any,
        rescale: float = 1,
        dataformats: str = "CHW",
        labels: Any = None,
    ) -> Any:
        """Return the summary of `add_image_with_boxes`."""
        image = self._pixels(tensor_image)
        rest = (rescale, dataformats, labels)
        return _quirks.image_summary(
            self._one(
                lambda w: w.add_image_with_boxes(
                    tag, image, tensor_boxes, None, None, *rest
                )
            )
        )

    def make_image(
        self, tensor: Any, rescale: float = 1, rois: Any = None, labels: Any = None
    ) -> Any:
        """Return the `Summary.Image` of H×W×C pixels, with boxes `rois` drawn on them."""
        boxes = np.zeros((0, 4)) if rois is None else rois
        return _quirks.image(
            self._part(
                lambda w: w.add_image_with_boxes(
                    "", tensor, boxes, None, None, rescale, "HWC", labels
                ),
                _wire.VALUE_IMAGE,
                "Summary.Image",
            )
        )

    def draw_boxes(self, disp_image: Any, boxes: Any, labels: Any = None) -> Any:
        """Return a PIL image with boxes drawn on it. Needs Pillow."""
        from PIL import Image

        drawn = self.make_image(np.asarray(disp_image), rois=boxes, labels=labels)
        (png,) = _wire.fields(drawn.SerializeToString(), _wire.IMAGE_ENCODED)
        return Image.open(io.BytesIO(png)).convert(disp_image.mode)

    def _video(self, tag: str, tensor: Any, fps: float, dataformats: str) -> Any:
        videos = self._pixels(tensor)
        return self._one(
            lambda w: w.add_video(tag, videos, fps=fps, dataformats=dataformats)
        )

    def make_video(self, tensor: Any, fps: float) -> Any:
        """Return the `Summary.Image` of T×H×W×C pixels."""
        return self._part(
            lambda w: w.add_video("", tensor, fps=fps, dataformats="THWC"),
            _wire.VALUE_IMAGE,
            "Summary.Image",
        )

    def audio(self, tag: str, tensor: Any, sample_rate: float = 44100) -> Any:
        """Return the summary of `add_audio`."""
        return _quirks.audio(
            self._one(lambda w: w.add_audio(tag, tensor, sample_rate=sample_rate))
        )

    def text(self, tag: str, text: str) -> Any:
        """Return the summary of `add_text`."""
        return self._one(lambda w: w.add_text(tag, text))

    def custom_scalars(self, layout: Any) -> Any:
        """Return the summary of `add_custom_scalars`."""
        return self._one(lambda w: w.add_custom_scalars(layout))

    def pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        num_thresholds: int = DEFAULT_THRESHOLDS,
        weights: Any = None,
    ) -> Any:
        """Return the summary of `add_pr_curve`."""
        return self._one(
            lambda w: w.add_pr_curve(
                tag, labels, predictions, None, num_thresholds, weights
            )
        )

    def pr_curve_raw(
        self,
        tag: str,
        tp: Any,
        fp: Any,
        tn: Any,
        fn: Any,
        precision: Any,
        recall: Any,
        num_thresholds: int = DEFAULT_THRESHOLDS,
        weights: Any = None,
    ) -> Any:
        """Return the summary of `add_pr_curve_raw`."""
        rows = (tp, fp, tn, fn, precision, recall)
        summary = self._one(lambda w: w.add_pr_curve_raw(tag, *rows, weights=weights))
        return _quirks.pr_curve(self._package, summary, num_thresholds)

    def _mesh(
        self, tag: str, vertices: Any, colors: Any, faces: Any, config_dict: Any
    ) -> Any:
        return self._one(
            lambda w: w.add_mesh(tag, vertices, colors, faces, config_dict)
        )

    def _hparams(self, hparam_dict: Any, metric_dict: Any, domains: Any) -> Any:
        """Return the summaries of experiment, start and end; only the names of metrics matter."""
        metrics = mapping_of(metric_dict, "metric_dict")
        names = metric_dict if metrics is None else dict.fromkeys(metrics, 0.0)
        # The writer makes an experiment only with domains. One value as a domain causes it, and is removed again.
        given = dict(domains or {})
        own = mapping_of(hparam_dict, "hparam_dict") or {}
        added = {
            name: [value]
            for name, value in own.items()
            if name not in given and isinstance(value, (bool, int, float, str))
        }
        found = summaries(
            lambda w: w.add_hparams(hparam_dict, names, {**added, **given} or None),
            self._flavour,
        )
        return _experiment.three(self._package, found, set(added))


def _check_bins(bins: Any) -> None:
    if isinstance(bins, str) and bins == "tensorflow":
        raise ValueError(
            "bins must be edges, a number or a rule of numpy.histogram, not 'tensorflow', which only writers know; "
            "pass default_bins of a writer"
        )
