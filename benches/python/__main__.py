"""Command line; see `--help`."""

import argparse
import fnmatch
import shlex
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benches.python import check, plots, publish, readme, report, results, suite
from benches.python.curves import curves
from benches.python.extras import extras
from benches.python.runner import Runner
from benches.python.scenario import ImportScenario, Scenario
from benches.python.training import training

ROOT = Path(__file__).resolve().parents[2]

EPILOG = """
Every scenario is run in rounds, one contender after the other, so that a busy machine slows all of them alike; look at
the ratio rather than at the times, and close other programs before you quote either. "best" is the quickest round,
"median" the usual one. The garbage collector is off while the clock runs, for all. Every file is read back with
TensorBoard's reader: a wrong number, count or pixel ends the run with exit status 1.

tensorbolt runs on two threads, and where arrays are large on one as well. tf.summary, wandb (offline), mlflow and aim
take part in what they can do if they are installed.

examples:
  python -m benches.python                      everything, in a quarter of an hour
  python -m benches.python --full               longer curves, more rounds, in about an hour
  python -m benches.python --quick              the table without what takes the reference writers seconds, in two minutes
  python -m benches.python --only 'scalar*'     one family; also curve/…, training/… and extra/…
  python -m benches.python --only histogram/1M --rounds 30
  python -m benches.python --list               what there is
  python -m benches.python --draw build/bench/20260101-120000.json     tables and plots of an earlier run
  python -m benches.python --publish build/bench/20260101-120000.json  the same into docs/performance.md
  python -m benches.python --readme             the eight rows of the README, in five rounds or more
  python -m benches.python --publish-readme build/bench/20260101-120000.json  the same into README.md
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; return the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    if options.readme:
        options.only = [*(options.only or []), *readme.ROWS]
        options.rounds = options.rounds or readme.LEAST_ROUNDS
    if options.publish or options.publish_readme:
        _publish(options)
        return 0
    if options.draw:
        return _show(results.load(options.draw), options.draw.with_suffix(""))
    chosen = _Chosen(options)
    if not chosen.names:
        print(f"no scenario matches {options.only}; see --list", file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(f"{name:26} {what}" for name, what in chosen.names.items()))
        return 0
    path = results.new(options.out)
    command = shlex.join(["python", "-m", "benches.python", *arguments])
    try:
        found = _measure(chosen, options, command, path)
    except check.WrongAnswerError as error:
        print(f"wrong answer: {error}", file=sys.stderr)
        return 1
    print(f"\nnumbers of every round: {path}", file=sys.stderr)
    return _show(found, path.with_suffix(""))


def _publish(options: argparse.Namespace) -> None:
    if options.publish:
        publish.publish(options.publish, ROOT / "docs")
    if options.publish_readme:
        readme.put(options.publish_readme, ROOT)


class _Chosen:
    """What the options leave of the suite."""

    def __init__(self, options: argparse.Namespace) -> None:
        full, quick = options.full, options.quick and not options.only

        def keep(scenarios: Iterable[Any]) -> list[Any]:
            return [
                one
                for one in scenarios
                if _matches(one.name, options.only)
                and not (one.full and not full and not options.only)
                and not (quick and one.heavy)
            ]

        self.rows = keep(suite.table())
        self.curves = [] if quick else curves(full)
        self.points = {curve.name: keep(curve.points.values()) for curve in self.curves}
        self.training = [] if quick else keep(training())
        self.extras = [
            one
            for one in ([] if quick else extras())
            if _matches(f"extra/{one.name}", options.only)
        ]
        self.names = {
            **{one.name: one.what for one in self.rows},
            **{one.name: one.what for points in self.points.values() for one in points},
            **{one.name: one.what for one in self.training},
            **{f"extra/{one.name}": one.what for one in self.extras},
        }


def _measure(
    chosen: _Chosen, options: argparse.Namespace, command: str, path: Path
) -> results.Results:
    rounds = options.rounds or (15 if options.full else 2 if options.quick else 5)
    limit = 60.0 if options.full else 1.0 if options.quick else 40.0
    if options.rounds:
        limit = float("inf")
    found: results.Results = {"command": command, "machine": results.machine()}
    found.update(rows={}, curves={}, training={}, extras={})
    progress = _Progress(len(chosen.names))
    with Runner() as runner:

        def row(one: Scenario | ImportScenario, into: dict[Any, Any], key: Any) -> None:
            progress.show(f"{one.name}: {one.what}")
            calls = one.calls if isinstance(one, Scenario) else 1
            times = runner.measure(one, rounds, limit)
            into[key] = {"what": one.what, "calls": calls, "contenders": times}
            # So that a run that is cut short has not been for nothing.
            results.save(found, path)

        for one in chosen.rows:
            row(one, found["rows"], one.name)
        for curve in chosen.curves:
            kept = chosen.points[curve.name]
            points: dict[str, Any] = {}
            if kept:
                about = {"what": curve.what, "unit": curve.unit, "points": points}
                found["curves"][curve.name] = about
            for place, one in curve.points.items():
                if one in kept:
                    row(one, points, str(place))
        for one in chosen.training:
            row(one, found["training"], one.name)
    for extra in chosen.extras:
        progress.show(f"extra/{extra.name}: {extra.what}")
        found["extras"][extra.name] = {
            "what": extra.what,
            "limits": dict(extra.limits),
            "contenders": extra.run(options.full),
        }
        results.save(found, path)
    return found


class _Progress:
    def __init__(self, count: int) -> None:
        self._count = count
        self._done = 0
        self._began = time.monotonic()

    def show(self, text: str) -> None:
        self._done += 1
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        place = f"[{self._done}/{self._count} {minutes}:{seconds:02}]"
        print(place, text, file=sys.stderr, flush=True)


def _show(found: results.Results, directory: Path) -> int:
    print(report.markdown(found))
    for path in plots.draw(found, directory):
        print(f"plot: {path}", file=sys.stderr)
    return 0


def _matches(name: str, patterns: list[str] | None) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns or ["*"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benches.python",
        description="Time tensorbolt, torch.utils.tensorboard and tensorboardX, and check what each wrote.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--quick", action="store_true", help="two rounds of the quick rows only"
    )
    length.add_argument(
        "--full", action="store_true", help="all there is, in fifteen rounds"
    )
    length.add_argument(
        "--readme", action="store_true", help="the rows that the README shows"
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="PATTERN",
        help="scenarios whose name matches, with * and ?; may be repeated",
    )
    parser.add_argument(
        "--rounds",
        type=int,
        metavar="N",
        help="exactly N rounds, however long they take",
    )
    parser.add_argument(
        "--list", action="store_true", help="name the scenarios and stop"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=ROOT / "build" / "bench",
        metavar="DIRECTORY",
        help="where the JSON and the plots go [build/bench]",
    )
    parser.add_argument(
        "--draw",
        type=Path,
        metavar="FILE",
        help="print the tables of an earlier run, and draw its plots next to it",
    )
    parser.add_argument(
        "--publish",
        type=Path,
        metavar="FILE",
        help="put the tables and plots of an earlier run into docs/",
    )
    parser.add_argument(
        "--publish-readme",
        type=Path,
        metavar="FILE",
        help="put the eight rows of an earlier run into the README",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
