"""What an expression of a workflow refers to: which inputs and which steps, found outside its quoted texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

ROOTS = frozenset({"inputs", "machine", "item", "facts", "steps"})
"""Every name that some expression of a workflow may see."""
_MACROS = ("all", "exists", "exists_one", "filter", "map", "size")
_TOKEN = re.compile(
    r"""
    (?P<quoted> [rRbB]{0,2} (?: \"\"\".*?\"\"\" | '''.*?''' | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' ) )
    | (?<![\w.]) (?P<root> inputs | steps | item | machine ) \b
      (?: \s* \. \s* (?P<name> [A-Za-z_]\w* ) | \s* \[ \s* (?P<quote> ["'] ) (?P<key> [^"'\\]* ) (?P=quote) \s* \] )?
      (?P<rest> (?: \. [A-Za-z_]\w* )* )
    """,
    re.VERBOSE | re.DOTALL,
)
_ASKED = re.compile(r"\bhas\s*\(\s*\Z")
"""Before a field of which is only asked whether it is there: the field must stay."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One place where an expression names something."""

    root: str
    """`inputs`, `steps`, `item` or `machine`."""
    name: str
    """Which input or step; empty where it names none."""
    path: tuple[str, ...] = ()
    """Fields taken of it."""


def references(text: str) -> Iterator[Reference]:
    """Give everything an expression names, in its order."""
    for match in _TOKEN.finditer(text):
        if match["root"]:
            yield _reference(match)


def settled(text: str, *, values: Mapping[str, Any], steps: Callable[[str], Mapping[str, str]]) -> str:
    """Return an expression that is asked at run time: what is known now is written out, steps have their full names.

    `steps` gives, for the name of a step, the full name of each of its lanes. A field of a step that is done several
    times becomes the list of them; `ok` is one answer for all, `results` a map by lane. What `steps` raises goes
    through.
    """

    def put(match: re.Match[str]) -> str:
        if not match["root"]:
            return match[0]
        found = _reference(match)
        if found.root == "steps":
            return _of_steps(steps(found.name), found.path)
        value: Any = values.get(found.root)
        taken = ((found.name,) if found.name else ()) + found.path
        if taken and _ASKED.search(text, 0, match.start()):
            return f"{_literal(value, taken[:-1])}.{taken[-1]}"
        return _literal(value, taken)

    return _TOKEN.sub(put, text)


def _reference(match: re.Match[str]) -> Reference:
    path = tuple(part for part in (match["rest"] or "").split(".") if part)
    return Reference(root=match["root"], name=match["name"] or match["key"] or "", path=path)


def _of_steps(lanes: Mapping[str, str], path: Sequence[str]) -> str:
    ids = tuple(lanes.values())
    if path[:1] == ("results",):
        entries = ", ".join(f"{_quoted(lane)}: steps[{_quoted(name)}]" for lane, name in lanes.items())
        return f"{{{entries}}}" + "".join(f".{part}" for part in path[1:])
    if tuple(path) == ("ok",) and len(ids) > 1:
        return f"({' && '.join(f'steps[{_quoted(name)}].ok' for name in ids)})"
    cut = next((place for place, part in enumerate(path) if part in _MACROS), len(path))
    inner, outer = path[:cut], path[cut:]
    named = [f"steps[{_quoted(each)}]" + "".join(f".{part}" for part in inner) for each in ids]
    text = named[0] if len(named) == 1 else f"[{', '.join(named)}]"
    return text + "".join(f".{part}" for part in outer)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _literal(value: Any, path: Sequence[str]) -> str:
    """Write a value as the expression language does; fields that are there are taken now, methods stay."""
    rest = list(path)
    while rest and isinstance(value, dict) and rest[0] in value:
        value = cast("dict[str, Any]", value)[rest.pop(0)]
    return json.dumps(value, ensure_ascii=False) + "".join(f".{part}" for part in rest)
