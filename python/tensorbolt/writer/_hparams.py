"""Hyperparameters, and the metrics that were reached with them."""

import os
import time
from collections.abc import Mapping
from typing import Any

from tensorbolt import _arrays, _core, _paths
from tensorbolt._arguments import check_step, shown
from tensorbolt.interception.event_hooks import Emission, events_of
from tensorbolt.writer._base import WriterBase

MAX_STEP = 2**31
"""TensorBoard keeps the steps of this dashboard in 32 bits."""


class HParamMethods(WriterBase):
    """The method that logs hyperparameters."""

    def add_hparams(
        self,
        hparam_dict: Mapping[str, Any],
        metric_dict: Mapping[str, Any],
        hparam_domain_discrete: Mapping[str, Any] | str | None = None,
        run_name: str | Any = None,
        global_step: Any = None,
        *,
        name: str | None = None,
    ) -> None:
        """Log hyperparameters and the metrics that were reached with them: a row of TensorBoard's table.

        A row is a run of its own, `<log_dir>/<run_name>`. Its columns are the hyperparameters of all runs and the
        scalars of all rows. The first hyperparameters of a run stay; later calls update its metrics.

        Args:
            hparam_dict: From name to value: a mapping, dataclass instance or `argparse.Namespace`; in nested ones names
                are joined with `/`. Values are bools, numbers (also arrays and tensors with one element) or text;
                `None` is left out, everything else is logged as its name or text.
            metric_dict: From tag to number, as for `add_scalar`; may be empty.
            hparam_domain_discrete: From name to the list of values that the hyperparameter can have. TensorBoard then
                shows the columns of this call alone, for all runs: leave it out where they differ. tensorboardX's
                position for `name`, the third, works too.
            run_name: Directory of the row below the log directory; `"."` is the log directory's own run, of which every
                scalar is a metric then. (TensorBoard must be pointed at a directory above: it finds no metrics of a
                root.) `None` is the constructor's `hparams_run`, or the time if that is `None`. tensorboardX's position
                for `global_step`, the fourth, works too: a value that is not text is a step.
            global_step: Step of the metrics.
            name: tensorboardX's name of `run_name`.

        Raises:
            TypeError: `hparam_dict` or `metric_dict` is no mapping, a key is not a `str`, a metric is not a number, or
                a domain is no list of values of the hyperparameter's kind. Nothing is written then.
            ValueError: The run would be outside the log directory, or a value is out of range. Nothing is written then.
            ShapeError: A metric has none or several elements. Nothing is written then.

        Example:
            >>> import tempfile
            >>> from tensorbolt import SummaryWriter
            >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
            ...     writer.add_hparams({"lr": 0.1, "optimizer": {"name": "sgd"}}, {"accuracy": 0.9}, run_name="first")
        """
        # Imported here: most programs need none of it.
        from tensorbolt.writer import _hparam_values

        domains, given, global_step = _call_form(
            hparam_domain_discrete, run_name, global_step, name
        )
        check_step(global_step)
        values = {
            key: value
            for key, item in _hparam_values.flat(hparam_dict, "hparam_dict").items()
            if (value := _hparam_values.plain(item, f"hparam_dict[{shown(key)}]"))
            is not None
        }
        found = _domains(domains, values)
        metrics = {
            tag: _arrays.number(value, f"metric_dict[{shown(tag)}]")
            for tag, value in _hparam_values.flat(metric_dict, "metric_dict").items()
        }
        run = self._run_of_hparams(given)
        own = run == _paths.OWN_RUN
        directory = "" if own else self._directory_of(run)
        step = self._step_of(global_step, f"{directory}/_hparams_")
        rows = [(key, value, found.get(key)) for key, value in values.items()]
        scalars = [
            (
                self._naming.metric_tag(tag),
                value,
                self._step_of(global_step, tag if own else f"{directory}/{tag}"),
            )
            for tag, value in metrics.items()
        ]
        self._warn_of_hparams(run, values, step)
        watched = None if own else self._watched_writer()
        written = scalars if watched is None else []
        seconds = self._wall_time(None)

        def call(events: _core.Writer) -> _core.Outcome:
            return events.add_hparams(rows, written, step, seconds)

        if own:
            self._emit(call)
        else:
            self._write_session(directory, call)
        if watched is not None:
            with watched(directory) as writer:
                for tag, value, counted in scalars:
                    # Trackers choose a step for None by themselves.
                    given_step = counted if self.auto_step else global_step
                    writer.add_scalar(tag, value, given_step)

    def _watched_writer(self) -> Any:
        """Return our class of this writer if its `add_scalar` is replaced, as trackers do.

        Both reference writers log metrics with a second writer of the class, and so call the replacement.
        """
        if not self._write_to_disk:
            return None
        ours: Any = self._our_class()
        return None if ours.add_scalar is ours._original_add_scalar else ours

    def _run_of_hparams(self, given: Any) -> str:
        if given is not None:
            file = self._file_writer
            log_dir = str(self.log_dir) if file is None else file.get_logdir()
            return _paths.run_name(log_dir, given, "run_name")
        if self.hparams_run is not None:
            return self.hparams_run
        while True:
            run = str(time.time())
            # Two calls at one time would share a row.
            if run not in self._hparams_of:
                return run

    def _directory_of(self, run: str) -> str:
        return f"{self._get_file_writer().get_logdir().rstrip('/')}/{run}"

    def _write_session(self, directory: str, call: Emission) -> None:
        """Write to a run that stays open until the next one, so that a sweep of thousands has few files open."""
        mine = directory not in (self.all_writers or {})
        outcome = self._write(call, directory)
        last = self._open_session
        if last != directory:
            self._open_session = directory if mine else None
            self._let_go_of(last)
        if outcome.alert:
            self._report_problems()

    def _let_go_of(self, directory: str | None) -> None:
        writer = (self.all_writers or {}).get(directory or "")
        # A file whose store fails stays open: closing it would drop events that the background still retries.
        if writer is not None and events_of(writer).flush():
            with self._files_lock:
                if self.all_writers is not None:
                    self.all_writers.pop(str(directory), None)
            writer.close()

    def _warn_of_hparams(self, run: str, values: dict[str, Any], step: int) -> None:
        # Checksums take less memory than the values of a sweep of thousands.
        # Imported here, so that `import tensorbolt` is quick.
        import zlib

        checksum = zlib.crc32(repr(sorted(values.items())).encode())
        if self._hparams_of.setdefault(run, checksum) != checksum:
            self._notices.once(
                f"hparams {run}",
                f"add_hparams: run {shown(run)} has other hyperparameters already, and TensorBoard keeps those; "
                "pass another run_name",
            )
        if not -MAX_STEP <= step < MAX_STEP:
            self._notices.once(
                "hparams step",
                f"add_hparams: TensorBoard's table of hyperparameters fails at steps beyond 32 bits, such as {step}",
            )


def _call_form(
    domains: Any, run_name: Any, global_step: Any, name: Any
) -> tuple[Any, Any, Any]:
    """Return domains, name of the run and step, in torch's or tensorboardX's positions, recognised by the types."""
    names = [name] if name else []
    if isinstance(domains, (str, os.PathLike)):
        names, domains = [domains, *names], None
    if isinstance(run_name, (str, os.PathLike)):
        names += [run_name] if run_name else []
    elif run_name is not None:
        if domains is not None:
            raise TypeError(
                f"run_name must be a str or None, not {type(run_name).__name__} ({shown(run_name)}); pass str(run_name)"
            )
        if global_step is not None:
            raise TypeError(
                f"global_step is given twice, as {shown(run_name)} in run_name's position and as {shown(global_step)}"
            )
        global_step = run_name
    names = [one for one in names if one]
    if len(names) > 1:
        raise TypeError(
            f"the run is named twice, {names[0]!r} and {names[1]!r}; pass run_name alone"
        )
    return domains, names[0] if names else None, global_step


def _domains(domains: Any, values: dict[str, Any]) -> dict[str, Any]:
    if domains is None:
        return {}
    # As above.
    from tensorbolt.writer import _hparam_values

    found = {}
    for key, items in _hparam_values.flat(domains, "hparam_domain_discrete").items():
        if key not in values:
            raise TypeError(
                f"hparam_domain_discrete has {shown(key)}, which is no hyperparameter with a value in hparam_dict"
            )
        found[key] = _hparam_values.domain(
            items, values[key], f"hparam_domain_discrete[{shown(key)}]"
        )
    return found
