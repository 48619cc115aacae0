"""`tensorbolt tail --json` prints a JSON object for each point."""

import json
import math
import os
import signal

import pytest
from tests.python.support.terminals import Terminal
from tests.python.tools.test_tail import tail

from tensorbolt import SummaryWriter, cli

VALUES = [0.1, math.nan, math.inf, -math.inf, 1e300, 2.0**53]
WORDS = ["NaN", "Infinity", "-Infinity"]


def write(directory):
    with SummaryWriter(directory / "a") as writer:
        for step, value in enumerate(VALUES):
            time = 1e9 + step / 4
            writer.add_scalar("tab\tand ü\u2028", value, step, walltime=time, **EXACT)
            writer.add_scalar("loss", value, -step, walltime=time + 0.125)
    with SummaryWriter(directory / "b") as writer:
        writer.add_scalar("loss", 0.5, 2**62, walltime=0.0)


EXACT = {"new_style": True, "double_precision": True}


def printed(capsys, *arguments):
    """The lines of one look."""
    assert cli.main(["tail", "--once", *map(str, arguments)]) == 0
    return capsys.readouterr().out.splitlines()


def test_each_point_is_an_object_with_its_exact_value(tmp_path, capsys):
    write(tmp_path)
    points = [
        json.loads(line) for line in printed(capsys, tmp_path, "--json", "--last", 99)
    ]
    names = ["schema", "run", "tag", "step", "wall_time", "value"]
    assert all(list(point) == names and point["schema"] == 1 for point in points)
    assert [tuple(point.values())[1:] for point in points if point["run"] == "b"] == [
        ("b", "loss", 2**62, 0.0, 0.5)
    ]
    mine = [point for point in points if point["tag"] == "tab\tand ü\u2028"]
    assert [point["value"] for point in mine] == [0.1, *WORDS, 1e300, 2.0**53]
    assert [point["step"] for point in mine] == [0, 1, 2, 3, 4, 5]
    assert [point["wall_time"] for point in mine] == [1e9 + n / 4 for n in range(6)]
    # A float32, all digits of it.
    assert points[1]["value"] == 0.10000000149011612


@pytest.mark.parametrize("last", [0, 1, 3, "all"])
def test_the_points_are_those_of_lines_in_their_order(last, tmp_path, capsys):
    write(tmp_path)
    options = [tmp_path, "--tags", "loss", "--last", last]
    rows = [line.split("\t")[:3] for line in printed(capsys, "--lines", *options)]
    points = map(json.loads, printed(capsys, "--json", *options))
    assert [
        [point["run"], str(point["step"]), point["tag"]] for point in points
    ] == rows


def test_objects_come_as_points_do_also_on_a_terminal(tmp_path, capsys):
    write(tmp_path)
    with Terminal(200, 50) as terminal, SummaryWriter(tmp_path / "c") as writer:
        arguments = [tmp_path, "--json", "--last", "all"]
        once = printed(capsys, *arguments)
        with tail(*arguments, "--interval", 0.05, stdout=terminal.theirs) as process:
            os.close(terminal.theirs)
            terminal.read_until(f"{once[-1]}\r\n")
            assert terminal.text.splitlines() == once
            terminal.text = ""
            writer.add_scalar("loss", 0.25, 7, walltime=3.5)
            terminal.read_until("\n")
            assert json.loads(terminal.text) == {
                "schema": 1,
                "run": "c",
                "tag": "loss",
                "step": 7,
                "wall_time": 3.5,
                "value": 0.25,
            }
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0


def test_lines_and_json_are_not_both(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["tail", "--once", "--json", "--lines", str(tmp_path)])
    assert "--lines: not allowed with argument --json" in capsys.readouterr().err
