from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Final, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from tensorbolt.reading.column import Column
from tensorbolt.writer.graphs.node import Node

__all__ = [
    "ADAPT",
    "ALERT",
    "CUSTOM_SCALARS_TAG",
    "DEFAULT_MAX_BUFFER",
    "DEFAULT_STALL_TIMEOUT",
    "DONE",
    "EMBEDDING_FILES",
    "FILE_VERSION",
    "MAX_NAME_BYTES",
    "MAX_NESTING",
    "PROJECTOR_CONFIG",
    "Buffer",
    "Credentials",
    "DataProvider",
    "EventReader",
    "Examination",
    "Follower",
    "LeftOver",
    "Log",
    "Outcome",
    "RankReducer",
    "RankReduction",
    "RemoteFile",
    "RemoteLog",
    "Restarts",
    "Resume",
    "RunEditor",
    "ScalarGroups",
    "Session",
    "StepOrderCheck",
    "SystemMetrics",
    "Upload",
    "Writer",
    "__version__",
    "add_ranks",
    "data_server",
    "default_edges",
    "downsample",
    "embedding_address",
    "encode_record",
    "end",
    "event_files",
    "graph_def",
    "kind_of_plugin",
    "leave_device_tensors",
    "left_over",
    "load_numpy",
    "masked_crc32c",
    "merged_name",
    "microseconds",
    "now",
    "plain_array",
    "point_lines",
    "purge_records",
    "push",
    "rank_streams",
    "routes_changed",
    "run_metadata",
    "segment_of",
    "shared_descriptors",
    "table_schema",
    "table_stream",
    "usual_index",
    "value_of",
    "wait_adopted",
    "wall_time",
    "write_csv",
    "write_json",
    "write_parquet",
]

__version__: Final[str]

# Defaults in bytes and seconds, limits, and names (an embedding's files: points, labels, sprite).
DEFAULT_MAX_BUFFER: Final[int]
DEFAULT_STALL_TIMEOUT: Final[float]
MAX_NESTING: Final[int]
MAX_NAME_BYTES: Final[int]
FILE_VERSION: Final[str]
CUSTOM_SCALARS_TAG: Final[str]
PROJECTOR_CONFIG: Final[str]
EMBEDDING_FILES: Final[tuple[str, str, str]]

def default_edges() -> list[float]: ...
def embedding_address(tag: str, step: int) -> tuple[str, str]: ...

# What became of a call: whether there are problems to report, the name of what the user should know about the values,
# and, for each array of a call in which a histogram leaves values out, how many were NaN, infinite, and outside all buckets.
@final
class Outcome:
    @property
    def alert(self) -> bool: ...
    @property
    def remark(self) -> str | None: ...
    @property
    def skipped(self) -> list[tuple[int, int, int]]: ...

# Written; written, with problems to report; not written, as an argument is not of a plain type, or the file is closed.
# The only ones of their kind, so `is` tells them apart.
DONE: Final[Outcome]
ALERT: Final[Outcome]
ADAPT: Final[Outcome]

# The last step of each tag, over the files of a run.
@final
class StepOrderCheck:
    def __new__(cls) -> StepOrderCheck: ...

@final
class Examination:
    def __new__(
        cls, place: Path | RemoteFile, output: Path | None, steps: StepOrderCheck
    ) -> Examination: ...
    def advance(self) -> bool: ...
    @property
    def bytes(self) -> int: ...
    def summary(self) -> dict[str, Any]: ...

# Seconds since the epoch; `None` is now.
_Time: TypeAlias = float | None
_Floats: TypeAlias = NDArray[np.float64]

# Tag, step, seconds since the epoch, value. Without a tag: what the run had from this step on does not count any more.
_Point: TypeAlias = tuple[str | None, int, float, float]

@final
class Follower:
    def __new__(cls, path: Path) -> Follower: ...
    # What has come, and whether there is more.
    def poll(self) -> tuple[list[_Point], bool]: ...
    # From tag to the name of its plugin, the number of values, and their bytes.
    def series(self) -> dict[str, tuple[str, int, int]]: ...
    @property
    def position(self) -> int: ...
    @property
    def damage(self) -> int: ...
    @property
    def nan_times(self) -> int: ...

# Run, file, identity, offset, bytes before it, whether the rest is given up; tag, plugin, its bytes, display name, description.
_Mark: TypeAlias = tuple[
    str,
    str,
    tuple[int, int] | None,
    int,
    bytes,
    bool,
    list[tuple[bytes, str, bytes, str, str]],
]

# Bytes that cannot be written to; numpy shares them.
@final
class Buffer:
    @property
    def __array_interface__(self) -> dict[str, Any]: ...
    def __bytes__(self) -> bytes: ...
    def __len__(self) -> int: ...
    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

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
    # `report` gets the bytes that are done, every so many seconds.
    def read(
        self,
        report: Callable[[int], object] | None = None,
        seconds: float = 0.1,
    ) -> bool: ...
    # The first file that has more, so many bytes further.
    def read_part(self, most: int) -> bool: ...
    # Runs; tags; run, tag and number of points of each group; codes of runs and tags; steps; times; values. `report` gets the
    # bytes of the columns that are done.
    def scalars(
        self,
        report: Callable[[int], object] | None = None,
        seconds: float = 0.1,
    ) -> tuple[
        list[str],
        list[str],
        list[tuple[int, int, int]],
        Buffer,
        Buffer,
        Buffer,
        Buffer,
        Buffer,
    ]: ...
    # Runs; tags; run, tag, number of points, plugin and its bytes of each group; codes of runs and tags; steps; times; file, offset and
    # length of each value.
    def rows(
        self, kind: str
    ) -> tuple[
        list[str],
        list[str],
        list[tuple[int, int, int, str, bytes]],
        bytes,
        bytes,
        bytes,
        bytes,
        list[tuple[int, int, int]],
    ]: ...
    # The form of each value and its parts; `None` for one that is malformed.
    def values(
        self, places: list[tuple[int, int, int]]
    ) -> list[tuple[Any, ...] | None]: ...
    # File, offset and length, field, step and time of each graph and profile that has no tag.
    def graphs(self) -> list[tuple[tuple[int, int, int], int, int, float]]: ...
    # The bytes at these places.
    def messages(self, places: list[tuple[int, int, int]]) -> list[bytes]: ...
    # Run and name of the file of this number.
    def file(self, number: int) -> tuple[str, str] | None: ...
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
    def positions(self) -> list[_Mark]: ...
    def resume(self, positions: list[_Mark]) -> None: ...
    def forget(self) -> None: ...

# Plugin, its bytes, display name, description.
_Metadata: TypeAlias = tuple[str, bytes, str, str]
# Tag, form, number, where the message and that of its form are in the payload, metadata.
_ValueRecord: TypeAlias = tuple[
    str, str, float | None, tuple[int, int], tuple[int, int], _Metadata | None
]
# Offset, length of the payload, the payload unless it is long, time, step, number of the field, where it is in the payload, values.
_EventRecord: TypeAlias = tuple[
    int, int, bytes | None, float, int, int, tuple[int, int], list[_ValueRecord]
]
# Offset, length, reason, whether it is damage.
_Gap: TypeAlias = tuple[int, int, str, bool]

@final
class EventReader:
    def __new__(
        cls,
        name: str,
        place: Any,
        start: int,
        mark: _Mark | tuple[Any, ...] | None,
        checksum: bool,
        on_damage: str,
    ) -> EventReader: ...
    # What comes next, whether the file has no more for now, whether it is read from its start again.
    def read(
        self, most_events: int, most_bytes: int
    ) -> tuple[list[_EventRecord | _Gap], bool, bool]: ...
    def bytes(self, offset: int, length: int) -> bytes: ...

# Calls of both return the bytes of the whole records, and how many bytes the record after them needs.
@final
class Restarts:
    def __new__(cls) -> Restarts: ...
    def observe(self, records: bytes) -> tuple[int, int]: ...

@final
class RunEditor:
    def __new__(
        cls,
        new_name: Callable[[bytes], bytes | None] | None,
        steps: tuple[int | None, int | None],
        shift_step: int,
        keep_every: int,
        kept: dict[bytes, list[int]],
        purge: Restarts | None,
        is_nothing: bool,
    ) -> RunEditor: ...
    # And the records as they are to be, or `None` if none of them changes.
    def edit(
        self, records: bytes, skips_headers: bool
    ) -> tuple[int, int, bytes | None]: ...
    # Events, events left out, values, values left out, values renamed.
    def counts(self) -> tuple[int, int, int, int, int]: ...

@final
class DataProvider:
    def __new__(
        cls,
        logs: list[tuple[str, str]],
        interval: float | None,
        samples: list[tuple[str, int | None]],
        checksum: bool,
        threads: int,
        memory: int | None = None,
        options: list[tuple[str, str]] = ...,
        environment: list[tuple[str, str]] = ...,
        groups: list[str] = ...,
        # A directory, or "off".
        index: str | None = None,
    ) -> DataProvider: ...
    # The port.
    def start(self, host: str, port: int) -> int: ...
    # False if the look, or the first one, has not ended after so many seconds.
    def look(self, seconds: float) -> bool: ...
    def wait(self, seconds: float) -> bool: ...
    # Runs, files, remembered, series, points, bytes, events, damaged, looks, first_seconds.
    def stats(self) -> list[tuple[str, float]]: ...
    def failure(self) -> str | None: ...
    def stop(self) -> None: ...

# Directory of the indexes, if nothing else is asked for.
def usual_index() -> Path | None: ...

# The exit status.
def data_server(arguments: list[str]) -> int: ...

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
    def drop_unread(self, events: int, cause: str, why: str) -> None: ...
    def take_problems(self) -> list[Exception]: ...

@final
class SystemMetrics:
    def __new__(
        cls, writer: Writer, seconds: float, before: float, node: bool
    ) -> SystemMetrics: ...
    @property
    def runs(self) -> bool: ...
    def set_interval(self, seconds: float) -> None: ...
    def take_notices(self) -> list[str]: ...
    def stop(self) -> list[str]: ...

@final
class Resume:
    # Of one directory: the step from which on points are replaced, a name behind which files sort, and whether anything is
    # replaced.
    def __new__(cls, step: int | None, after: str | None, replaces: bool) -> Resume: ...

@final
class Writer:
    def __new__(
        cls,
        session: Session,
        logdir: str | PathLike[str],
        suffix: str,
        purge_step: int | None,
        retry_open: bool,
        root: str | PathLike[str] | None,
        resume: Resume | None = None,
    ) -> Writer: ...
    # A writer for each directory, or the exception that opening it alone would raise.
    @staticmethod
    def open_all(
        session: Session,
        logdirs: Sequence[str | PathLike[str]],
        suffix: str,
        retry_open: bool,
        root: str | PathLike[str] | None,
    ) -> list[Writer | BaseException]: ...
    @staticmethod
    def join(
        session: Session, path: str | PathLike[str], retry_open: bool
    ) -> Writer: ...
    @staticmethod
    def stream(
        session: Session,
        directory: str | PathLike[str],
        local: str | PathLike[str] | None,
        rank: int,
        world_size: int,
        resumed: int | None,
        retry_open: bool,
    ) -> Writer: ...
    def add_rank_stop(self) -> Outcome: ...
    def add_rank_rules(self, rules: list[tuple[str, str]]) -> Outcome: ...
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
    def append_records(self, records: bytes, events: int) -> Outcome: ...
    def add_event(self, event: bytes) -> Outcome: ...
    def add_summary(self, summary: bytes, step: int, wall_time: _Time) -> Outcome: ...
    def add_text(self, tag: str, text: str, step: int, wall_time: _Time) -> Outcome: ...
    def try_scalar(
        self, tag: Any, value: Any, step: Any, wall_time: Any
    ) -> Outcome: ...
    def add_scalar(
        self, tag: str, value: float, step: int, wall_time: _Time
    ) -> Outcome: ...
    def try_text(self, tag: Any, text: Any, step: Any, wall_time: Any) -> Outcome: ...
    def add_tensor_scalar(
        self,
        tag: str,
        value: float,
        step: int,
        wall_time: _Time,
        double_precision: bool,
    ) -> Outcome: ...
    def add_described_scalar(
        self,
        tag: str,
        value: float,
        step: int,
        wall_time: _Time,
        title: str,
        description: str,
    ) -> Outcome: ...
    def try_scalar_mapping(
        self, values: Any, prefix: Any, step: Any, wall_time: Any
    ) -> Outcome: ...
    def add_scalar_mapping(
        self,
        values: dict[str, Any],
        prefix: str,
        step: int,
        wall_time: _Time,
        adapt: Callable[[Any, str], float | dict[str, Any]],
    ) -> Outcome: ...
    def add_scalar_series(
        self, tag: str, values: _Floats, steps: NDArray[np.int64], wall_times: _Floats
    ) -> Outcome: ...
    def add_hparams(
        self,
        hparams: list[tuple[str, bool | float | str, list[bool | float | str] | None]],
        metrics: list[tuple[str, float, int]],
        step: int,
        wall_time: _Time,
    ) -> Outcome: ...
    def add_layout(
        self,
        categories: list[tuple[str, list[tuple[str, bool, list[str]]]]],
        step: int,
        wall_time: _Time,
    ) -> Outcome: ...
    def add_histogram(
        self,
        tag: str,
        values: NDArray[Any],
        bfloat16: bool,
        edges: _Floats | None,
        max_bins: int | None,
        step: int,
        wall_time: _Time,
    ) -> Outcome: ...
    def try_histogram(
        self, tag: Any, values: Any, step: Any, wall_time: Any
    ) -> Outcome: ...
    def add_histograms(
        self,
        arrays: list[tuple[str, NDArray[Any], bool]],
        edges: _Floats | None,
        step: int,
        wall_time: _Time,
    ) -> Outcome: ...
    def add_histogram_raw(
        self,
        tag: str,
        statistics: tuple[float, float, float, float, float],
        limits: _Floats,
        counts: _Floats,
        step: int,
        wall_time: _Time,
    ) -> Outcome: ...
    def add_image(
        self,
        tag: str,
        image: NDArray[Any],
        bfloat16: bool,
        dataformats: str,
        compression: str,
        boxes: _Floats | None,
        labels: list[str] | None,
        rescale: float,
        step: int,
        wall_time: _Time,
    ) -> Outcome: ...
    def add_video(
        self,
        tag: str,
        video: NDArray[Any],
        bfloat16: bool,
        dataformats: str,
        fps: float,
        step: int,
        wall_time: _Time,
    ) -> Outcome: ...
    def add_audio(
        self,
        tag: str,
        samples: NDArray[Any],
        bfloat16: bool,
        sample_rate: float,
        step: int,
        wall_time: _Time,
    ) -> Outcome: ...
    def add_pr_curve(
        self,
        tag: str,
        labels: _Floats,
        predictions: NDArray[np.float32] | _Floats,
        weights: _Floats | None,
        thresholds: int,
        step: int,
        wall_time: _Time,
    ) -> Outcome: ...
    def add_pr_curve_raw(
        self, tag: str, rows: list[tuple[str, _Floats]], step: int, wall_time: _Time
    ) -> Outcome: ...
    def add_mesh(
        self,
        tag: str,
        vertices: tuple[NDArray[Any], bool],
        faces: tuple[NDArray[Any], bool] | None,
        colors: tuple[NDArray[Any], bool] | None,
        config: str,
        part_tags: str,
        step: int,
        wall_time: _Time,
    ) -> Outcome: ...
    def add_tensor(
        self,
        tag: str,
        tensor: NDArray[Any],
        bfloat16: bool,
        paired: bool,
        step: int,
        wall_time: _Time,
    ) -> Outcome: ...
    def add_string_tensor(
        self,
        tag: str,
        strings: list[bytes],
        shape: list[int],
        step: int,
        wall_time: _Time,
    ) -> Outcome: ...
    def add_embedding(
        self,
        tag: str,
        step: int,
        points: NDArray[Any],
        bfloat16: bool,
        binary: bool,
        metadata: tuple[str, int] | None,
        images: tuple[NDArray[Any], bool, str] | None,
        compression: str,
    ) -> Outcome: ...
    def add_graph_def(
        self, graph_def: bytes, run_metadata: tuple[str, bytes] | None, wall_time: _Time
    ) -> Outcome: ...

@final
class RankReducer:
    def __new__(
        cls,
        writer: Writer,
        upload: Upload | None,
        window: float,
        resume: int | None,
    ) -> RankReducer: ...
    def finish(self, timeout: float) -> bool: ...
    def stats(self) -> dict[str, Any]: ...

# Name of a file, and its path, object or open file.
_Files: TypeAlias = Sequence[tuple[str, Any]]

@final
class RankReduction:
    def __new__(
        cls, event_files: _Files, window: float, double_precision: bool
    ) -> RankReduction: ...
    def set_streams(self, files: _Files) -> None: ...
    # Whether there is more, records, and how many.
    def catch_up(self) -> tuple[bool, bytes, int]: ...
    def look(self, ends: bool) -> tuple[bool, bytes, int]: ...
    @property
    def bytes(self) -> int: ...
    @property
    def is_over(self) -> bool: ...
    def counts(self) -> dict[str, Any]: ...
    def remarks(self) -> list[str]: ...
    def notices(self) -> list[tuple[str, str]]: ...

# Where the numbers of `add_scalars` go, and the points: a directory, and `[wall_time, step, value]` of each. A curve is key,
# directory, file and what takes its events.
@final
class ScalarGroups:
    def __new__(cls, most: int) -> ScalarGroups: ...
    def try_scalars(
        self, main_tag: Any, values: Any, step: Any, wall_time: Any, files: Any
    ) -> Outcome: ...
    def remember(
        self, main_tag: str, tag: str, curves: list[tuple[str, str, Any, Any]]
    ) -> None: ...
    def take_points(self) -> list[tuple[str, list[list[Any]]]]: ...
    def forget(self) -> None: ...

# A file takes its events another way from now on: all groups must be remembered again.
def routes_changed() -> None: ...
def graph_def(nodes: Sequence[Node]) -> bytes: ...
def run_metadata(device: str) -> bytes: ...
def end(patience: float) -> int: ...
def shared_descriptors() -> list[int]: ...
def leave_device_tensors() -> None: ...
def now() -> float: ...
def encode_record(payload: bytes) -> bytes: ...
def purge_records(step: int, wall_time: float) -> bytes: ...
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
    steps: NDArray[np.int64], values: _Floats, counts: list[int], most: int, method: str
) -> NDArray[np.int64]: ...

# The form and the parts of a message of `Summary.Value`; `None` if it is malformed.
def value_of(message: bytes) -> tuple[Any, ...] | None: ...
def kind_of_plugin(plugin: str) -> str: ...
def wall_time(payload: bytes) -> float: ...
def add_ranks(
    log: Log,
    run: str,
    name: str,
    streams: _Files,
    reduce: bool,
    wants_run: Callable[[str], bool] | None,
    on_damage: str,
    seconds: float,
) -> int: ...
def rank_streams(top: str | PathLike[str]) -> list[tuple[str, str]]: ...
def event_files(top: str | PathLike[str], threads: int) -> list[tuple[str, str]]: ...
def microseconds(seconds: NDArray[np.float64]) -> tuple[Buffer, bytes | None]: ...
def point_lines(
    names: tuple[list[str], list[str]],
    codes: tuple[NDArray[np.int32], NDArray[np.int32]],
    steps: NDArray[np.int64],
    values: NDArray[np.float64],
    rows: NDArray[np.int64],
) -> str: ...

# Those that a function of the program gives: keys and values, and the seconds for which they are good.
@final
class Credentials:
    def __new__(
        cls, ask: Callable[[], tuple[list[tuple[str, str]], float | None]]
    ) -> Credentials: ...

@final
class Upload:
    def __new__(
        cls,
        session: Session,
        root: str | PathLike[str],
        url: str,
        options: list[tuple[str, str]],
        environment: list[tuple[str, str]],
        credentials: Credentials | None,
        suffix: str,
        max_interval: float,
        max_spool: int,
        retry_open: bool,
    ) -> Upload: ...
    @property
    def directory(self) -> Path: ...
    @property
    def url(self) -> str: ...
    @property
    def trouble(self) -> str | None: ...
    def address(self, file: str | PathLike[str]) -> str: ...
    # Files of another session are in the spool as well.
    def join(self, session: Session) -> None: ...
    def renew(self) -> None: ...
    def wake(self) -> None: ...
    def wait(self, stall: float, at_most: float | None) -> bool: ...
    def finish(self) -> None: ...
    def wait_finished(self, stall: float, at_most: float | None) -> bool: ...
    def stats(self) -> dict[str, Any]: ...

# The event files below an address of a store; and one of them.
@final
class RemoteLog:
    def __new__(
        cls,
        url: str,
        options: list[tuple[str, str]],
        environment: list[tuple[str, str]],
    ) -> RemoteLog: ...
    @property
    def url(self) -> str: ...
    # Without those that a merged one holds; and all.
    def files(self) -> list[RemoteFile]: ...
    def streams(self) -> list[RemoteFile]: ...
    def all_files(self) -> list[RemoteFile]: ...
    # Run and address; after so many seconds it is an error.
    def names(self, at_most: float) -> list[tuple[str, str]]: ...
    # Below the address; FileExistsError if there is another object of that name.
    def put_new(self, name: str, file: str | PathLike[str]) -> None: ...
    def remove(self, name: str) -> None: ...

@final
class RemoteFile:
    @property
    def name(self) -> str: ...
    @property
    def run(self) -> str: ...
    @property
    def listed(self) -> int: ...
    # Reads what is between a place and the end, and keeps it; the place of the first record in it.
    def hold_end(self, start: int) -> int: ...
    def read(self, offset: int, most: int) -> bytes: ...
    def put_beside(self, name: str, file: str | PathLike[str]) -> None: ...
    # FileExistsError if there is another object of that name.
    def put_new_beside(self, name: str, file: str | PathLike[str]) -> None: ...
    # Takes note of what it is now. Later, whether it still is; and whether it was, and was replaced.
    def note(self) -> None: ...
    def is_as_noted(self) -> bool: ...
    def replace(self, file: str | PathLike[str]) -> bool: ...
    def remove(self) -> None: ...

# Stem, first and last number, whether it was merged, and suffix.
def segment_of(name: str) -> tuple[str, int, int, bool, str] | None: ...
def merged_name(name: str, last: int) -> str | None: ...

@final
class LeftOver:
    @property
    def url(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def directory(self) -> Path: ...

def left_over(root: str | PathLike[str]) -> list[LeftOver]: ...

# Has all that arrays need looked up now, rather than between a fork and the first array.
def load_numpy() -> None: ...

# An array, and whether it holds the bits of bfloat16 numbers; `None` for what only `_arrays.array` can read or explain.
def plain_array(value: Any) -> tuple[NDArray[Any], bool] | None: ...
def wait_adopted(at_most: float) -> list[LeftOver]: ...
def push(
    left: LeftOver,
    options: list[tuple[str, str]],
    environment: list[tuple[str, str]],
    progress: Callable[[int], None],
) -> tuple[int, int, bool, list[Exception]]: ...
