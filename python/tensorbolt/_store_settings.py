"""What the uploads of a remote log need: credentials, options, and the directory of the spools."""

import configparser
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tensorbolt import _core
from tensorbolt._credentials import KEY, ask
from tensorbolt._variables import SPOOL

_PREFIXES = ("AWS_", "GOOGLE_", "SERVICE_ACCOUNT", "AZURE_")
_NAMES = ("S3_ENDPOINT", "STORAGE_EMULATOR_HOST")
_OTHER_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""Variables with which a profile's file is not read."""
_AWS_CREDENTIALS = (
    *_OTHER_CREDENTIALS,
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
)
"""Variables that are not used where a function gives credentials."""
_FROM_CREDENTIALS = {
    "aws_access_key_id": "AWS_ACCESS_KEY_ID",
    "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "aws_session_token": "AWS_SESSION_TOKEN",
}
_FROM_CONFIG = {"region": "AWS_REGION", "endpoint_url": "AWS_ENDPOINT_URL"}


def spool_root() -> Path:
    """Return the directory of the spools: `TENSORBOLT_SPOOL`, or one in the user's cache."""
    given = SPOOL.value()
    if given is not None:
        return Path(given).absolute()
    cache = os.environ.get("XDG_CACHE_HOME")
    # As the specification of these variables says, a relative one does not count.
    if not cache or not os.path.isabs(cache):  # noqa: PTH117
        cache = os.path.expanduser("~/.cache")  # noqa: PTH111 - Path.home() raises where there is none
    return Path(cache, "tensorbolt", "spool").absolute()


def check_storage_options(
    options: Any,
) -> tuple[dict[str, str], Callable[[], Any] | None]:
    """Return `storage_options` with all values as text, and the function among them that gives credentials.

    Raises:
        TypeError: It is not a mapping from `str` to `str`, numbers or booleans, or its `credential_provider` is no function.
    """
    if options is None:
        return {}, None
    if not isinstance(options, Mapping):
        raise TypeError(
            f"storage_options must be a dict or None, not {type(options).__name__}"
        )
    found = {}
    provider = options.get(KEY)
    if provider is not None and not callable(provider):
        # It may be a secret.
        raise TypeError(
            f"storage_options[{KEY!r}] must be a function that returns credentials, not {type(provider).__name__}"
        )
    for key, value in options.items():
        if key == KEY:
            continue
        if not isinstance(key, str):
            raise TypeError(
                f"the keys of storage_options must be str, not {type(key).__name__} ({key!r})"
            )
        if not isinstance(value, (str, int, float)):
            # The value may be a secret.
            raise TypeError(
                f"storage_options[{key!r}] must be a str, a number or a bool, not {type(value).__name__}"
            )
        found[key] = str(value).lower() if isinstance(value, bool) else str(value)
    return found, provider


def environment(
    options: Mapping[str, str], *, has_provider: bool = False
) -> list[tuple[str, str]]:
    """Return the environment variables that clients of stores know, and static keys of AWS's profile files.

    The files are read only where neither variables nor `options` have keys of AWS. A program with a function that gives
    credentials gets none of AWS's from here: a token belongs to its key.
    """
    found = {
        name: value
        for name, value in os.environ.items()
        if value and (name.startswith(_PREFIXES) or name in _NAMES)
    }
    if has_provider:
        return [item for item in found.items() if item[0] not in _AWS_CREDENTIALS]
    keys = {key.lower().removeprefix("aws_") for key in options}
    if "access_key_id" not in keys and not found.keys() & set(_OTHER_CREDENTIALS):
        found.update(_profile())
    return list(found.items())


def store_log(
    address: str, storage_options: Mapping[str, Any] | None
) -> _core.RemoteLog:
    """The log at an address of a store; nothing is asked for yet.

    Raises:
        TypeError: `storage_options` is no mapping from `str` to `str`, numbers or booleans.
        ValueError: The address is none, or the store has no such option.
    """
    options, provider = check_storage_options(storage_options)
    if provider is not None:
        given, _ = ask(provider)
        options.update(given)
    variables = environment(options, has_provider=provider is not None)
    return _core.RemoteLog(address, list(options.items()), variables)


def _profile() -> dict[str, str]:
    """Return variables for what the files of AWS's tools say of the profile in use; none of them replaces another."""
    name = os.environ.get("AWS_PROFILE") or "default"
    credentials = _section("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", name)
    if "aws_access_key_id" not in credentials:
        return {}
    section = "default" if name == "default" else f"profile {name}"
    config = _section("AWS_CONFIG_FILE", "~/.aws/config", section)
    found = _named(credentials, _FROM_CREDENTIALS)
    for variable, value in _named(config, _FROM_CONFIG).items():
        others = (variable, "AWS_DEFAULT_REGION") if variable == "AWS_REGION" else (variable, "S3_ENDPOINT")  # fmt: skip
        if not any(os.environ.get(other) for other in others):
            found[variable] = value
    return found


def _named(section: Mapping[str, str], names: dict[str, str]) -> dict[str, str]:
    return {names[key]: section[key] for key in names if section.get(key)}


def _section(variable: str, default: str, name: str) -> Mapping[str, str]:
    path = os.path.expanduser(os.environ.get(variable) or default)  # noqa: PTH111
    # Interpolation would stumble over a percent sign in a key.
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (OSError, configparser.Error, UnicodeDecodeError):
        return {}
    return dict(parser[name]) if parser.has_section(name) else {}
