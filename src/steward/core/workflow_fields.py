"""Fields of a workflow text: each is read by its type, and what does not fit is noted with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar, cast

from steward.core.sources import Source
from steward.core.workflow_hints import field_hint, shown_value, word_hint
from steward.lib.span import span_of
from steward.lib.text import visible_line
from steward.lib.yaml_nodes import Path

E = TypeVar("E", bound=StrEnum)

NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
"""Names of inputs, outputs and fields of answers, as expressions write them."""
LONGEST_SECONDS = 366 * 86_400
"""Longest span anywhere in a workflow."""


class Fields:
    """One mapping of a workflow text."""

    def __init__(self, source: Source, at: Path, known: Sequence[str], *, shape: str) -> None:
        """Note every field that is not `known`; `shape` says what to write where it is no mapping."""
        self.source = source
        self.at = at
        self.data: Mapping[str, Any] = source.written(at) if at else _mapping(source.value)
        if not self.data:
            source.note(at, f"{_called(at)} must be a mapping of fields", next_step=shape)
        for name in self.data:
            if name not in known:
                what = f"unknown field `{visible_line(name)}`"
                source.note((*at, name), what, next_step=field_hint(name, known), at_key=True)

    def __contains__(self, name: str) -> bool:
        return name in self.data

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text that is not empty; without a default it must be there."""
        value = self.data.get(name, default)
        if name not in self.data and (default is not None or not self.data):
            return default or ""  # where there are no fields at all, that alone is told
        if name not in self.data:
            self.source.note((*self.at, name), f"`{name}` is missing", next_step=f"write `{name}: ...`")
            return ""
        return text_at(self.source, (*self.at, name), value)

    def texts(self, name: str, *, example: str = "") -> tuple[str, ...]:
        """Return a list of texts, where a single one will do; empty when it is not there."""
        value = self.data.get(name, [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list):
            step = example or f"write `{name}: [...]`"
            self.source.note((*self.at, name), f"`{name}` must be a list of texts", next_step=step)
            return ()
        entries = enumerate(cast("list[object]", listed))
        found = [text_at(self.source, (*self.at, name, place), each) for place, each in entries]
        return tuple(each for each in found if each)

    def seconds(self, name: str, default: int, *, least: int = 0, most: int = LONGEST_SECONDS) -> int:
        """Return a span of time: seconds, or `90s`, `15m`, `2d`."""
        if name not in self.data:
            return default
        found = seconds_of(self.data[name])
        if found is None or not least <= found <= most:
            what = f"`{name}` is a number of seconds from {least} to {most}, or a span like `90s`, `15m`, `2d`"
            written = self.data[name]
            is_quoted = isinstance(written, str) and written.strip().isdecimal()
            step = "write the number without quotes" if is_quoted else f"write `{name}: 60`, or leave it out"
            self.source.note((*self.at, name), what, next_step=step)
            return default
        return found

    def integer(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return a whole number between two."""
        value = self.data.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            what = f"`{name}` is a whole number from {least} to {most}"
            self.source.note((*self.at, name), what, next_step=f"write `{name}: {default}`, or leave it out")
            return default
        return value

    def number(self, name: str, default: float | None) -> float | None:
        """Return a number, or the default when it is not there."""
        value = self.data.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            self.source.note((*self.at, name), f"`{name}` is a number", next_step=f"write `{name}: 1`")
            return default
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Return yes or no."""
        value = self.data.get(name, default)
        if not isinstance(value, bool):
            self.source.note((*self.at, name), f"`{name}` is true or false", next_step=f"write `{name}: true`")
            return default
        return value

    def choice(self, name: str, kind: type[E], default: E) -> E:
        """Return one of the words of an enumeration."""
        if name not in self.data:
            return default
        return choice_at(self.source, (*self.at, name), self.data[name], kind, default)

    def mapping(self, name: str, *, example: str) -> dict[str, Any]:
        """Return a mapping as it is written; empty when it is not there."""
        value = self.data.get(name, {})
        if not isinstance(value, dict):
            self.source.note((*self.at, name), f"`{name}` must be a mapping of the command's fields", next_step=example)
            return {}
        return dict(cast("dict[str, Any]", value))

    def named(self, name: str, *, example: str) -> dict[str, Any]:
        """Return a mapping whose keys are names that expressions can write."""
        value = self.data.get(name, {})
        if not isinstance(value, dict):
            self.source.note((*self.at, name), f"`{name}` must be a mapping by name", next_step=example)
            return {}
        for key in cast("dict[str, Any]", value):
            if not NAME.fullmatch(key):
                what = "a name has lower-case letters, digits and `_`, beginning with a letter, 41 at most"
                self.source.note((*self.at, name, key), what, next_step=example, at_key=True)
        return dict(cast("dict[str, Any]", value))


def text_at(source: Source, at: Path, value: object) -> str:
    """Return a text that is not empty, or note that it is none."""
    if not isinstance(value, str) or not value.strip():
        name = next((part for part in reversed(at) if isinstance(part, str)), "it")
        is_bare = isinstance(value, int | float)  # a text that looks like a number or like true
        step = f'put it in quotes: `{name}: "{str(value).lower()[:40]}"`' if is_bare else f"write `{name}: ...`"
        source.note(at, f"`{name}` must be a text", next_step=step)
        return ""
    return value


def choice_at(source: Source, at: Path, value: object, kind: type[E], default: E) -> E:
    """Return the word of an enumeration, or note the nearest."""
    known = [member.value for member in kind]
    if value in known:
        return kind(value)
    what = f"`{at[-1]}` is one of {', '.join(known)}, not {shown_value(value)}"
    source.note(at, what, next_step=word_hint(value, known))
    return default


def seconds_of(value: object) -> int | None:
    """Return the seconds of a span: a whole number, or `90s`, `15m`, `2d`; None for anything else."""
    if isinstance(value, str):
        span = span_of(value)
        return None if span is None else int(span.total_seconds())
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _called(at: Path) -> str:
    if at and isinstance(at[-1], int):
        return f"entry {at[-1] + 1} of `{_called(at[:-1]).strip('`')}`"
    return f"`{at[-1]}`" if at else "the file"


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
