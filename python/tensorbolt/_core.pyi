from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Final, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from tensorbolt.reading.column import Column
from tensorbolt.writer.graphs.node import Node

__all__ = [
    "Examination",
    "Follower",
    "Log",
    "Session",
    "Steps",
    "Writer",
    "__version__",
    "add_curves",
    "downsample",
    "encode_record",
    "end",
    "event_files",
    "graph_def",
    "masked_crc32c",
    "now",
    "run_metadata",
    "shared_descriptors",
    "table_schema",
    "table_stream",
    "write_csv",
    "write_json",
    "write_parquet",
]

__version__: Final[str]

# Whether there are problems to tell, and how many values were NaN, infinite, and outside all buckets.
_Told: TypeAlias = tuple[bool, int, int, int]

# The last step of each tag, over the files of a run.
@final
class Steps:
    def __new__(cls) -> Steps: ...

@final
class Examination:
    def __new__(cls, path: Path, output: Path | None, steps: Steps) -> Examination: ...
    def advance(self) -> bool: ...
    @property
    def bytes(self) -> int: ...
    def summary(self) -> dict[str, Any]: ...

# Tag, step, seconds since the epoch, value. Without a tag: what the run had from this step on does not count any more.
_Point: TypeAlias = tuple[str | None, int, float, float]

@final
class Follower:
    def __new__(cls, path: Path) -> Follower: ...
    # What has come, and whether there is more.
    def look(self) -> tuple[list[_Point], bool]: ...
    # From tag to the name of its plugin, the number of values, and their bytes.
    def series(self) -> dict[str, tuple[str, int, int]]: ...
    @property
    def position(self) -> int: ...
    @property
    def damage(self) -> int: ...
    @property
    def timeless(self) -> int: ...

@final
class Log:
    def __new__(
        cls,
        kinds: list[str],
        steps: tuple[int, int],
        checksum: bool,
        on_damage: str,
        restarts: str,
        duplicates: str,
        threads: int,
        wants_tag: Callable[[str], bool] | None,
    ) -> Log: ...
    # Name of the run and of the file, a path or an open file, and where reading begins.
    def set_files(self, files: list[tuple[str, str, Any, int]]) -> None: ...
    def read(self) -> bool: ...
    # Runs; tags; run, tag and number of points of each group; codes of runs and tags; steps; times; values.
    def scalars(
        self,
    ) -> tuple[
        list[str],
        list[str],
        list[tuple[int, int, int]],
        bytes,
        bytes,
        bytes,
        bytes,
        bytes,
    ]: ...
    # Name, files, lowest and highest time, events, bytes, versions.
    def runs(
        self,
    ) -> list[
        tuple[str, list[str], float | None, float | None, int, int, list[str]]
    ]: ...
    # Run, tag, kind, plugin, count, steps, times, bytes, display name and description.
    def tags(
        self,
    ) -> list[
        tuple[
            str,
            str,
            str,
            str,
            int,
            tuple[int, int],
            tuple[float, float],
            int,
            tuple[str, str],
        ]
    ]: ...
    # Run, file, offset, length, reason.
    def damage(self) -> list[tuple[str, str, int, int, str]]: ...
    def positions(self) -> list[tuple[str, str, int]]: ...

@final
class Session:
    def __new__(
        cls,
        max_buffer: int,
        on_full: str,
        stall_timeout: float,
        fsync: bool,
        write_to_disk: bool,
    ) -> Session: ...
    def stats(self) -> dict[str, Any]: ...
    def take_problems(self) -> list[Exception]: ...

@final
class Writer:
    def __new__(
        cls,
        session: Session,
        logdir: str | PathLike[str],
        suffix: str,
        purge_step: int | None,
        patient: bool,
        root: str | PathLike[str] | None,
    ) -> Writer: ...
    @staticmethod
    def join(session: Session, path: str | PathLike[str], patient: bool) -> Writer: ...
    @staticmethod
    def in_memory(session: Session, logdir: str | PathLike[str]) -> Writer: ...
    def take(self) -> list[bytes]: ...
    @property
    def path(self) -> Path: ...
    @property
    def closed(self) -> bool: ...
    def flush(self) -> bool: ...
    def close(self) -> bool: ...
    def reopen(self) -> None: ...
    def add_event(self, event: bytes) -> bool: ...
    def add_summary(
        self, summary: bytes, step: int, wall_time: float | None
    ) -> bool: ...
    def add_text(
        self, tag: str, text: str, step: int, wall_time: float | None
    ) -> bool: ...
    def add_scalar(self, tag: Any, value: Any, step: Any, wall_time: Any) -> int: ...
    def add_tensor_scalar(
        self,
        tag: str,
        value: float,
        step: int,
        wall_time: float | None,
        double_precision: bool,
    ) -> bool: ...
    def add_described_scalar(
        self,
        tag: str,
        value: float,
        step: int,
        wall_time: float | None,
        title: str,
        description: str,
    ) -> bool: ...
    def add_scalars(
        self,
        values: dict[str, Any],
        prefix: str,
        step: int,
        wall_time: float | None,
        adapt: Callable[[Any, str], float | dict[str, Any]],
    ) -> bool: ...
    def add_scalar_series(
        self,
        tag: str,
        values: NDArray[np.float64],
        steps: NDArray[np.int64],
        wall_times: NDArray[np.float64],
    ) -> bool: ...
    def add_hparams(
        self,
        hparams: list[tuple[str, bool | float | str, list[bool | float | str] | None]],
        metrics: list[tuple[str, float, int]],
        step: int,
        wall_time: float | None,
    ) -> bool: ...
    def add_layout(
        self,
        categories: list[tuple[str, list[tuple[str, bool, list[str]]]]],
        step: int,
        wall_time: float | None,
    ) -> bool: ...
    def add_histogram(
        self,
        tag: str,
        values: NDArray[Any],
        bfloat16: bool,
        edges: NDArray[np.float64] | None,
        max_bins: int | None,
        step: int,
        wall_time: float | None,
    ) -> _Told: ...
    def add_plain_histogram(
        self, tag: Any, values: Any, step: Any, wall_time: Any
    ) -> _Told | None: ...
    def add_histograms(
        self,
        arrays: list[tuple[str, NDArray[Any], bool]],
        edges: NDArray[np.float64] | None,
        step: int,
        wall_time: float | None,
    ) -> list[_Told]: ...
    def add_histogram_raw(
        self,
        tag: str,
        statistics: tuple[float, float, float, float, float],
        limits: NDArray[np.float64],
        counts: NDArray[np.float64],
        step: int,
        wall_time: float | None,
    ) -> bool: ...
    def add_image(
        self,
        tag: str,
        image: NDArray[Any],
        bfloat16: bool,
        dataformats: str,
        compression: str,
        boxes: NDArray[np.float64] | None,
        labels: list[str] | None,
        rescale: float,
        step: int,
        wall_time: float | None,
    ) -> tuple[bool, str | None]: ...
    def add_video(
        self,
        tag: str,
        video: NDArray[Any],
        bfloat16: bool,
        dataformats: str,
        fps: float,
        step: int,
        wall_time: float | None,
    ) -> tuple[bool, str | None]: ...
    def add_audio(
        self,
        tag: str,
        samples: NDArray[Any],
        bfloat16: bool,
        sample_rate: float,
        step: int,
        wall_time: float | None,
    ) -> tuple[bool, str | None]: ...
    def add_pr_curve(
        self,
        tag: str,
        labels: NDArray[np.float64],
        predictions: NDArray[np.float32] | NDArray[np.float64],
        weights: NDArray[np.float64] | None,
        thresholds: int,
        step: int,
        wall_time: float | None,
    ) -> bool: ...
    def add_pr_curve_raw(
        self,
        tag: str,
        rows: list[tuple[str, NDArray[np.float64]]],
        step: int,
        wall_time: float | None,
    ) -> bool: ...
    def add_mesh(
        self,
        tag: str,
        vertices: tuple[NDArray[Any], bool],
        faces: tuple[NDArray[Any], bool] | None,
        colors: tuple[NDArray[Any], bool] | None,
        config: str,
        part_tags: str,
        step: int,
        wall_time: float | None,
    ) -> bool: ...
    def add_tensor(
        self,
        tag: str,
        tensor: NDArray[Any],
        bfloat16: bool,
        paired: bool,
        step: int,
        wall_time: float | None,
    ) -> bool: ...
    def add_string_tensor(
        self,
        tag: str,
        strings: list[bytes],
        shape: list[int],
        step: int,
        wall_time: float | None,
    ) -> bool: ...
    def add_embedding(
        self,
        tag: str,
        step: int,
        points: NDArray[Any],
        bfloat16: bool,
        binary: bool,
        metadata: tuple[str, int] | None,
        pictures: tuple[NDArray[Any], bool, str] | None,
        compression: str,
    ) -> tuple[bool, str | None]: ...
    def add_graph_def(
        self,
        graph_def: bytes,
        run_metadata: tuple[str, bytes] | None,
        wall_time: float | None,
    ) -> bool: ...

def add_curves(
    tag: str,
    values: dict[str, Any],
    step: Any,
    wall_time: Any,
    folders: dict[str, str],
    files: dict[str, Any],
    history: dict[str, list[list[Any]]],
    most: int,
) -> tuple[int, bool]: ...
def graph_def(nodes: Sequence[Node]) -> bytes: ...
def run_metadata(device: str) -> bytes: ...
def end(patience: float) -> int: ...
def shared_descriptors() -> list[int]: ...
def now() -> float: ...
def encode_record(payload: bytes) -> bytes: ...
def masked_crc32c(data: bytes) -> int: ...

# Names and columns.
_Table: TypeAlias = list[tuple[str, Column]]

def table_stream(table: _Table) -> object: ...
def table_schema(columns: list[tuple[str, str, bool]]) -> object: ...
def write_parquet(
    table: _Table, path: str | PathLike[str], compression: str
) -> None: ...
def write_csv(table: _Table, path: str | PathLike[str]) -> None: ...
def write_json(table: _Table, path: str | PathLike[str], lines: bool) -> None: ...
def downsample(
    steps: NDArray[np.int64],
    values: NDArray[np.float64],
    counts: list[int],
    most: int,
    method: str,
) -> NDArray[np.int64]: ...
def event_files(top: str | PathLike[str]) -> list[tuple[str, Path]]: ...
