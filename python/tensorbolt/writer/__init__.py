"""`SummaryWriter`, assembled from the methods of each area."""

from tensorbolt.writer._audio import AudioMethods
from tensorbolt.writer._comet_option import CometOption
from tensorbolt.writer._custom_scalars import ChartMethods
from tensorbolt.writer._embeddings import EmbeddingMethods
from tensorbolt.writer._histograms import HistogramMethods
from tensorbolt.writer._hparams import HParamMethods
from tensorbolt.writer._images import ImageMethods
from tensorbolt.writer._meshes import MeshMethods
from tensorbolt.writer._observers import ObserverMethods
from tensorbolt.writer._pr_curves import CurveMethods
from tensorbolt.writer._ranks import RankMethods
from tensorbolt.writer._scalar_group import ScalarGroupMethods
from tensorbolt.writer._scalars import ScalarMethods
from tensorbolt.writer._system_metrics import SystemMetricsMethods
from tensorbolt.writer._tensors import TensorMethods
from tensorbolt.writer._texts import TextMethods
from tensorbolt.writer._timed import TimedMethods
from tensorbolt.writer._videos import VideoMethods
from tensorbolt.writer._watch import WatchMethods
from tensorbolt.writer.graphs import GraphMethods

__all__ = ["SummaryWriter"]


class SummaryWriter(
    TimedMethods,
    SystemMetricsMethods,
    ScalarMethods,
    ScalarGroupMethods,
    RankMethods,
    WatchMethods,
    HistogramMethods,
    CurveMethods,
    ImageMethods,
    VideoMethods,
    AudioMethods,
    TextMethods,
    TensorMethods,
    MeshMethods,
    GraphMethods,
    EmbeddingMethods,
    HParamMethods,
    ChartMethods,
    ObserverMethods,
    CometOption,
):
    """Writes a TensorBoard log.

    The event file is there when the constructor returns, unless `lazy`. Calls copy or reduce what they are given and
    return; native threads compress and write. Bytes reach the operating system within 200 ms, whatever `flush_secs` says.
    Any number of threads may use a writer. In a forked child, in a copy and in a pickle, the writer opens a file of its
    own.

    An option that is not given is that of its variable in the environment, such as `TENSORBOLT_FSYNC`, if it is set.

    Args:
        log_dir: Directory of the run, made if missing; `None` is `runs/<date>_<host><comment>`, or the variable
            `TENSORBOLT_LOG_DIR` and the comment. Also an address in an
            object store: `s3://bucket/run`, `gs://…`, `az://…`, `http://…` (WebDAV), and further schemes after
            `tensorbolt.record_writer.register_writer_factory`.
        comment: End of the default directory's name.
        purge_step: Hide what the run had logged from this step on, after a crash and restart.
        max_queue: Kept for compatibility, not used: the limit is in bytes, `max_buffer`.
        flush_secs: Longest time in seconds between two uploads to an object store; the default is 60. The first ones
            follow each other faster. Of a registered scheme, seconds between its flushes. Not used for local files, whose
            bytes never wait longer than 200 ms.
        filename_suffix: End of the event file's name.
        write_to_disk: `False` checks all arguments and writes nothing at all.
        logdir: tensorboardX's name of `log_dir`.
        comet_config: With `"disabled": False`, the writer also forwards to a Comet experiment, which `comet_ml` makes with
            these arguments; with `offline_directory` among them, to an offline experiment.
        on_error: Reaction to a failure in the background (a full disk, a vanished directory). `"warn"` warns once per
            cause; `"raise"` raises it once from the next call, `flush` or `close`. Both count it, and writing is retried.
            Wrong arguments always raise at once.
        max_buffer: Bytes that may wait in memory before `on_full` applies.
        on_full: `"block"`: calls wait while the store makes progress, and are dropped and counted once it has made none
            for `stall_timeout` seconds. `"drop"`: calls are dropped and counted at once.
        stall_timeout: Seconds without progress after which calls stop waiting for the store.
        fsync: Whether `flush()` also waits for the device.
        image_compression: `"fast"`, `"balanced"` (about 12 times slower, a seventh smaller) or `"high"`.
        auto_step: `global_step=None` counts up per tag instead of staying at 0.
        hparams_run: Run that `add_hparams` writes to where a call names none: `None` is a new run for each call, below
            `log_dir`; `"."` is this run itself.
        storage_options: Of an object store: keys and values for its client, such as `aws_endpoint_url` or
            `google_service_account`; those of `object_store`, which polars and delta-rs take as well. The environment
            is used for what is not given. `credential_provider` is a function that returns such keys, for credentials that
            expire: `(dict, seconds since the epoch or None)`, as polars takes it. Not used for local directories.
        max_spool: Of an object store: bytes that may wait on the local disk while the store takes none; what is logged
            then waits and is dropped as on a full disk, see `on_full`.
        ranks: What the ranks of a job do. `"first"`: rank 0 writes, the others check their arguments and write nothing.
            `"all"`: rank 17 writes the run `rank_00017` below `log_dir`, made by the first call that logs. `"reduce"`: the
            scalars of all ranks become one run, with their mean, minimum, maximum, standard deviation, median and the
            rank of the maximum, see `reduce_by`; all else is written by rank 0 alone. `None`: `log_dir` is used as it is.
        rank: This process's rank, from 0 on, with `ranks`. `None`: that of an initialised `torch.distributed` or
            `jax.distributed`, of Ray Train, or of the variables of torchrun, Open MPI, MPICH, Intel MPI or Slurm; without
            any of them it is 0. A warning names two that contradict each other.
        world_size: Number of ranks, with `rank`.
        lazy: The directory and the file are made by the first call that logs instead of here, so a writer that logs nothing
            leaves nothing. A file that cannot be made is then a failure in the background, see `on_error`.
        resume: Goes on in a directory that has a log, as after a checkpoint. A step: what was logged there at or after it
            is replaced, in the runs of `add_scalars` and `add_hparams` as well, at the first call that logs to each. `True`:
            that step is the first one other than 0 that is logged, run by run; until then nothing is replaced. Files
            are named so that they sort behind all that are there, whatever the clocks of the machines say. A directory
            without a log is a new run. With a step, `auto_step` counts from it.
        device_values: What calls do with values that a device is still computing: `add_scalar`, `log`, `add_scalars`,
            `add_histogram`, `add_histograms` and the `log` of `watch`. `"async"`: they take a copy that the device makes in
            its turn, or for a histogram have it count, and return; the values are written when they have
            arrived, with the step and the time of the call, and in the order of calls within a tag. `flush()`, `close()` and
            the end of the process wait for them. A computation that fails is reported as `on_error` says. `"wait"`: they
            wait. `None`: `"async"` for arrays of JAX (on a CPU too, where JAX computes in the background), `"wait"` for
            tensors of torch: what `"async"` does for these has been tested with a stand-in for a device, and has not run on a
            GPU.

    Raises:
        TypeError: An argument is of the wrong type, or not one of the above.
        ValueError: An option or a variable has no such value, `rank` is not below `world_size`, or `resume` is given with `purge_step`; or
            `ranks="reduce"` does not know the number of ranks, or `log_dir` has a registered scheme.
        ImportError: A package that `comet_config` or the directory's scheme needs is not installed.
        OSError: The directory or the file cannot be made; of an object store, the local directory in which the log waits.

    Example:
        >>> import tempfile
        >>> from tensorbolt import SummaryWriter
        >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
        ...     for step in range(100):
        ...         writer.add_scalar("loss", 1 / (step + 1), step)
    """
