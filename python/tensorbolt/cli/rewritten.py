"""What commands that rewrite logs share: how they are called, and what they print."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from tensorbolt._wording import counted, plain
from tensorbolt.cli import text
from tensorbolt.cli.json_output import json_path, print_json
from tensorbolt.cli.progress import files_progress
from tensorbolt.reading.rewrite import Rewritten, found_runs
from tensorbolt.reading.verify import Progress

#: What the help of these commands says.
EXIT_STATUS = """\
exit status:
  0  done
  1  done, and a log is damaged: its whole records were kept, and the rest is reported
  2  wrong arguments, no event files, or one that cannot be read or written; nothing was changed"""


def rewrite(
    call: Callable[[Progress], Rewritten],
    sources: list[Path],
    output: Path | None,
    arguments: argparse.Namespace,
) -> int:
    """Rewrite a log, print what was done, and return the exit status.

    Ends the program with a sentence and status 2 where it cannot be done.
    """

    def files() -> list[Path]:
        return [
            file.path
            for source in sources
            for run in found_runs(source).values()
            for file in run
        ]

    verb = "reading" if output is None else "rewriting"
    what = f"{verb} {', '.join(map(str, sources))}"
    try:
        # Each byte is checked, and then written.
        with files_progress(what, files, passes=2) as show:
            result = call(show)
    except (OSError, ValueError) as error:
        arguments.parser.error(plain(str(error)))
    return _report(result, output, arguments)


def _report(
    result: Rewritten, output: Path | None, arguments: argparse.Namespace
) -> int:
    if arguments.json:
        damaged = [
            {
                "path": json_path(file.path),
                "damage": file.damage,
                "skipped": file.skipped,
                "unreadable": file.unreadable,
            }
            for file in result.damaged
        ]
        fields = {
            "output": None if output is None else json_path(output),
            "files": result.files,
            "files_changed": result.changed,
            "runs": result.runs,
            "runs_left_out": result.runs_left_out,
            **vars(result.counts),
            "damaged": damaged,
        }
        print_json(fields)
        return int(any(file.damage for file in result.damaged))
    for file in result.damaged:
        print(*text.lines(file), sep="\n", file=sys.stderr)
    counts_of = result.counts
    where = "nothing was written" if output is None else plain(output)
    print(
        f"{where}: {counted(result.runs, 'run')}, {counted(result.files, 'file')}, {counted(counts_of.values, 'value')}"
    )
    parts = [
        (result.runs_left_out, "run", "left out"),
        (counts_of.values_left_out, "value", "left out"),
        (counts_of.values_renamed, "value", "renamed"),
        (result.changed, "file", "changed"),
    ]
    said = [f"{counted(count, what)} {how}" for count, what, how in parts if count]
    print(", ".join(said) or "nothing changes")
    return int(any(file.damage for file in result.damaged))
