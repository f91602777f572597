"""The tree of an expression: the parser's own answer (`cel.expr.ParsedExpr`, protocol buffers) read into small values.

The library parses but shows no tree; it hands it out serialized only. What the reader does not know is refused, so
nothing of an expression escapes those who judge it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

MOST_PARTS = 4_000
"""Most parts of one expression, those that macros are written out into included."""


class TreeError(ValueError):
    """The tree holds what is not allowed in an expression, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written out."""

    length: int
    """Characters of a text or bytes; 1 for anything else."""
    text: str | None = None
    """The text, for a text."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name that stands alone."""

    name: str
    """The name."""


@dataclass(frozen=True, slots=True)
class Select:
    """A field of something: `machine.roles`."""

    of: Tree
    """What it is a field of."""
    name: str
    """The field."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function or an operator with everything it is given, what stands before the dot first."""

    function: str
    """Name of the function; `_+_` for an operator."""
    given: tuple[Tree, ...]
    """What it is given."""


@dataclass(frozen=True, slots=True)
class Many:
    """A list, or a map as keys and values in turn."""

    items: tuple[Tree, ...]
    """What it holds."""


@dataclass(frozen=True, slots=True)
class Loop:
    """What a macro stands for: a value that each element changes."""

    variables: tuple[str, ...]
    """Names of the element."""
    over: Tree
    """What is gone through."""
    result: str
    """Name of the value that is changed."""
    start: Tree
    """What it is at first."""
    goes_on: Tree
    """While this is true."""
    step: Tree
    """What it becomes with each element."""
    end: Tree
    """What is made of it."""


Tree: TypeAlias = Constant | Name | Select | Call | Many | Loop

_SPACES = frozenset({"math", "optional", "strings"})
"""What stands before the functions of an extension; looks like a name."""


def tree_of(serialized: bytes) -> Tree:
    """Read what the parser serialized."""
    try:
        return _Reader().expression(_field(_field(serialized, 2), 2))
    except (IndexError, UnicodeDecodeError, RecursionError) as error:
        raise TreeError("the expression cannot be read") from error


def free_names(tree: Tree, bound: frozenset[str] = frozenset()) -> Iterator[str]:
    """Give every name that nothing within the expression stands for, in the order they are written."""
    match tree:
        case Name(name=name):
            if name not in bound:
                yield name.lstrip(".")
        case Loop():
            inner = bound | set(tree.variables) | {tree.result}
            for part in (tree.over, tree.start):
                yield from free_names(part, bound)
            for part in (tree.goes_on, tree.step, tree.end):
                yield from free_names(part, inner)
        case _:
            for part in parts(tree):
                yield from free_names(part, bound)


def parts(tree: Tree) -> tuple[Tree, ...]:
    """Return what a part is directly made of."""
    match tree:
        case Select():
            return (tree.of,)
        case Call():
            return tree.given
        case Many():
            return tree.items
        case Loop():
            return (tree.over, tree.start, tree.goes_on, tree.step, tree.end)
        case _:
            return ()


def everything(tree: Tree) -> Iterator[Tree]:
    """Give the tree and everything in it."""
    yield tree
    for part in parts(tree):
        yield from everything(part)


@dataclass(slots=True)
class _Reader:
    """Reads one tree; counts its parts."""

    count: int = field(default=0)

    def expression(self, message: bytes) -> Tree:
        self.count += 1
        if self.count > MOST_PARTS:
            raise TreeError(f"the expression has more than {MOST_PARTS} parts")
        read: dict[int, Callable[[bytes], Tree]] = {
            3: _constant,
            4: lambda body: Name(_text(body, 1)),
            5: lambda body: Select(self.expression(_field(body, 1)), _text(body, 2)),
            6: self._call,
            7: lambda body: Many(tuple(self.expression(item) for item in _all(body, 1))),
            8: self._map,
            9: self._loop,
        }
        for number, body in _fields(message):
            if number in read and isinstance(body, bytes):
                return read[number](body)
        raise TreeError("the expression cannot be read")

    def _call(self, body: bytes) -> Tree:
        function = _text(body, 2)
        target = [self.expression(item) for item in _all(body, 1)]
        if target and isinstance(target[0], Name) and target[0].name in _SPACES:
            function, target = f"{target[0].name}.{function}", []
        return Call(function, tuple(target) + tuple(self.expression(item) for item in _all(body, 3)))

    def _map(self, body: bytes) -> Tree:
        if _text(body, 1):
            raise TreeError(f"`{_text(body, 1)}` is no value an expression may build")
        items: list[Tree] = []
        for entry in _all(body, 2):
            items += [self.expression(part) for number in (3, 4) for part in _all(entry, number)]
        return Many(tuple(items))

    def _loop(self, body: bytes) -> Tree:
        over, start, goes_on, step, end = (self.expression(_field(body, number)) for number in (2, 4, 5, 6, 7))
        variables = tuple(name for name in (_text(body, 1), _text(body, 8)) if name)
        return Loop(variables, over, _text(body, 3), start, goes_on, step, end)


def _constant(body: bytes) -> Tree:
    for number, value in _fields(body):
        if number == 6 and isinstance(value, bytes):
            text = value.decode()
            return Constant(len(text), text)
        if number == 7 and isinstance(value, bytes):
            return Constant(len(value))
    return Constant(1)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Give the number and the value of each field: a number, or bytes that are text or another message."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        if key & 7 == 0:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        length, at = _varint(message, at) if key & 7 == 2 else ({1: 8, 5: 4}[key & 7], at)
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while message[at] & 0x80:
        value |= (message[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
    return value | message[at] << shift, at + 1


def _all(message: bytes, wanted: int) -> list[bytes]:
    return [value for number, value in _fields(message) if number == wanted and isinstance(value, bytes)]


def _field(message: bytes, wanted: int) -> bytes:
    return next(iter(_all(message, wanted)), b"")


def _text(message: bytes, wanted: int) -> str:
    return _field(message, wanted).decode()
