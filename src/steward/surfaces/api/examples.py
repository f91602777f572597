"""The catalogue's examples as input: what is typed at a terminal, read into the JSON it stands for."""

from __future__ import annotations

import json
import shlex
from dataclasses import MISSING, fields
from typing import Any, get_args

from steward.core.catalogue import AnySpec, CommandSpec
from steward.lib.codec import CodecError, decode_strictly
from steward.model.command import Example
from steward.model.operation import AnyOperation
from steward.surfaces.api.given import hints_of, is_list

_OF_THE_TERMINAL = {"--json", "--dry-run", "--yes", "--quiet", "--plain"}


def examples_of(entry: AnySpec | AnyOperation) -> dict[str, dict[str, Any]]:
    """Return examples in OpenAPI's form; one that only a terminal can complete is left out."""
    found: dict[str, dict[str, Any]] = {}
    for example in entry.examples:
        given = _input(entry, example)
        if given is not None and all(given != known["value"] for known in found.values()):
            found[f"example-{len(found) + 1}"] = {"summary": example.does, "value": given}
    return found


def _input(entry: AnySpec | AnyOperation, example: Example) -> dict[str, Any] | None:
    words = shlex.split(example.line)[len(entry.name.split(".")) :]
    hints = hints_of(entry.input)
    secret = entry.secret_fields if isinstance(entry, CommandSpec) else frozenset[str]()
    positional = [name for name in hints if name in _required(entry.input) and name not in secret]
    given: dict[str, Any] = dict.fromkeys(secret & _required(entry.input), "correct horse battery staple")
    while words:
        word = words.pop(0)
        name = word.removeprefix("--").replace("-", "_")
        if word in _OF_THE_TERMINAL:
            continue
        if not word.startswith("--"):
            if not positional:
                return None
            name = positional.pop(0)
            words.insert(0, word)
        elif name not in hints:
            return None
        _put(given, name, hints[name], words)
    try:
        decode_strictly(entry.input, given)
    except CodecError:
        return None
    return given


def _put(given: dict[str, Any], name: str, hint: Any, words: list[str]) -> None:
    """Take a field's value from the words that are left."""
    if hint is bool:
        given[name] = True
    elif words and is_list(hint):
        given[name] = [*given.get(name, []), _plain(get_args(hint)[0], words.pop(0))]
    elif words:
        given[name] = _plain(hint, words.pop(0))


def _plain(hint: Any, word: str) -> Any:
    if isinstance(hint, type) and issubclass(hint, str):
        return word
    try:
        return json.loads(word)
    except ValueError:
        return word


def _required(kind: type[Any]) -> frozenset[str]:
    """Return the fields without a default."""
    return frozenset(f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING)
