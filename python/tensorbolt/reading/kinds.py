"""Tables of kinds of data whose values are long: they are read when a table is first asked for."""

from collections.abc import Callable
from typing import Any, TypeVar

from tensorbolt import _core
from tensorbolt.reading.audio import Audio, audio, audio_of
from tensorbolt.reading.graph_rows import graphs
from tensorbolt.reading.graphs import Graphs
from tensorbolt.reading.histograms import Histograms, histogram_of, histograms
from tensorbolt.reading.hparams import HParams
from tensorbolt.reading.layout import Layout, layout, layout_of
from tensorbolt.reading.media import Images, images, images_of
from tensorbolt.reading.mesh_parts import meshes
from tensorbolt.reading.meshes import Meshes, shape_of
from tensorbolt.reading.pr_curves import PrCurves, pr_curve_of, pr_curves
from tensorbolt.reading.rows import Fault, Places, Rows, decode, read_rows
from tensorbolt.reading.scalars import Scalars
from tensorbolt.reading.sessions import hparams
from tensorbolt.reading.tensors import Tensors, tensor_of, tensors
from tensorbolt.reading.text import Text, text, text_of

T = TypeVar("T")


class LongKinds:
    """The part of a log that has these tables."""

    _kinds: tuple[str, ...]
    _time_form: str
    _wants_tag: Callable[[str], bool] | None
    _raises: bool
    _made: dict[str, Any]
    _faults: dict[str, list[Fault]]
    _read: Callable[[], _core.Log]
    _all_scalars: Callable[[], Scalars]

    @property
    def histograms(self) -> Histograms:
        """All histograms, of both forms, one row each; see `Histograms` for the columns.

        Raises:
            OSError: A file cannot be read any more.
            ValueError: The log was read without histograms, or a value is malformed and damage is to be an error.
        """
        return self._long("histograms", histogram_of, histograms)

    @property
    def text(self) -> Text:
        """All text, one row a value; see `Text` for the columns.

        Raises:
            OSError: A file cannot be read any more.
            ValueError: The log was read without text, or a value is malformed and damage is to be an error.
        """
        return self._long("text", text_of, text)

    @property
    def tensors(self) -> Tensors:
        """All tensors that are no other kind of data, of every dtype, one row a value; see `Tensors` for the columns.

        Raises:
            OSError: A file cannot be read any more.
            ValueError: The log was read without tensors, or a value is malformed and damage is to be an error.
        """
        return self._long("tensors", tensor_of, tensors)

    @property
    def images(self) -> Images:
        """All images, of both forms, one row each; see `Images` for the columns. Bytes stay in the files until they are asked for.

        Raises:
            OSError: A file cannot be read any more.
            ValueError: The log was read without images, or a value is malformed and damage is to be an error.
        """
        return self._media("images", images_of, images)

    @property
    def audio(self) -> Audio:
        """All audio, of both forms, one row a clip; see `Audio` for the columns. Bytes stay in the files until they are asked for.

        Raises:
            OSError: A file cannot be read any more.
            ValueError: The log was read without audio, or a value is malformed and damage is to be an error.
        """
        return self._media("audio", audio_of, audio)

    @property
    def pr_curves(self) -> PrCurves:
        """All precision-recall curves, one row a threshold; see `PrCurves` for the columns.

        Raises:
            OSError: A file cannot be read any more.
            ValueError: The log was read without pr_curves, or a value is malformed and damage is to be an error.
        """
        return self._long("pr_curves", pr_curve_of, pr_curves)

    @property
    def meshes(self) -> Meshes:
        """All meshes and point clouds, one row each; see `Meshes` for the columns. Numbers stay in the files until they are asked for.

        Raises:
            OSError: A file cannot be read any more.
            ValueError: The log was read without meshes, or a value is malformed and damage is to be an error.
        """
        if "meshes" not in self._made:
            rows, columns, shapes = self._decoded("meshes", shape_of)
            core = self._read()
            places = Places(core, rows.kept)
            table, faults = meshes(rows, columns, shapes, places, core.file)
            self._note("meshes", rows.faults + faults)
            self._made["meshes"] = table
        made: Meshes = self._made["meshes"]
        return made

    @property
    def graphs(self) -> Graphs:
        """All graphs and metadata of their runs, one row each; see `Graphs` for the columns. Bytes stay in the files until they are asked for.

        They describe the whole run: `steps` does not choose among them, and those without a tag are there as often as they were logged.

        Raises:
            OSError: A file cannot be read any more.
            ValueError: The log was read without graphs, or a value is malformed and damage is to be an error.
        """
        self._wanted("graphs")
        if "graphs" not in self._made:
            table, faults = graphs(self._read(), self._wants_tag, self._time_form)
            self._note("graphs", faults)
            self._made["graphs"] = table
        made: Graphs = self._made["graphs"]
        return made

    @property
    def hparams(self) -> HParams:
        """Hyperparameters, status, times and metrics of sessions, one row each; see `HParams` for the columns.

        The first hyperparameters of a run count, as on TensorBoard's page, whatever their step; `tags` and `steps` choose
        among the metrics alone. Without the kind `scalars` there are no metrics.

        Raises:
            ValueError: The log was read without hparams, or with `duplicates="error"` and there are some, or a value is malformed
                and damage is to be an error.
        """
        self._wanted("hparams")
        if "hparams" not in self._made:
            table, faults = hparams(self._read(), self._all_scalars(), self._time_form)
            self._note("hparams", faults)
            self._made["hparams"] = table
        made: HParams = self._made["hparams"]
        return made

    @property
    def layout(self) -> Layout:
        """The charts of the Custom Scalars dashboard, one row a line; see `Layout` for the columns.

        Raises:
            OSError: A file cannot be read any more.
            ValueError: The log was read without layout, or a value is malformed and damage is to be an error.
        """
        return self._long("layout", layout_of, layout)

    def _long(
        self,
        kind: str,
        convert: Callable[[tuple[Any, ...]], Any],
        make: Callable[[Any, Any], T],
    ) -> T:
        if kind not in self._made:
            _, columns, values = self._decoded(kind, convert)
            self._made[kind] = make(columns, values)
        made: T = self._made[kind]
        return made

    def _media(
        self,
        kind: str,
        convert: Callable[[tuple[Any, ...]], Any],
        make: Callable[[Any, Any, Places], T],
    ) -> T:
        if kind not in self._made:
            rows, columns, values = self._decoded(kind, convert)
            places = Places(self._read(), rows.kept)
            self._made[kind] = make(columns, values, places)
        made: T = self._made[kind]
        return made

    def _decoded(
        self, kind: str, convert: Callable[[tuple[Any, ...]], Any]
    ) -> tuple[Rows, dict[str, Any], list[Any]]:
        self._wanted(kind)
        core = self._read()
        rows = read_rows(core, kind, self._time_form)
        columns, values = decode(core, rows, kind, convert)
        self._note(kind, rows.faults)
        return rows, columns, values

    def _note(self, kind: str, faults: list[Fault]) -> None:
        """Has the table of damage list values that are left out."""
        if faults and self._raises:
            _, name, offset, _, reason = faults[0]
            raise ValueError(
                f'{name}, byte {offset}: {reason}; pass on_damage="skip" to read what is whole'
            )
        self._faults[kind] = faults
        self._made.pop("damage", None)

    def _wanted(self, kind: str) -> None:
        if kind not in self._kinds:
            raise ValueError(
                f"the log was read without {kind}: kinds was {list(self._kinds)!r}"
            )
