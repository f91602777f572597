"""Turn what a person gave into the input of a command: files read, JSON parsed, secrets asked."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from steward.lib.wire import MAX_LINE_BYTES
from steward.surfaces.cli.failure import usage
from steward.surfaces.cli.folder import texts
from steward.surfaces.cli.manifest import RESERVED, Entry, Field

STDIN = "-"
_LONGEST_SECRET = 65_536


def option_of(item: Field) -> str:
    """Return the option a person types for a field."""
    name = f"--{item.name.replace('_', '-')}"
    if not item.secret:
        return name
    return f"{name}-file" if f"{item.name}_file" not in RESERVED else f"--new{name[1:]}-file"


def collect(entry: Entry, given: Mapping[str, Any], *, can_ask: bool) -> dict[str, Any]:
    """Return the input of a command as JSON; what was not given is left out, so that defaults stay the daemon's."""
    found = {item.name: _value(item, given.get(item.name), can_ask=can_ask) for item in entry.fields}
    for item in entry.fields:
        path = found.get(item.content_of)
        if isinstance(path, str) and item.content_of and item.kind == "json":
            found[item.name] = texts(path)
        elif isinstance(path, str) and is_path(path):
            found[item.name] = _text(path, MAX_LINE_BYTES)
    return {name: value for name, value in found.items() if value is not None}


def is_path(word: str) -> bool:
    """Tell whether a word names a file, without looking: a file must not be able to take the place of a code."""
    return word == STDIN or "/" in word or "." in word


def read_secret(path: str) -> str:
    """Read a secret from a file, or from standard input for `-`; one newline at its end does not belong to it."""
    value = _text(path, _LONGEST_SECRET).removesuffix("\n")
    if not value:
        raise usage("the secret is empty", why=f"{path} holds nothing")
    return value


def _value(item: Field, given: Any, *, can_ask: bool) -> Any:
    if item.secret:
        return _secret(item, given, can_ask=can_ask)
    if given is None or given == ():
        return None
    if item.file:
        given = _text(given, MAX_LINE_BYTES)
    if item.kind == "json":
        return _json(item, given)
    return list(given) if item.kind == "list" else given


def _secret(item: Field, path: str | None, *, can_ask: bool) -> str | None:
    if path is not None:
        return read_secret(path)
    if not item.required:
        return None
    if not can_ask:
        raise usage(f"{item.name} is needed", next_step=f"add `{option_of(item)} FILE`, or `-` for standard input")
    return _asked(f"New {item.name.replace('_', ' ')}")


def _asked(label: str) -> str:
    """Ask without echo, twice, since nobody sees what was typed."""
    value = getpass.getpass(f"{label}: ")
    if not value:
        raise usage("the secret is empty", why="nothing was changed")
    if getpass.getpass(f"{label} again: ") != value:
        raise usage("the two do not match", why="nothing was changed")
    return value


def _json(item: Field, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise usage(f"{item.name} is not JSON", why=str(error)) from error


def _text(path: str, most_bytes: int) -> str:
    try:
        data = _bytes(path, most_bytes)
        text = data.decode()
    except OSError as error:
        raise usage(f"{path} cannot be read", why=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise usage(f"{path} is not text", why=str(error)) from error
    if len(data) > most_bytes:
        raise usage(f"{path} is too long", why=f"the most is {most_bytes} bytes")
    return text


def _bytes(path: str, most_bytes: int) -> bytes:
    if path == STDIN:
        return sys.stdin.buffer.read(most_bytes + 1)
    with Path(path).open("rb") as file:
        return file.read(most_bytes + 1)
