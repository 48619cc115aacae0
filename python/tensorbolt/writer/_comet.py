"""Forwarding to Comet: wrappers replace methods of one writer, and also log to an experiment.

Writers that do not forward are unchanged.
"""

import functools
import inspect
import io
import json
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from tensorbolt import _arrays
from tensorbolt._arguments import check_step, mapping_of
from tensorbolt.writer import _wire
from tensorbolt.writer._capture import summaries

_Method = Callable[..., None]
_Png = Callable[[], bytes]


def enabled(config: Any) -> bool:
    """Return whether a `comet_config` asks for forwarding.

    Raises:
        TypeError: It is no dict.
        ValueError: It has no key "disabled".
        ImportError: It asks for forwarding, and `comet_ml` is not installed.
    """
    if mapping_of(config, "comet_config") is None:
        raise TypeError(
            f"comet_config must be a mapping or None, not {type(config).__name__}"
        )
    if "disabled" not in config:
        raise ValueError(
            "comet_config must say whether to forward to Comet: add 'disabled': False or 'disabled': True"
        )
    if config["disabled"]:
        return False
    try:
        import comet_ml  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "comet_config asks to forward to Comet, which needs comet_ml; install it with: pip install comet-ml"
        ) from error
    return True


def attach(writer: Any, config: dict[str, Any]) -> None:
    """Wrap the `add_*` methods and `close` of this writer, so that they forward."""
    comet = _Comet(config, writer._notices)
    for name in (*_FORWARDS, "close"):
        method = getattr(type(writer), name, None)
        if method is not None:
            writer.__dict__[name] = Forwarding(weakref.ref(writer), method, comet)


def without_forwarding(state: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a writer without the wrappers; a copy attaches its own."""
    return {
        name: value
        for name, value in state.items()
        if not isinstance(value, Forwarding)
    }


class Forwarding:
    """A method of one writer that also forwards to Comet. It does not keep the writer alive."""

    def __init__(
        self, writer: "weakref.ref[Any]", method: _Method, comet: "_Comet"
    ) -> None:
        functools.update_wrapper(self, method)
        self._writer = writer
        self._method = method
        self._comet = comet

    def __call__(self, *arguments: Any, **keywords: Any) -> None:
        writer: Any = self._writer()
        self._method(writer, *arguments, **keywords)
        name = self._method.__name__
        if name == "close":
            self._comet.end()
            return
        bound = inspect.signature(self._method).bind(writer, *arguments, **keywords)
        bound.apply_defaults()
        given = dict(bound.arguments)
        if given.get("global_step") is not None:
            given["global_step"] = check_step(given["global_step"])

        def again(recorder: Any) -> None:
            self._method(recorder, *arguments, **keywords)

        self._comet.forward(name, given, lambda: _png(again, writer._our_class()))


class _Comet:
    """The experiment, opened at the first event, and again at the first event after its end."""

    def __init__(self, config: dict[str, Any], notices: Any) -> None:
        self._config = config
        self._notices = notices
        self._experiment: Any = None

    def forward(self, name: str, given: dict[str, Any], png: _Png) -> None:
        """Forward one event. A failure of Comet is reported once, and training goes on."""
        try:
            if self._experiment is None:
                self._experiment = self._open()
            _FORWARDS[name](self._experiment, given, png)
        except Exception as error:
            self._notices.once(
                f"comet {type(error).__name__}",
                f"{name}: not forwarded to Comet: {type(error).__name__}: {error}",
            )

    def end(self) -> None:
        """End the experiment."""
        experiment, self._experiment = self._experiment, None
        if experiment is not None:
            experiment.end()

    def _open(self) -> Any:
        import comet_ml

        offline = "offline_directory" in self._config
        kind = comet_ml.OfflineExperiment if offline else comet_ml.Experiment
        experiment = kind(**self._config)
        experiment.log_other("Created from", "tensorbolt")
        return experiment


def _scalar(experiment: Any, given: dict[str, Any], _: _Png) -> None:
    titles = (given["new_style"], given["display_name"])
    title = next((text for text in titles if isinstance(text, str) and text), None)
    value = _arrays.number(given["scalar_value"])
    experiment.log_metric(title or given["tag"], value, step=given["global_step"])


def _scalars(experiment: Any, given: dict[str, Any], _: _Png) -> None:
    numbers = {
        key: _arrays.number(value) for key, value in given["tag_scalar_dict"].items()
    }
    experiment.log_metrics(numbers, prefix=given["main_tag"], step=given["global_step"])


def _histogram(experiment: Any, given: dict[str, Any], _: _Png) -> None:
    values = _arrays.plain(given["values"], "values")
    experiment.log_histogram_3d(values, name=given["tag"], step=given["global_step"])


def _image(experiment: Any, given: dict[str, Any], png: _Png) -> None:
    experiment.log_image(
        io.BytesIO(png()), name=given["tag"], step=given["global_step"]
    )


def _png(log: Callable[[Any], None], flavour: Any) -> bytes:
    """Return the PNG file that a call writes, boxes and grid included."""
    (summary,) = summaries(log, flavour)
    (value,) = _wire.fields(summary, _wire.SUMMARY_VALUE)
    (image,) = _wire.fields(value, _wire.VALUE_IMAGE)
    (png,) = _wire.fields(image, _wire.IMAGE_ENCODED)
    return png


def _text(experiment: Any, given: dict[str, Any], _: _Png) -> None:
    text = given["text_string"]
    text = text.decode() if isinstance(text, bytes) else text
    experiment.log_text(text, step=given["global_step"])


def _audio(experiment: Any, given: dict[str, Any], _: _Png) -> None:
    samples = _arrays.plain(given["snd_tensor"], "snd_tensor").squeeze()
    experiment.log_audio(
        samples,
        sample_rate=given["sample_rate"],
        file_name=given["tag"],
        step=given["global_step"],
    )


def _parameters(experiment: Any, given: dict[str, Any], _: _Png) -> None:
    experiment.log_parameters(given["hparam_dict"])


def _asset(experiment: Any, given: dict[str, Any], _: _Png) -> None:
    """Forward values for which Comet has no type as JSON, under the names of the arguments."""
    left_out = ("self", "tag", "global_step", "walltime")
    data = {key: value for key, value in given.items() if key not in left_out}
    text = json.dumps({"name": given["tag"], **data}, default=_listed)
    experiment.log_asset_data(text, name=given["tag"], step=given["global_step"])


def _listed(value: Any) -> Any:
    return np.asarray(_arrays.plain(value, "value")).tolist()


_FORWARDS: dict[str, Callable[[Any, dict[str, Any], _Png], None]] = {
    "add_scalar": _scalar,
    "add_scalars": _scalars,
    "add_histogram": _histogram,
    "add_histogram_raw": _asset,
    "add_image": _image,
    "add_images": _image,
    "add_image_with_boxes": _image,
    "add_text": _text,
    "add_audio": _audio,
    "add_hparams": _parameters,
    "add_mesh": _asset,
    "add_pr_curve": _asset,
    "add_pr_curve_raw": _asset,
}
