"""The parts of a YAML text with their places, built from the parser's events.

Built here and not by the parser, so that depth, number and aliases are bounded before anything grows, and everything
wrong with the meaning of a text is collected instead of ending at the first.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import ruamel.yaml
from ruamel.yaml import events

from steward.lib.codec import Json
from steward.lib.record import record
from steward.lib.text import visible_line

DEEPEST = 50
"""Deepest nesting."""
MOST_VALUES = 50_000
"""Most keys and values, so that the longest text is refused within two seconds on a small box."""
MOST_ALIASED = 10_000
"""Most values that all aliases together may stand for."""

Path: TypeAlias = tuple[str | int, ...]
Style: TypeAlias = Literal["plain", "quoted", "literal", "block", "flow", "alias"]


@record
class YamlProblem:
    """One thing wrong with a text, and where."""

    line: int
    """Line, from 1."""
    column: int
    """Column, from 1."""
    what: str
    """What is wrong."""
    next_step: str = ""
    """How to mend it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A value of the text with its place."""

    style: Style
    """How it is written."""
    value: Json
    """What it means."""
    start: int
    """Offset of its first character."""
    end: int
    """Offset after what the parser counts to it."""
    line: int
    """Line of `start`, from 0."""
    column: int
    """Column of `start`, from 0."""
    entries: tuple[Entry, ...] = ()
    """Members of a mapping or a sequence, in order."""
    weight: int = 1
    """Values in it, itself included, aliases counted at full length."""
    source: Node | None = None
    """For an alias: what it stands for."""

    def child(self, part: str | int) -> Entry | None:
        """Return the entry of this key or index, or None."""
        return next((entry for entry in self.content.entries if entry.part == part), None)

    @property
    def content(self) -> Node:
        """The node itself, or what an alias stands for."""
        return self.source or self


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A member of a mapping or a sequence; `key` is absent in a sequence."""

    part: str | int
    """Key or index."""
    key: Node | None
    """Where the key stands."""
    node: Node
    """The value."""


_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_BASED = re.compile(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def plain_value(text: str) -> Json:
    """Return what an unquoted scalar means (YAML 1.2 core schema).

    Raises:
        ValueError: it is a number that JSON cannot carry.
    """
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text) or _NOT_FINITE.fullmatch(text):
        number = math.inf if _NOT_FINITE.fullmatch(text) else float(text)
        if not math.isfinite(number) or (number.is_integer() and text.strip("+-").isdigit()):
            msg = f"the number {visible_line(text[:40])} is out of range"
            raise ValueError(msg)
        return number
    return text


class Refused(Exception):
    """Reading cannot go on."""

    def __init__(self, problem: YamlProblem) -> None:
        self.problem = problem
        super().__init__(problem.what)


class Composer:
    """Builds nodes from the parser's events, so that depth and aliases are bounded before anything is built."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._anchors: dict[str, Node] = {}
        self._aliased = 0
        self._count = 0
        self._events: Iterator[Any] = iter(())
        self.problems: list[YamlProblem] = []
        self.line = 0

    def compose(self) -> Node | None:
        """Return the root, or None for an empty text; `problems` must be looked at afterwards.

        Raises:
            Refused: reading cannot go on.
            YAMLError, ValueError, OverflowError: the parser's own words for what it cannot read.
        """
        reader: Any = ruamel.yaml.YAML(typ="safe", pure=True)
        self._events = reader.parse(self._text)
        root: Node | None = None
        for event in self._events:
            if isinstance(event, events.DocumentStartEvent) and root is not None:
                raise Refused(_problem(event, "a second document begins here", "keep one document in a file"))
            if isinstance(event, events.NodeEvent):
                root = self._node(event, depth=1)
        return root

    def _node(self, found: object, *, depth: int) -> Node:
        event: Any = found
        self.line = event.start_mark.line
        self._count += 1
        if self._count > MOST_VALUES:
            raise Refused(_problem(event, f"there are more than {MOST_VALUES} keys and values", "split the file"))
        if depth > DEEPEST:
            raise Refused(_problem(event, f"this is nested more than {DEEPEST} deep"))
        if isinstance(event, events.AliasEvent):
            return self._alias(event)
        if event.tag and event.tag != "tag:yaml.org,2002:str":
            self._note(
                event, f"the tag {visible_line(str(event.tag)[:80])} is not supported", "write the value without it"
            )
        if isinstance(event, events.ScalarEvent):
            node = self._scalar(event)
        elif isinstance(event, events.MappingStartEvent):
            node = self._mapping(event, depth)
        else:
            node = self._sequence(event, depth)
        anchor = getattr(found, "anchor", None)
        if anchor:
            self._anchors[anchor] = node
        return node

    def _alias(self, event: Any) -> Node:
        target = self._anchors.get(event.anchor)
        if target is None:
            name = visible_line(str(event.anchor)[:80])
            raise Refused(_problem(event, f"there is no anchor &{name} above", "put quotes around a text with `*`"))
        self._aliased += target.weight
        if self._aliased > MOST_ALIASED:
            raise Refused(_problem(event, f"the aliases stand for more than {MOST_ALIASED} values"))
        value = copy.deepcopy(target.value)  # values of a document share nothing
        return _place(event, event, style="alias", value=value, weight=target.weight, source=target.content)

    def _scalar(self, event: Any) -> Node:
        if any("\ud800" <= char <= "\udfff" for char in event.value):
            self._note(event, "half a character pair is no text", "write the whole character")
        if not event.implicit[0] or event.style or event.tag:
            return _place(event, event, style="literal" if event.style in {"|", ">"} else "quoted", value=event.value)
        value: Json = None
        try:
            value = plain_value(event.value)
        except ValueError as error:
            self._note(event, str(error), "put it in quotes")
        return _place(event, event, style="plain", value=value)

    def _mapping(self, event: Any, depth: int) -> Node:
        entries: dict[str, Entry] = {}
        for key_event in self._events:
            if isinstance(key_event, events.MappingEndEvent):
                children = tuple(entries.values())
                value: Json = {str(entry.part): entry.node.value for entry in children}
                return _collection(event, key_event, children, value)
            key = self._node(key_event, depth=depth + 1)
            node = self._node(next(self._events), depth=depth + 1)
            self._enter(entries, key_event, key, self._moved_up(key, node))
        raise AssertionError

    def _moved_up(self, key: Node, node: Node) -> Node:
        """Place a value that is not written behind its colon; the parser places it at whatever comes next."""
        colon = self._text.find(":", key.end)
        if node.end > node.start or self._text[key.end : colon].strip(" ") or colon < 0:
            return node
        column = key.column + colon + 1 - key.start
        return replace(node, start=colon + 1, end=colon + 1, line=key.line, column=column)

    def _enter(self, entries: dict[str, Entry], event: Any, key: Node, node: Node) -> None:
        if not isinstance(key.value, str) or key.style == "alias":
            self._note(event, "a key must be text", "put it in quotes")
        elif key.value == "<<" and key.style == "plain":
            self._note(event, "merge keys (`<<`) are not supported", "write the fields out")
        elif key.value in entries:
            first = entries[key.value].key
            line = first.line + 1 if first else 0
            what = f"`{visible_line(key.value[:80])}` is already given in line {line}"
            self._note(event, what, "remove one of the two")
        else:
            entries[key.value] = Entry(part=key.value, key=key, node=node)

    def _sequence(self, event: Any, depth: int) -> Node:
        entries: list[Entry] = []
        for item in self._events:
            if isinstance(item, events.SequenceEndEvent):
                return _collection(event, item, tuple(entries), [entry.node.value for entry in entries])
            entries.append(Entry(part=len(entries), key=None, node=self._node(item, depth=depth + 1)))
        raise AssertionError

    def _note(self, event: Any, what: str, next_step: str) -> None:
        self.problems.append(_problem(event, what, next_step))


def _collection(first: Any, last: Any, entries: tuple[Entry, ...], value: Json) -> Node:
    weight = 1 + sum(entry.node.weight for entry in entries)
    style: Style = "flow" if first.flow_style else "block"
    return _place(first, last, style=style, value=value, weight=weight, entries=entries)


def _place(first: Any, last: Any, **parts: Any) -> Node:
    mark = first.start_mark
    return Node(start=mark.index, end=last.end_mark.index, line=mark.line, column=mark.column, **parts)


def _problem(event: Any, what: str, next_step: str = "") -> YamlProblem:
    mark = event.start_mark
    return YamlProblem(line=mark.line + 1, column=mark.column + 1, what=what, next_step=next_step)
