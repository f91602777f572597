"""Read `.env` files: names and, for filling in variables, their values, which are shown to nobody."""

from __future__ import annotations

import posixpath
import re

from steward.knowhow.declared.reader import Sources

_LINE = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*(?P<set>=[ \t]*(?P<value>.*))?$")
EXAMPLES = (".example", ".sample", ".template", ".dist", ".tmpl", "-example", "-sample", ".default", ".defaults", ".j2")
"""Endings by which people mark a file that is to be copied and filled in."""


def variables(text: str) -> dict[str, tuple[str, int]]:
    """Return value and line of every variable of an environment file; the last one of a name holds."""
    found: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        match = _LINE.match(line) if not line.lstrip().startswith("#") else None
        if match and match["set"] is not None:
            found[match["name"]] = (_unquoted(match["value"]), number)
    return found


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] in "\"'" and value[0] == value[-1]:
        return value[1:-1]
    return re.split(r"[ \t]#", value, maxsplit=1)[0].strip()


def example_of(sources: Sources, path: str) -> str | None:
    """Return the file beside this one that shows what belongs into it, or None."""
    folder, name = posixpath.split(path)
    plain = name.lstrip(".")
    names = [name + ending for ending in EXAMPLES]
    names += [f"{first}{plain}" for first in ("example.", "sample.", ".example.", "example", "sample-", "sample")]
    stem, dot, ending = name.rpartition(".")
    names += (
        [f"{stem}{mark}.{ending}" for mark in (".example", ".sample", "-example", "_example")] if dot and stem else []
    )
    return next((found for each in names if sources.has(found := posixpath.join(folder, each))), None)


def is_example(path: str) -> bool:
    """Tell whether a file is one to be copied and filled in, by its name."""
    name = posixpath.basename(path).lower()
    return any(mark in name for mark in ("example", "sample", ".dist")) or bool(
        {"examples", "example", "samples", "sample"}.intersection(posixpath.dirname(path).lower().split("/"))
    )
