"""Command line; see `--help`."""

import argparse
import fnmatch
import sys
from pathlib import Path

from benches.python import check, report, runner
from benches.python.scenario import ImportScenario
from benches.python.scenarios import scenarios

ROOT = Path(__file__).resolve().parents[2]

EPILOG = """
Every scenario is run in rounds, one contender after the other, so that a busy machine slows all of them alike; look at
the ratio rather than at the times, and close other programs before you quote either. "best" is the quickest round,
"median" the usual one. The garbage collector is off while the clock runs, for all. Every file is read back with
TensorBoard's reader: a wrong number, count or pixel ends the run with exit status 1.

examples:
  python -m benches.python                      everything; a few minutes
  python -m benches.python --quick              fewer rounds; no scenario that takes the incumbents seconds
  python -m benches.python --only 'scalar*'     one family
  python -m benches.python --only histogram/1M --rounds 30
  python -m benches.python --list               what there is
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; return the exit status."""
    options = _parser().parse_args(arguments)
    chosen = [
        scenario
        for scenario in scenarios()
        if any(
            fnmatch.fnmatch(scenario.name, pattern) for pattern in options.only or ["*"]
        )
        and not (options.quick and not options.only and _is_heavy(scenario))
    ]
    if not chosen:
        print(f"no scenario matches {options.only}; see --list", file=sys.stderr)
        return 2
    if options.list:
        for scenario in chosen:
            print(f"{scenario.name:22} {scenario.what}")
        return 0
    rounds = options.rounds or (2 if options.quick else 7)
    limit = 1.0 if options.quick else 15.0
    about = report.machine()
    results = {}
    for scenario in chosen:
        print(f"{scenario.name}: {scenario.what}", file=sys.stderr, flush=True)
        try:
            results[scenario.name] = runner.measure(
                scenario, rounds, float("inf") if options.rounds else limit
            )
        except check.WrongAnswerError as error:
            print(f"wrong answer: {error}", file=sys.stderr)
            return 1
    print(report.table(results, about))
    print(
        f"\nnumbers of every round: {report.save(results, about, options.out)}",
        file=sys.stderr,
    )
    return 0


def _is_heavy(scenario: object) -> bool:
    return isinstance(scenario, ImportScenario) or bool(
        getattr(scenario, "heavy", False)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benches.python",
        description="Time tensorbolt beside torch.utils.tensorboard and tensorboardX, and check what each wrote.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--quick", action="store_true", help="under a minute on an idle machine"
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
        metavar="FOLDER",
        help="where the JSON goes [build/bench]",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
