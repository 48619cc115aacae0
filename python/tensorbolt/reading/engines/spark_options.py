"""Options of Spark, which are strings, as arguments of `tensorbolt.read`."""

import json
import re
from collections.abc import Mapping
from typing import Any

_AS_THEY_ARE = ("duplicates", "restarts", "on_damage", "wall_time", "kinds")
_KNOWN = (*_AS_THEY_ARE, "runs", "tags", "steps", "checksum", "threads", "partitions")
_STORAGE = "storage."
#: What `load` makes of a path and of a list of paths.
_PATHS = ("path", "paths")


def source(options: Mapping[str, str]) -> Any:
    """What `load` was called with.

    Raises:
        ValueError: It was called with nothing.
    """
    if "paths" in options:
        return json.loads(options["paths"])
    if "path" not in options:
        raise ValueError("a log directory is missing: pass it to load()")
    return options["path"]


def arguments(options: Mapping[str, str]) -> tuple[dict[str, Any], int | None]:
    """Arguments of `tensorbolt.read`, and the number of partitions.

    Raises:
        ValueError: There is no such option, or its value is of another form.
    """
    found: dict[str, Any] = {}
    storage: dict[str, str] = {}
    partitions = None
    for key, value in options.items():
        # Spark does not distinguish upper and lower case; keys of a store may.
        name = key.lower()
        if name in _PATHS:
            continue
        if name.startswith(_STORAGE):
            storage[key[len(_STORAGE) :]] = value
        elif name not in _KNOWN:
            known = ", ".join(_KNOWN)
            raise ValueError(
                f"there is no option {key!r}; there are {known} and {_STORAGE}NAME"
            )
        elif name == "partitions":
            partitions = _integer(name, value)
        else:
            found[name] = _value(name, value)
    if storage:
        found["storage_options"] = storage
    return found, partitions


def _value(name: str, value: str) -> Any:
    if name in ("runs", "tags"):
        return _choice(name, value)
    if name == "steps":
        return _steps(value)
    if name == "checksum":
        if value.lower() not in ("true", "false"):
            raise ValueError(f"checksum must be 'true' or 'false', not {value!r}")
        return value.lower() == "true"
    return _integer(name, value) if name == "threads" else value


def _choice(name: str, value: str) -> list[Any]:
    names = [value]
    if value.startswith("["):
        try:
            names = json.loads(value)
        except ValueError:
            # A name that begins with a bracket.
            names = [value]
    if not all(isinstance(one, str) for one in names):
        raise ValueError(
            f"{name} must be a name, or a JSON list of names, not {value!r}"
        )
    return [re.compile(one[3:]) if one.startswith("re:") else one for one in names]


def _steps(value: str) -> tuple[int | None, int | None]:
    found = re.fullmatch(r"\s*(-?\d+)?\s*:\s*(-?\d+)?\s*", value)
    if found is None:
        raise ValueError(f"steps must be as '10:20', '10:' or ':20', not {value!r}")
    start, stop = (None if bound is None else int(bound) for bound in found.groups())
    return start, stop


def _integer(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"{name} must be an integer, not {value!r}") from None
