"""`docs/api/json.md` lists every key that commands print with `--json`, and its type."""

import json
import math
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from tests.python.support.helpers import event_files
from tests.python.support.rank_streams import Stream, scalars, start

from tensorbolt import SummaryWriter, cli

PAGE = Path(__file__).parents[3] / "docs" / "api" / "json.md"
ROW = re.compile(r"^\| `(?P<key>[^`]+)` \| (?P<type>[a-z ]+) \| .+ \|$", re.MULTILINE)
INFINITE = ("NaN", "Infinity", "-Infinity")
TYPES = {
    "text": lambda value: isinstance(value, str),
    "integer": lambda value: type(value) is int,
    "number": lambda value: type(value) in (int, float) or value in INFINITE,
    "boolean": lambda value: isinstance(value, bool),
}


def described():
    """From command to its keys, and from each key to its types."""
    tables = {}
    for section in PAGE.read_text(encoding="utf-8").split("\n## tensorbolt ")[1:]:
        names, _, text = section.partition("\n")
        keys = {row["key"]: row["type"].split(" or ") for row in ROW.finditer(text)}
        tables.update(dict.fromkeys(names.split(", "), keys))
    return tables


def walk(value, path=""):
    """Yield the path of each value that holds no others, and the value."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from walk(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for inner in value:
            yield from walk(inner, f"{path}[]")
    else:
        yield path, value


def fits_name(path, key):
    """Whether a path has, in the place of `NAME` at the end of a key, any name."""
    start, dot, name = key.rpartition(".")
    return name == "NAME" and path.startswith(start + dot)


def strict(text):
    """Parse as a program does whose parser knows no NaN."""

    def refuse(name):
        raise ValueError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture
def logs(tmp_path, monkeypatch):
    """Logs with everything that the commands say something about: damage, odd values, other kinds of data."""
    monkeypatch.chdir(tmp_path)
    for name, last in (("a/first", 9), ("a/second", 9), ("b/first", 10)):
        with SummaryWriter(tmp_path / name) as writer:
            for step in range(last):
                writer.add_scalar("loss", step / len(name), step)
            writer.add_scalar("odd", math.inf, 3)
            writer.add_histogram("weights", np.arange(9.0), 3)
            writer.add_hparams({"lr": 0.1, "name": "a", "on": True}, {}, run_name=".")
    with SummaryWriter(tmp_path / "b/first", filename_suffix=".more") as writer:
        writer.add_scalar("only in b", math.nan, 1)
    job = Stream("job", 1)
    job.add(start(0, 3), start(1, 3), scalars(0, 1, {"loss": 0.5}))
    for step in range(50):
        # Rank 1 is slow.
        for rank in range(2):
            job.add(scalars(rank, step, {"seconds/data": 0.1 + rank}))
    (tmp_path / "points.csv").write_text("step,loss\n1,0.5\n2,0.25\n")
    for run in ("torn", "damaged"):
        with SummaryWriter(tmp_path / run) as writer:
            for step in range(9):
                writer.add_scalar("loss", step, step)
    (torn,), (damaged,) = event_files("torn"), event_files("damaged")
    whole = torn.read_bytes()
    torn.write_bytes(whole[:-3])
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    (tmp_path / "nothing.tfevents").touch()
    (tmp_path / "segments").mkdir()
    for name in (
        "0.000000",
        "0.000001",
        "0.000002",
        "1.000000",
        "1.000002",
        "1.000003",
    ):
        segment = tmp_path / "segments" / f"events.out.tfevents.1.h.1.00000{name}"
        segment.write_bytes(whole)
    with takes_all() as store:
        leave(tmp_path / "spool" / "1-1-1", store, torn.read_bytes())
        yield


@contextmanager
def takes_all():
    """Address of a store that takes every object."""

    class Store(BaseHTTPRequestHandler):
        def do_PUT(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_HEAD(self):
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def leave(spool, store, data):
    """Make what a killed process leaves of a log in a store."""
    (spool / "log").mkdir(parents=True)
    fields = {"version": 1, "url": f"{store}/run", "suffix": "", "host": "h", "pid": 1}
    (spool / "address.json").write_text(json.dumps(fields))
    (spool / "log" / "events.out.tfevents.1.h.1.000000").write_bytes(data)


#: Calls of each command, which together print every key.
CALLS = {
    "ls": ["a"],
    "show": ["a"],
    # Standard input ends at once.
    "serve": ["a first=b --until-eof"],
    "tail": ["b --once --last 1"],
    "diff": ["a b"],
    "export": ["a -o out.csv", "a --kind images -o out"],
    "reduce": ["a -o out --lax-tags", "job"],
    "edit": ["damaged -o out", "damaged --dry-run"],
    "merge": ["damaged a -o out"],
    "downsample": ["damaged -o out"],
    "import": ["points.csv -o out"],
    "verify": ["damaged torn b nothing.tfevents"],
    "push": ["spool"],
    "compact": ["segments"],
    "doctor": ["a"],
    "repair": ["damaged b", "damaged --output out", "damaged --in-place"],
}


@pytest.mark.parametrize("command", CALLS)
def test_the_page_has_all_keys_and_types(command, logs, capsys):
    keys = described()[command]
    seen = set()
    for words in CALLS[command]:
        assert cli.main([command, "--json", *words.split()]) in (0, 1)
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 1 or command == "tail"
        for path, value in (one for line in lines for one in walk(strict(line))):
            if any(key.startswith((f"{path}.", f"{path}[]")) for key in keys):
                # A list or an object that is empty here.
                assert value in (None, [])
                continue
            key = next((key for key in keys if fits_name(path, key)), path)
            assert key in keys, f"the page has no key {path!r}"
            seen.add(key)
            fits = [
                value is None if t == "null" else TYPES[t](value) for t in keys[key]
            ]
            assert any(fits), f"{path} is {value!r}, not {' or '.join(keys[key])}"
    assert seen == keys.keys()


def test_each_command_with_json_is_called():
    assert CALLS.keys() == described().keys()


def test_numbers_that_json_does_not_have_are_strings(logs, capsys):
    assert cli.main(["show", "--json", "b"]) == 0
    curves = strict(capsys.readouterr().out)["curves"]
    lasts = {curve["tag"]: curve["last"] for curve in curves}
    assert (lasts["odd"], lasts["only in b"]) == ("Infinity", "NaN")


def test_the_table_and_json_do_not_share_standard_output(logs, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["export", "a", "--json", "--format", "csv", "-o", "-"])
    printed = capsys.readouterr()
    assert "pass -o FILE" in printed.err
    assert not printed.out
