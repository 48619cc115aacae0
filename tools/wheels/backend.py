"""Builds wheels as pip asks for them: maturin's way, with the data server as a program of the wheel.

It is the build backend that `pyproject.toml` names. `maturin build` makes the same wheel after
`python -m tools.wheels.data_server`, and one without the program before.
"""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import maturin

# pip imports this file from its own directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tools.wheels import data_server

get_requires_for_build_editable = maturin.get_requires_for_build_editable
get_requires_for_build_sdist = maturin.get_requires_for_build_sdist
get_requires_for_build_wheel = maturin.get_requires_for_build_wheel
prepare_metadata_for_build_editable = maturin.prepare_metadata_for_build_editable
prepare_metadata_for_build_wheel = maturin.prepare_metadata_for_build_wheel
build_sdist = maturin.build_sdist


def build_wheel(
    wheel_directory: str,
    config_settings: Mapping[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Build a wheel, and return the name of its file."""
    _build_program(config_settings)
    name: str = maturin.build_wheel(
        wheel_directory, config_settings, metadata_directory
    )
    return name


def build_editable(
    wheel_directory: str,
    config_settings: Mapping[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Build a wheel that leads to this tree, and return the name of its file."""
    _build_program(config_settings)
    name: str = maturin.build_editable(
        wheel_directory, config_settings, metadata_directory
    )
    return name


def _build_program(config_settings: Mapping[str, Any] | None) -> None:
    words = _maturins_words(config_settings or {})
    profile = _value(words, "--profile") or "release"
    program = data_server.build(profile, _value(words, "--target"))
    # Of another platform, from an earlier build.
    for old in data_server.PROGRAMS.glob("*"):
        old.unlink()
    data_server.put(program)


def _maturins_words(config_settings: Mapping[str, Any]) -> list[str]:
    """The arguments that maturin gets as well: from its setting, or from its variable."""
    given = config_settings.get("build-args", config_settings.get("maturin.build-args"))
    if given is None:
        given = os.environ.get("MATURIN_PEP517_ARGS", "")
    return shlex.split(given) if isinstance(given, str) else list(given)


def _value(words: list[str], option: str) -> str | None:
    """The value of the last such option, written as one word or as two."""
    found = None
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name == option:
            found = value if equals else next(iter(words[at + 1 : at + 2]), None)
    return found
