"""What the variables of the environment change for a program that logs, and which of them are wrong."""

import difflib
import os
from collections.abc import Iterator
from typing import Any

from tensorbolt._environment import PREFIX
from tensorbolt._variables import REMEDY, STORAGE_OPTIONS, TABLE, Variable
from tensorbolt._wording import plain
from tensorbolt.cli.doctor_checks import Check

#: What begins the names of variables of clouds, which writers to object stores look at.
OTHER_PREFIXES = ("AWS_", "GOOGLE_", "AZURE_", "S3_ENDPOINT")


def variables() -> Iterator[Check]:
    """Look at each variable that is ours, and name those of clouds, which may be secrets."""
    known = {variable.name: variable for variable in TABLE}
    ours = sorted(name for name in os.environ if name.startswith(PREFIX))
    for name in ours:
        yield _known(known[name]) if name in known else _unknown(name, list(known))
    others = sorted(name for name in os.environ if name.startswith(OTHER_PREFIXES))
    if others or not ours:
        names = ", ".join(others) or "none that writers look at"
        yield Check("variables", "ok", names)


def options_for_stores() -> dict[str, Any]:
    """Return `storage_options` of the variable; none if it is wrong, which is reported with the others."""
    try:
        return STORAGE_OPTIONS.value() or {}
    except ValueError:
        return {}


def _known(variable: Variable) -> Check:
    try:
        value = variable.value()
    except ValueError as error:
        text = str(error).removesuffix(f"; {REMEDY}")
        return Check("variables", "error", text, REMEDY)
    if value is None:
        return Check("variables", "ok", f"{variable.name} is empty: not used")
    text = "…" if variable.is_secret else plain(os.environ[variable.name])
    given = (
        ""
        if variable.option is None
        else f" sets {variable.option} where the program gives none"
    )
    return Check("variables", "ok", f"{variable.name}={text}{given}")


def _unknown(name: str, known: list[str]) -> Check:
    # What all have in common would make all of them near.
    ends = [one.removeprefix(PREFIX) for one in known]
    near = difflib.get_close_matches(name.removeprefix(PREFIX), ends, n=1)
    remedy = f"is it {PREFIX}{near[0]}?" if near else "unset it; docs/guides/configuration.md lists them all"  # fmt: skip
    return Check("variables", "warning", f"{plain(name)} is no variable of tensorbolt", remedy)  # fmt: skip
