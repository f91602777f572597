"""YAML as the tools of a homelab take it, each value with its line: many documents, merge keys, tags, doubled keys.

For texts of others that are only looked at; `lib.yaml` is the strict dialect of Steward's own files. Scalars stay text:
what `yes` or `08` means differs between tools. Everything is bounded before it grows, and what stands before a mistake
or in a later document is still told. Parsed by libyaml where PyYAML was built with it, twenty times as fast as in
Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml import events
from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from steward.lib.text import visible_line

DEEPEST = 100
"""Deepest nesting."""
MOST_VALUES = 150_000
"""Most keys and values of one text."""
MOST_ALIASED = 100_000
"""Most values that all aliases and merge keys of one text together may stand for."""
MOST_CHARACTERS = 2 << 20
"""Longest text that is read."""

_PARSE: Callable[..., Iterator[Any]] = getattr(yaml, "parse")  # noqa: B009 - typed only in part
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = {"", "~", "null", "Null", "NULL"}
_TRUE = {"true", "yes", "on", "y", "1"}


@dataclass(slots=True, eq=False)
class Node:
    """A value with its place. Aliases share one node, so a text of many aliases stays as small as it is written."""

    line: int
    """Line, from 1."""
    text: str = ""
    """What a scalar says, exactly."""
    is_plain: bool = False
    """Whether a scalar is written without quotes."""
    tag: str = ""
    """Tag as written, `!vault` for example."""
    entries: dict[str, Node] | None = None
    """Members of a mapping, those of merge keys included."""
    items: list[Node] | None = None
    """Members of a sequence."""
    key_lines: dict[str, int] = field(default_factory=dict[str, int])
    """Lines of the keys of a mapping."""
    weight: int = 1
    """Values in it, aliases counted at full length."""

    @property
    def mapping(self) -> Mapping[str, Node]:
        """Members of a mapping; none for anything else."""
        return self.entries or {}

    @property
    def sequence(self) -> Sequence[Node]:
        """Members of a sequence; none for anything else."""
        return self.items or ()

    @property
    def is_scalar(self) -> bool:
        """Whether it is neither a mapping nor a sequence."""
        return self.entries is None and self.items is None

    @property
    def is_null(self) -> bool:
        """Whether it says nothing."""
        return self.is_scalar and self.is_plain and self.text in _NULLS

    @property
    def scalar(self) -> str | None:
        """The text of a scalar, or None for null and for what is no scalar."""
        return self.text if self.is_scalar and not self.is_null else None

    @property
    def is_true(self) -> bool:
        """Whether it means yes in any tool."""
        return self.is_scalar and self.text.lower() in _TRUE

    @property
    def is_false(self) -> bool:
        """Whether it means no in any tool."""
        return self.is_scalar and self.text.lower() in {"false", "no", "off", "n", "0"}

    def walk(self) -> Iterator[Node]:
        """Yield this value and all within it, each once however many aliases lead to it."""
        waiting: list[Node] = [self]
        seen = set[int]()
        while waiting:
            node = waiting.pop()
            if id(node) not in seen:
                seen.add(id(node))
                yield node
                waiting.extend([*node.mapping.values(), *node.sequence])

    def at(self, *path: str) -> Node | None:
        """Return the value under these keys, or None."""
        node: Node | None = self
        for key in path:
            node = node.entries.get(key) if node is not None and node.entries is not None else None
        return node

    def string(self, *path: str) -> str | None:
        """Return the text of the scalar under these keys, or None."""
        found = self.at(*path)
        return found.scalar if found is not None else None

    def map(self, *path: str) -> Mapping[str, Node]:
        """Return the members of the mapping under these keys, or none."""
        found = self.at(*path)
        return found.mapping if found is not None else {}

    def list(self, *path: str) -> Sequence[Node]:
        """Return the members of the sequence under these keys, or none."""
        found = self.at(*path)
        return found.sequence if found is not None else ()

    def several(self, *path: str) -> Sequence[Node]:
        """Return what stands under these keys as a list, whether it is written as one or as a single value."""
        found = self.at(*path)
        if found is None or found.is_null:
            return ()
        return found.sequence if found.items is not None else (found,)

    def says_nothing(self, key: str) -> bool:
        """Tell whether nothing stands under a key: it is not there, null, or empty."""
        found = self.at(key)
        return found is None or not (found.mapping or found.sequence or found.scalar)

    def line_of(self, key: str) -> int:
        """Return the line of a key, or its own."""
        return self.key_lines.get(key, self.line)

    def scalars(self) -> Iterator[Node]:
        """Yield every scalar within, each node once."""
        seen: set[int] = set()
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if node.is_scalar:
                yield node
            stack.extend(reversed([*node.mapping.values(), *node.sequence]))


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """Something wrong with a text."""

    line: int
    """Line, from 1."""
    what: str
    """What is wrong."""


@dataclass(frozen=True, kw_only=True)
class Documents:
    """What a text says."""

    documents: tuple[Node, ...]
    """Documents that could be read; empty ones are left out."""
    mistakes: tuple[Mistake, ...] = ()
    """What could not be read."""
    doubled: tuple[Mistake, ...] = ()
    """Keys given twice; the last one holds."""
    odd_keys: tuple[int, ...] = ()
    """Lines of keys that are a mapping or a sequence, as `{{ x }}` of a template without quotes reads; left out."""

    @property
    def has_odd_keys(self) -> bool:
        """Whether there is such a key."""
        return bool(self.odd_keys)


class _Refused(Exception):
    def __init__(self, line: int, what: str) -> None:
        self.line = line
        super().__init__(what)


@dataclass(slots=True)
class _Open:
    """A collection that is being read."""

    node: Node
    anchor: str | None
    key: Node | None = None
    merged: list[Node] = field(default_factory=list[Node])


class _Composer:
    """Builds nodes from the parser's events with a stack of its own, so that no depth can end the program."""

    def __init__(self) -> None:
        self.documents: list[Node] = []
        self.doubled: list[Mistake] = []
        self.odd_keys: list[int] = []
        self._count = 0
        self._aliased = 0
        self._anchors: dict[str, Node] = {}
        self._stack: list[_Open] = []

    def read(self, text: str, first_line: int) -> None:
        """Take every event of a text; what is finished stands in `documents` whatever is raised."""
        self._anchors.clear()
        self._stack.clear()
        for event in _PARSE(text, Loader=_LOADER):
            self._take(event, first_line)

    def close(self) -> None:
        """End every collection that is still open and keep what it holds."""
        while self._stack:
            self._end()

    def _take(self, event: Any, first_line: int) -> None:
        if isinstance(event, events.DocumentStartEvent):
            self._anchors.clear()
        elif isinstance(event, events.MappingEndEvent | events.SequenceEndEvent):
            self._end()
        elif isinstance(event, events.NodeEvent):
            self._node(event, event.start_mark.line + first_line)

    def _node(self, found: Any, line: int) -> None:
        self._count += 1
        if self._count > MOST_VALUES:
            raise _Refused(line, f"there are more than {MOST_VALUES} keys and values")
        if isinstance(found, events.AliasEvent):
            self._add(self._alias(str(found.anchor), line))
            return
        node = Node(line=line, tag=str(found.tag or ""))
        if isinstance(found, events.ScalarEvent):
            node.text = str(found.value)
            node.is_plain = not found.style
            if found.anchor:
                self._anchors[found.anchor] = node
            self._add(node)
            return
        if len(self._stack) >= DEEPEST:
            raise _Refused(line, f"this is nested more than {DEEPEST} deep")
        if isinstance(found, events.MappingStartEvent):
            node.entries = {}
        else:
            node.items = []
        self._stack.append(_Open(node=node, anchor=getattr(found, "anchor", None)))

    def _alias(self, anchor: str, line: int) -> Node:
        target = self._anchors.get(anchor)
        if target is None:
            raise _Refused(line, f"there is no anchor &{visible_line(anchor[:80])} above")
        self._count_aliased(target.weight, line)
        return target

    def _count_aliased(self, weight: int, line: int) -> None:
        self._aliased += weight
        if self._aliased > MOST_ALIASED:
            raise _Refused(line, f"aliases stand for more than {MOST_ALIASED} values")

    def _end(self) -> None:
        done = self._stack.pop()
        for merged in done.merged:
            self._merge(done.node, merged)
        if done.anchor:
            self._anchors[done.anchor] = done.node
        self._add(done.node)

    def _merge(self, into: Node, merged: Node) -> None:
        sources = merged.sequence if merged.items is not None else (merged,)
        for source in sources:
            self._count_aliased(len(source.mapping), merged.line)
            for key, node in source.mapping.items():
                if into.entries is not None and key not in into.entries:
                    into.entries[key] = node
                    into.key_lines[key] = source.key_lines.get(key, node.line)
                    into.weight += node.weight

    def _add(self, node: Node) -> None:
        if not self._stack:
            if not node.is_null:
                self.documents.append(node)
            return
        parent = self._stack[-1]
        if parent.node.items is not None:
            parent.node.items.append(node)
            parent.node.weight += node.weight
        elif parent.key is None:
            parent.key = node
        else:
            self._enter(parent, parent.key, node)
            parent.key = None

    def _enter(self, parent: _Open, key: Node, node: Node) -> None:
        if not key.is_scalar:
            self.odd_keys.append(key.line)
            return
        if key.text == "<<" and key.is_plain:
            parent.merged.append(node)
            return
        entries = parent.node.entries if parent.node.entries is not None else {}
        if key.text in entries:
            first = parent.node.key_lines[key.text]
            what = f"`{visible_line(key.text[:80])}` is already given in line {first}"
            self.doubled.append(Mistake(line=key.line, what=what))
        entries[key.text] = node
        parent.node.key_lines[key.text] = key.line
        parent.node.weight += node.weight


def load_all(text: str, *, keeps_unfinished: bool = False) -> Documents:
    """Read every document of a text; never raises for what the text says.

    After a mistake reading goes on at the next `---`. With `keeps_unfinished` a document with a mistake is kept as far
    as it was read.
    """
    if len(text) > MOST_CHARACTERS:
        what = f"the text has {len(text)} characters, more than {MOST_CHARACTERS}"
        return Documents(documents=(), mistakes=(Mistake(line=1, what=what),))
    composer, mistakes, first = _Composer(), list[Mistake](), 1
    rest: str | None = text
    while rest is not None:
        mistake = _read(composer, rest, first)
        if mistake is None:
            break
        mistakes.append(mistake)
        if keeps_unfinished:
            composer.close()
        rest, first = _after(rest, first, mistake.line) if len(mistakes) < 20 else (None, first)
    return Documents(
        documents=tuple(composer.documents),
        mistakes=tuple(mistakes),
        doubled=tuple(composer.doubled),
        odd_keys=tuple(composer.odd_keys),
    )


def _read(composer: _Composer, text: str, first: int) -> Mistake | None:
    try:
        composer.read(text, first)
    except _Refused as error:
        return Mistake(line=error.line, what=str(error))
    except YAMLError as error:
        return _said(error, text, first)
    except (ValueError, OverflowError):  # the parser lets these out, for example for "\UFFFFFFFF"
        return Mistake(line=first, what="a value cannot be read")
    return None


def _after(text: str, first: int, line: int) -> tuple[str | None, int]:
    """Return what follows the next `---` behind a line, and the line it begins in."""
    lines = text.split("\n")
    for number in range(max(1, line - first), len(lines)):
        if lines[number].startswith("---"):
            return "\n".join(lines[number:]), first + number
    return None, first


def _said(error: YAMLError, text: str, first: int) -> Mistake:
    found: Any = error
    if isinstance(error, ReaderError):
        line = (text[: found.position].count("\n") if isinstance(found.position, int) else 0) + first
        return Mistake(line=line, what="a character that may not stand in a text file")
    mark: Any = (found.problem_mark or found.context_mark) if isinstance(error, MarkedYAMLError) else None
    line = (int(mark.line) if mark else 0) + first
    what = visible_line(str(getattr(error, "problem", None) or "this is not YAML"))[:200]
    lines = text.split("\n")
    at = line - first
    if (
        "cannot start any token" in what
        and at < len(lines)
        and "\t" in lines[at][: int(mark.column) + 1 if mark else 0]
    ):
        what = "a tab is used to indent"
    return Mistake(line=line, what=what)
