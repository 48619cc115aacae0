"""Builds the data server as a program, and puts it where maturin takes a wheel's programs from; see `--help`.

maturin makes one product of Cargo for a wheel, and that is the extension. TensorBoard looks for the port of a data server
10 ms after it started it, and then only twice a second; Python itself takes longer than that to start.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = "tensorbolt-data-server"
#: maturin's place for what a wheel has besides the package; what is in it is installed next to the interpreter.
PROGRAMS = ROOT / "tensorbolt._core.data" / "scripts"


def build(profile: str = "release", target: str | None = None) -> Path:
    """Build the program, and return it.

    Args:
        profile: Of Cargo.
        target: Platform that it is for; `None` is this one, or that of the variable `CARGO_BUILD_TARGET`.

    Raises:
        subprocess.CalledProcessError: Cargo failed, and said why.
    """
    command = [os.environ.get("CARGO", "cargo"), "build", "--locked"]
    command += ["--manifest-path", str(ROOT / "rust/serve/Cargo.toml"), "--bin", NAME]
    command += ["--profile", profile, "--message-format=json-render-diagnostics"]
    if target is not None:
        command += ["--target", target]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = map(json.loads, said.splitlines())
    programs = [Path(path) for message in messages if (path := message.get("executable"))]  # fmt: skip
    (program,) = programs
    return program


def put(program: Path, directory: Path = PROGRAMS) -> Path:
    """Copy the program into a directory, in place of an earlier one, which may be running."""
    directory.mkdir(parents=True, exist_ok=True)
    place = directory / program.name
    new = place.with_name(f"{place.name}.new")
    shutil.copy2(program, new)
    new.replace(place)
    return place


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the program; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.wheels.data_server", description=__doc__
    )
    parser.add_argument("--profile", default="release", help="of Cargo (release)")
    parser.add_argument("--target", help="platform, as rustc names it (this one)")
    parser.add_argument(
        "--to",
        type=Path,
        default=PROGRAMS,
        help="directory of the program (where maturin takes it from)",
    )
    options = parser.parse_args(arguments)
    try:
        program = build(options.profile, options.target)
    except subprocess.CalledProcessError as error:
        return int(error.returncode)
    print(put(program, options.to))
    return 0


if __name__ == "__main__":
    sys.exit(main())
