"""`tensorbolt reduce`: the mean, and other statistics, of several runs or of the ranks of a job."""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tensorbolt import SummaryWriter
from tensorbolt._wording import counted, plain
from tensorbolt.cli import reduce_ranks
from tensorbolt.cli.arguments import (
    LOG,
    Commands,
    add_choices,
    add_command,
    add_json,
    add_output,
    add_sources,
    add_storage_options,
    at_least_one,
    pattern,
)
from tensorbolt.cli.export import FORMATS, write_table
from tensorbolt.cli.json_output import json_path, print_json
from tensorbolt.cli.logs import opened, report_damage
from tensorbolt.cli.output import check_free, replacing
from tensorbolt.cli.progress import progress
from tensorbolt.reading.column import Column, categories, integers, numbers
from tensorbolt.reading.reduce import OPS, STEPS
from tensorbolt.reading.scalars import Scalars
from tensorbolt.reading.table import Table
from tensorbolt.reading.wide import curves, union

DESCRIPTION = """\
Puts several runs together, such as the seeds of an experiment: for each tag and step the mean, the standard
deviation and other statistics over the runs. The result is a log with a run for each statistic, which
TensorBoard shows, or a table. Every point counts, none is sampled. The flags of tensorboard-reducer work as
well.

If the one LOGDIR is that of a job whose ranks logged with SummaryWriter(ranks="reduce"), it puts the ranks
together: it reads their streams in LOGDIR/ranks, and writes for each tag the mean, or what reduce_by() asked
for, and ranks/min/TAG, ranks/max/TAG, ranks/std/TAG, ranks/p50/TAG and ranks/max_rank/TAG; of seconds/SECTION
also scores of the slowest rank, and it names ranks that were slow. Without -o it adds to the log what rank 0 has
not written, such as after a crash; it may run any number of times, once the job has ended. With -o it makes a
log of all values, also of those that came too late for rank 0."""

EPILOG = f"""\
statistics (-r):
  {", ".join(OPS)}, count, and quantiles
  from 0 to 1, such as 0.25; std and var divide by the number of runs

exit status:
  0  written
  1  written, but a log is damaged: only whole records took part
  2  wrong arguments, nothing there, runs that do not have the same tags, or files that cannot be read or written; nothing was changed

examples:
  tensorbolt reduce 'runs/seed*' -o runs/all-seeds
                               look at it with `tensorbolt view`
  tensorbolt reduce 'runs/seed*' -o seeds.csv -r mean,min,max,0.25,0.75
                               a table, with quartiles
  tensorbolt reduce sweep -o reduced --group '^(.*)/seed\\d+$'
                               a result for each text in the brackets
  tensorbolt reduce 'runs/seed*' -o interpolated --align interpolate
                               runs that logged at different steps
  tensorbolt reduce job        the ranks of a job: add what rank 0 did not write
  tensorbolt reduce job -o curves --follow
                               while the job runs, into a log of its own"""

#: What tensorboard-reducer calls the policies for several points at a step.
_DUPLICATES = {"keep-first": "first", "keep-last": "last"}


def _ops(text: str) -> list[Any]:
    ops: list[Any] = []
    for name in text.split(","):
        if name in OPS or name == "count":
            ops.append(name)
            continue
        try:
            quantile = float(name)
        except ValueError:
            quantile = -1.0
        if not 0 <= quantile <= 1:
            known = ", ".join([*OPS, "count"])
            raise argparse.ArgumentTypeError(
                f"{name!r} is none of {known}, and no quantile from 0 to 1"
            )
        ops.append(quantile)
    return ops


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "reduce",
        run,
        summary="statistics over runs, such as seeds",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    add_sources(parser, f"{LOG}; each run takes part", str)
    add_output(
        parser,
        "--outpath",
        others="a file that ends in .csv, .parquet, .jsonl, .json or .arrow; for the ranks of a job a log, by default LOGDIR",
        required=False,
    )
    parser.add_argument(
        "-r",
        "--reduce-ops",
        dest="ops",
        type=_ops,
        default=["mean", "std", "min", "max"],
        metavar="OPS",
        help="statistics, separated by commas [mean,std,min,max]",
    )
    parser.add_argument(
        "--group",
        type=pattern,
        metavar="REGEX",
        help="put those runs together for which the first group of the expression, or else all that it finds, is the same text",
    )
    rules = parser.add_argument_group("runs that differ")
    # `--steps` chooses steps in other commands, and here as well.
    rules.add_argument(
        "--align",
        choices=STEPS,
        default="intersection",
        help="steps that not all runs have: leave them out, take the runs that have them, or draw straight lines between the points of each run [intersection]",
    )
    rules.add_argument(
        "--lax-steps",
        dest="align",
        action="store_const",
        const="union",
        help="the same as --align union",
    )
    rules.add_argument(
        "--lax-tags",
        action="store_true",
        help="take tags that not all runs have from the runs that have them; otherwise they are an error",
    )
    rules.add_argument(
        "--min-runs-per-step",
        type=at_least_one,
        metavar="N",
        help="leave out steps that fewer runs have; implies --align union",
    )
    rules.add_argument(
        "--handle-dup-steps",
        choices=_DUPLICATES,
        default="keep-last",
        help="of several points at a step [keep-last]",
    )
    reduce_ranks.add_arguments(parser)
    add_json(parser)
    add_choices(parser)
    add_storage_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the statistics, say what is in them, and return the exit status."""
    job = reduce_ranks.job_of(arguments)
    if job is not None:
        return reduce_ranks.run(job, arguments)
    _check_arguments(arguments)
    check_free(arguments.output, arguments)
    if arguments.min_runs_per_step is not None:
        arguments.align = "union"
    duplicates = _DUPLICATES[arguments.handle_dup_steps]
    source = arguments.logdirs if len(arguments.logdirs) > 1 else arguments.logdirs[0]
    with opened(source, arguments, kinds="scalars", duplicates=duplicates) as log:
        table = log.scalars
        groups = _groups(table, arguments.group)
        if not groups:
            arguments.parser.error("no run has scalars, or none fits --group")
        results = _results(table, groups, arguments)
        damage = report_damage(log)
    form = FORMATS.get(arguments.output.suffix.lower())
    with (
        progress(f"writing {arguments.output}"),
        replacing(arguments.output) as made,
    ):
        if form is None:
            _write_log(results, made, arguments.ops)
        else:
            try:
                write_table(
                    _joined(results, grouped=arguments.group is not None), made, form
                )
            except ImportError as error:
                arguments.parser.error(str(error))
    if arguments.json:
        print_json(
            {
                "output": json_path(arguments.output),
                "groups": [
                    {"group": name, "runs": runs, "rows": len(results[name])}
                    for name, runs in groups.items()
                ],
                "damage": damage,
            }
        )
        return int(damage > 0)
    runs = sum(map(len, groups.values()))
    print(
        f"{plain(arguments.output)}: {counted(runs, 'run')} in {counted(len(groups), 'group')}"
    )
    return int(damage > 0)


def _check_arguments(arguments: argparse.Namespace) -> None:
    if arguments.output is None:
        arguments.parser.error(
            "-o is needed, the log or the table to make; only for the directory of a job whose ranks logged with "
            'ranks="reduce" it may be left out'
        )
    for name, option in (
        ("follow", "--follow"),
        ("window", "--window"),
        ("double_precision", "--double-precision"),
    ):
        if getattr(arguments, name) not in (None, False):
            arguments.parser.error(
                f"{option} is for the ranks of a job, and there are no streams of ranks in {', '.join(map(plain, arguments.logdirs))}"
            )


def _results(
    table: Scalars, groups: dict[str, list[str]], arguments: argparse.Namespace
) -> dict[str, Table]:
    for name, runs in groups.items():
        _check_tags(table.where(runs=runs), name, arguments)
    results: dict[str, Table] = {}
    lost: dict[str, int] = {}
    what = f"computing {counted(len(groups), 'group')}"
    with progress(what, lambda: len(groups)) as update:
        for name, runs in groups.items():
            part = table.where(runs=runs)
            results[name] = _reduced(part, arguments)
            lost[name] = _tag_steps(part) - len(results[name])
            update(len(results))
    for name, count in lost.items():
        if count > 0 and (
            arguments.align == "intersection" or arguments.min_runs_per_step
        ):
            where = f" of {plain(name)!r}" if name else ""
            print(
                f"{counted(count, 'step')}{where} that not all runs have were left out; --align union keeps them",
                file=sys.stderr,
            )
    return results


def _groups(
    table: Scalars, expression: "re.Pattern[str] | None"
) -> dict[str, list[str]]:
    """From name of a group to its runs; without an expression all runs are one group without a name."""
    runs = list(dict.fromkeys(table.first()["run"].tolist()))
    if expression is None:
        return {"": runs} if runs else {}
    groups: dict[str, list[str]] = {}
    left_out = 0
    for name in runs:
        found = expression.search(name)
        if found is None:
            left_out += 1
            continue
        text = found[1] if expression.groups else found[0]
        groups.setdefault(text or "", []).append(name)
    if left_out:
        print(
            f"--group is not found in the names of {counted(left_out, 'run')}, which were left out",
            file=sys.stderr,
        )
    return groups


def _reduced(table: Scalars, arguments: argparse.Namespace) -> Table:
    """The statistics of one group of runs."""
    ops = list(dict.fromkeys([*arguments.ops, "count"]))
    result = table.reduce(ops=ops, steps=arguments.align)
    enough = arguments.min_runs_per_step
    return result if enough is None else result[result["count"] >= enough]


def _tag_steps(table: Scalars) -> int:
    """How many different steps the tags have, all tags together."""
    by_tag = curves(table._columns, table._groups, "tag").values()
    return sum(len(union([steps for steps, _ in runs.values()])) for runs in by_tag)


def _check_tags(table: Scalars, group: str, arguments: argparse.Namespace) -> None:
    """End the program if a run lacks a tag that another has, unless that is allowed."""
    first = table.first()
    runs_of: dict[str, set[str]] = {}
    for run, tag in zip(first["run"].tolist(), first["tag"].tolist(), strict=True):
        runs_of.setdefault(tag, set()).add(run)
    everyone = set(first["run"].tolist())
    for tag, runs in sorted(runs_of.items()):
        if runs != everyone and not arguments.lax_tags:
            lacking = min(everyone - runs)
            where = f" of group {plain(group)!r}" if group else ""
            arguments.parser.error(
                f"{len(runs)} of {len(everyone)} runs{where} have the tag {plain(tag)!r}, and {plain(lacking)!r} does not; "
                "--lax-tags takes each tag from the runs that have it, --tags chooses tags"
            )


def _column(op: Any) -> str:
    return op if isinstance(op, str) else f"quantile-{op:g}"


def _write_log(results: dict[str, Table], directory: Path, ops: list[Any]) -> None:
    """A run for each statistic, below a directory for each group."""
    directory.mkdir()
    for group, result in results.items():
        tags, steps = result["tag"], result["step"]
        stops = np.flatnonzero(np.append(tags[1:] != tags[:-1], True)) + 1
        for op in ops:
            values = result[str(op)].astype(np.float64)
            # The text comes from names of runs; it must not lead out of the directory.
            parts = [part for part in group.split("/") if part not in ("", ".", "..")]
            with SummaryWriter(directory.joinpath(*parts, _column(op))) as writer:
                start = 0
                for stop in stops.tolist() if len(tags) else []:
                    part = slice(start, stop)
                    writer.add_scalar_series(tags[start], values[part], steps[part])
                    start = stop


def _joined(results: dict[str, Table], grouped: bool) -> Table:
    """One table of all groups, with a column of their names if there are groups."""
    parts = list(results.values())
    names = parts[0].column_names
    columns: dict[str, Column] = {}
    if grouped:
        codes = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        columns["group"] = categories(codes, list(results))
    tags = np.concatenate([part["tag"] for part in parts]).tolist()
    known = {tag: place for place, tag in enumerate(dict.fromkeys(tags))}
    columns["tag"] = categories([known[tag] for tag in tags], list(known))
    for name in names[1:]:
        values = np.concatenate([part[name] for part in parts])
        make = integers if name in ("step", "count") else numbers
        columns[name if name in ("step", "count", *OPS) else f"quantile-{name}"] = make(
            values
        )
    return Table(columns)
