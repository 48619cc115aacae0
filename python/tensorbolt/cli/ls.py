"""`tensorbolt ls`: what is in a log."""

import argparse
from datetime import datetime
from typing import Any

from tensorbolt._wording import counted, plain
from tensorbolt.cli.arguments import (
    Commands,
    add_choices,
    add_command,
    add_json,
    add_logdir,
)
from tensorbolt.cli.json_output import json_path, print_json
from tensorbolt.cli.logs import (
    aligned,
    damage_by_run,
    number,
    opened,
)
from tensorbolt.cli.progress import progress
from tensorbolt.reading.log import Log
from tensorbolt.reading.run import Run

_THOUSAND = 1000
_UNITS = ("B", "kB", "MB", "GB", "TB")

DESCRIPTION = """\
Lists the runs of a log: how many tags and points each has, its last step, its size, and when it was last
written to. With -l it lists every tag of every run instead, with the kind of its data, the number of points,
the last step, and the last value of scalars. Event files of any writer are read. All points count, none is
sampled."""

EPILOG = """\
exit status:
  0  all could be read
  1  there is damage: the column "damage" counts its places, and `tensorbolt verify` explains them
  2  wrong arguments, nothing there, or files that cannot be read

examples:
  tensorbolt ls                       the runs in the directory "runs"
  tensorbolt ls -l runs/first         each tag of the runs in runs/first
  tensorbolt ls -l --tags '^val/'     only tags that begin with "val/"
  tensorbolt ls -l --runs 'seed[01]$' --steps 100:
                                      what these runs logged from step 100 on
  tensorbolt ls --json | python -m json.tool"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "ls",
        run,
        summary="list runs and tags",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    add_logdir(parser)
    parser.add_argument(
        "-l", "--long", action="store_true", help="one line for each tag"
    )
    add_json(parser)
    add_choices(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the list, and return the exit status."""
    with opened(arguments.logdir, arguments) as log:
        damage = damage_by_run(log)
        with progress("looking at tags"):
            tags = _tags_by_run(log, with_values=arguments.long or arguments.json)
        if arguments.tags is None:
            runs = log.runs
        else:
            runs = [one for one in log.runs if one.name in tags]
        if arguments.json:
            print_json(_as_json(runs, tags, damage))
        elif arguments.long:
            _print_tags(runs, tags)
        else:
            _print_runs(runs, tags, damage)
    return int(bool(damage))


def _tags_by_run(log: Log, with_values: bool) -> dict[str, list[dict[str, Any]]]:
    """The rows of the table of tags, each with the last value if it is a scalar."""
    values: dict[tuple[str, str], float] = {}
    if with_values:
        last = log.scalars.last().to_dict()
        names = zip(last["run"], last["tag"], strict=True)
        values = dict(zip(names, last["value"], strict=True))
    columns = log.tags.to_dict()
    found: dict[str, list[dict[str, Any]]] = {}
    for cells in zip(*columns.values(), strict=True):
        row = dict(zip(columns, cells, strict=True))
        row["last_value"] = values.get((row["run"], row["tag"]))
        found.setdefault(row["run"], []).append(row)
    return found


def _print_runs(
    runs: list[Run], tags: dict[str, list[dict[str, Any]]], damage: dict[str, int]
) -> None:
    rows = [["run", "tags", "points", "last step", "size", "last written"]]
    if damage:
        rows[0].append("damage")
    for one in runs:
        its = tags.get(one.name, [])
        row = [
            plain(one.name),
            f"{len(its):,}",
            f"{sum(tag['count'] for tag in its):,}",
            str(max((tag["last_step"] for tag in its), default="")),
            size(one.nbytes),
            _local(one.end_time),
        ]
        if damage:
            row.append(str(damage.get(one.name, "")))
        rows.append(row)
    for line in aligned(rows, {1, 2, 3, 4, 6}):
        print(line)
    total = size(sum(one.nbytes for one in runs))
    print(f"{counted(len(runs), 'run')}, {total}")


def _print_tags(runs: list[Run], tags: dict[str, list[dict[str, Any]]]) -> None:
    rows = [["run", "tag", "kind", "points", "last step", "last value"]]
    for one in runs:
        for tag in tags.get(one.name, []):
            value = tag["last_value"]
            rows.append(
                [
                    plain(one.name),
                    plain(tag["tag"]),
                    tag["kind"],
                    f"{tag['count']:,}",
                    str(tag["last_step"]),
                    "" if value is None else number(value),
                ]
            )
    for line in aligned(rows, {3, 4, 5}):
        print(line)


def _as_json(
    runs: list[Run], tags: dict[str, list[dict[str, Any]]], damage: dict[str, int]
) -> dict[str, Any]:
    return {
        "runs": [
            {
                "run": one.name,
                "path": None if one.path is None else json_path(one.path),
                "files": list(one.files),
                "events": one.event_count,
                "bytes": one.nbytes,
                "start_time": _iso(one.start_time),
                "end_time": _iso(one.end_time),
                "damage": damage.get(one.name, 0),
                "tags": [_tag_as_json(tag) for tag in tags.get(one.name, [])],
            }
            for one in runs
        ],
    }


def _tag_as_json(tag: dict[str, Any]) -> dict[str, Any]:
    names = ("tag", "kind", "plugin", "count", "first_step", "last_step")
    return {
        **{name: tag[name] for name in names},
        "bytes": tag["nbytes"],
        "last_value": tag["last_value"],
    }


def size(nbytes: int) -> str:
    """Bytes as people read them: three digits, in powers of ten."""
    text = f"{nbytes:.3g}"
    amount, exponent = float(text), 0
    while amount >= _THOUSAND and exponent < len(_UNITS) - 1:
        amount, exponent = amount / _THOUSAND, exponent + 1
    return f"{amount:.3g} {_UNITS[exponent]}"


def _local(time: datetime | None) -> str:
    return "" if time is None else f"{time.astimezone():%Y-%m-%d %H:%M}"


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()
