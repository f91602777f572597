"""How much work an expression may at most be, told before it is evaluated.

The library ends a loop after 10000 elements, but copies a list for each element that is added, keeps every copy, and
bounds no text: a dozen characters that double a text forty times would fill any memory. So each part of the tree is
given an upper bound of its size and of its steps, from the real size of what it is given.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from steward.lib.codec import Json
from steward.lib.expression_tree import Call, Constant, Loop, Many, Name, Select, Tree

MOST_STEPS = 4_000_000
"""Most steps: a character or an element that is looked at or copied is one."""
MOST_ELEMENTS = 10_000
"""Most elements the library goes through in one evaluation."""
_MOST_REPETITIONS = 1_000
"""Longest repetition of a part of a pattern, those within it included."""
_DIGITS = 1_400
"""Most characters of one number written with a precision."""
_NUMBER = 400
"""Most characters of a number written out."""
_MANY = 2_000
"""Values that are kept apart; more are taken as one that is as large as the largest."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Upper bounds of a value."""

    length: float = 1.0
    """Characters, elements or entries; 1 for a number."""
    weight: float = 1.0
    """Characters and values altogether."""
    inside: Extent | None = None
    """Bounds of each element; None: anything that its weight allows."""
    values: tuple[Json, ...] = ()
    """What it may be, where that is known."""


_SCALAR = Extent()
_NOTHING = Extent(0.0, 0.0)
_Rule: TypeAlias = Callable[["Meter", tuple[Extent, ...]], Extent]


class TooMuchError(ValueError):
    """The expression may take more steps than are allowed."""


@dataclass(slots=True)
class Meter:
    """Counts the steps one expression may take."""

    steps: float = 0.0
    factor: float = 1.0
    """How often the part looked at is done."""
    weights: dict[int, float] = field(default_factory=dict[int, float])
    """Weights of values that were weighed, by identity; the caller keeps them alive."""

    def spend(self, steps: float) -> None:
        """Count steps of the part looked at."""
        self.steps += (steps + 1) * self.factor
        if self.steps > MOST_STEPS:
            raise TooMuchError

    def of(self, values: tuple[Json, ...]) -> Extent:
        """Return the bounds of what is one of these values."""
        length = max((_length(value) for value in values), default=0.0)
        weight = max((self.weight(value) for value in values), default=0.0)
        return Extent(length, weight, None, values if len(values) <= _MANY else ())

    def weight(self, value: Json) -> float:
        """Return characters and values altogether."""
        if not isinstance(value, list | dict):
            return _length(value) + 1
        if id(value) not in self.weights:
            keys = sum(len(key) + 1 for key in value) if isinstance(value, dict) else 0
            items = value.values() if isinstance(value, dict) else value
            self.weights[id(value)] = 1 + keys + sum(self.weight(item) for item in items)
        return self.weights[id(value)]

    def each(self, extent: Extent) -> Extent:
        """Return the bounds of each element, key or entry."""
        if extent.values:
            return self.of(tuple(part for value in extent.values for part in _parts(value)))
        return extent.inside or Extent(extent.weight, extent.weight)

    def named(self, extent: Extent, name: str) -> Extent:
        """Return the bounds of a field."""
        if extent.values:
            found = [cast("Mapping[str, Json]", value).get(name) for value in extent.values if isinstance(value, dict)]
            return self.of(tuple(found))
        return self.each(extent)

    def join(self, one: Extent, other: Extent) -> Extent:
        """Return the bounds of what is one or the other."""
        if not one.weight or not other.weight:
            return one if one.weight else other
        length, weight = max(one.length, other.length), max(one.weight, other.weight)
        if one.values and other.values and len(one.values) + len(other.values) <= _MANY:
            return Extent(length, weight, None, one.values + other.values)
        if one.inside is None and other.inside is None and not (one.values or other.values):
            return Extent(length, weight)
        return Extent(length, weight, self.join(self.each(one), self.each(other)))


def steps(tree: Tree, values: Mapping[str, Json]) -> float:
    """Return the most steps an expression may take, or raise TooMuchError as soon as it is too many."""
    meter = Meter()
    _bounded(tree, meter, values)
    return meter.steps


def bound(tree: Tree, values: Mapping[str, Json]) -> Extent:
    """Return the bounds of what an expression comes to."""
    return _bounded(tree, Meter(), values)


def _bounded(tree: Tree, meter: Meter, values: Mapping[str, Json]) -> Extent:
    return _extent(tree, meter, {name: meter.of((value,)) for name, value in values.items()})


def is_known(function: str) -> bool:
    """Tell whether it is known what a function costs; others may not be called."""
    return function in _RULES


def _extent(tree: Tree, meter: Meter, names: Mapping[str, Extent]) -> Extent:
    match tree:
        case Constant(length=length, text=text):
            return Extent(float(length), length + 1.0, None, () if text is None else (text,))
        case Name(name=name):
            return names.get(name.lstrip("."), _SCALAR)
        case Select(of=of, name=name):
            meter.spend(len(name))
            return meter.named(_extent(of, meter, names), name)
        case Many(items=items):
            held = [_extent(item, meter, names) for item in items]
            meter.spend(len(held))
            inside = _joined(meter, held)
            return Extent(float(len(held)), 1 + sum(one.weight for one in held), inside)
        case Call(function=function, given=given):
            return _call(function, given, meter, names)
        case Loop():
            return _loop(tree, meter, names)


def _joined(meter: Meter, extents: list[Extent]) -> Extent:
    whole = _NOTHING
    for extent in extents:
        whole = meter.join(whole, extent)
    return whole


def _call(function: str, given: tuple[Tree, ...], meter: Meter, names: Mapping[str, Extent]) -> Extent:
    extents = tuple(_extent(part, meter, names) for part in given)
    return _RULES.get(function, _compared)(meter, extents)


def _loop(loop: Loop, meter: Meter, names: Mapping[str, Extent]) -> Extent:
    """A step adds to the result whatever one element adds; a list is copied whole for each."""
    over = _extent(loop.over, meter, names)
    start = _extent(loop.start, meter, names)
    times = min(over.length, MOST_ELEMENTS)
    inner = dict(names) | dict.fromkeys(loop.variables, meter.each(over)) | {loop.result: start}
    before = meter.factor
    meter.factor = before * max(times, 1.0)
    _extent(loop.goes_on, meter, inner)
    once = _extent(loop.step, meter, inner)
    length = start.length + times * max(once.length - start.length, 0.0)
    if length > start.length:
        meter.spend(length)
    meter.factor = before
    weight = start.weight + times * max(once.weight - start.weight, 0.0)
    result = Extent(length, weight, once.inside, once.values)
    return _extent(loop.end, meter, inner | {loop.result: result})


def _length(value: Json) -> float:
    return float(len(value)) if isinstance(value, str | list | dict) else 1.0


def _parts(value: Json) -> tuple[Json, ...]:
    if isinstance(value, dict):
        return (*value.keys(), *value.values())
    return tuple(value) if isinstance(value, list) else ()


def _scalar(meter: Meter, _: tuple[Extent, ...]) -> Extent:
    """What looks at nothing but numbers, or at the outside of a value."""
    meter.spend(1)
    return _SCALAR


def _read(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    """What goes through what it is given once."""
    meter.spend(sum(one.weight for one in given))
    return _SCALAR


def _compared(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    """What goes through the smaller of two."""
    meter.spend(min((one.weight for one in given), default=0.0))
    return _SCALAR


def _searched(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    """What looks for one thing at every place of another."""
    meter.spend(given[0].length * max(given[1].length if len(given) > 1 else 1.0, 1.0))
    return _SCALAR


def _within(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    """`a in b`."""
    meter.spend(given[1].weight)
    return _SCALAR


def _added(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    """`a + b`: numbers, texts or lists."""
    one, other = given
    meter.spend(one.length + other.length)
    length, weight = one.length + other.length, one.weight + other.weight
    empty = not one.weight or not other.weight
    return Extent(length, weight, None if empty else meter.join(meter.each(one), meter.each(other)))


def _either(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    """What is one of two: both branches after a question, or what stands in for what is missing."""
    meter.spend(1)
    return _joined(meter, list(given[-2:]))


def _same(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    """What passes a value on."""
    meter.spend(1)
    return given[0] if given else _NOTHING


def _indexed(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    """`a[b]`, `a.?b`: a field where its name is written out, else any element."""
    meter.spend(given[1].length)
    name = given[1].values[0] if len(given[1].values) == 1 else None
    return meter.named(given[0], name) if isinstance(name, str) else meter.each(given[0])


def _matched(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    """A pattern is followed at each character through as many states as it is long, repetitions written out."""
    text, pattern = given[0], given[-1]
    known = [value for value in pattern.values if isinstance(value, str)]
    repeated = max((_repetitions(value) for value in known), default=_MOST_REPETITIONS)
    meter.spend((text.length + 10) * (pattern.length + 1) * repeated)
    return _SCALAR


def _repetitions(pattern: str) -> int:
    """Return how much longer a pattern may be when `{2,5}` is written out; the library refuses more than 1000."""
    counts = [int(found) for found in re.findall(r"\{(?:\d{0,4},)?(\d{1,4})", pattern)]
    return min(math.prod(max(count, 1) for count in counts), _MOST_REPETITIONS)


def _text(length: float) -> Extent:
    return Extent(length, length + 1)


def _rewritten(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    """What gives a text at most twice as long and two more."""
    meter.spend(given[0].length)
    return _text(2 * given[0].length + 2)


def _cut(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    """What gives a text no longer than the first."""
    meter.spend(given[0].length)
    return _text(given[0].length)


def _written(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    """`string(a)` and `bytes(a)`."""
    length = max(4 * given[0].length, _NUMBER)
    meter.spend(length)
    return _text(length)


def _replaced(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    text, new = given[0], given[-2] if len(given) == 4 else given[-1]
    length = text.length + (text.length + 1) * new.length
    meter.spend(length)
    return _text(length)


def _split(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    meter.spend(2 * given[0].length)
    return Extent(given[0].length + 1, 2 * given[0].length + 2, _text(given[0].length))


def _put_together(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    joined, between = given[0], given[1].length if len(given) > 1 else 0.0
    length = joined.weight + joined.length * between
    meter.spend(length)
    return _text(length)


def _formatted(meter: Meter, given: tuple[Extent, ...]) -> Extent:
    text, with_what = given[0], given[1] if len(given) > 1 else _NOTHING
    known = [value for value in text.values if isinstance(value, str)]
    precise = max((value.count("%") for value in known), default=text.length / 2)
    length = text.length + 8 * with_what.weight + _DIGITS * precise
    meter.spend(length)
    return _text(length)


_PLAIN = """
_&&_ _||_ !_ -_ _-_ _*_ _/_ _%_ @not_strictly_false size hasValue optional.none int uint double bool type timestamp
duration getDate getDayOfMonth getDayOfWeek getDayOfYear getFullYear getHours getMilliseconds getMinutes getMonth
getSeconds math.abs math.ceil math.floor math.round math.sign math.trunc math.sqrt math.isNaN math.isInf math.isFinite
math.bitAnd math.bitOr math.bitXor math.bitNot math.bitShiftLeft math.bitShiftRight
"""

_RULES: Mapping[str, _Rule] = {
    **dict.fromkeys(_PLAIN.split(), _scalar),
    **dict.fromkeys(("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "startsWith", "endsWith"), _compared),
    **dict.fromkeys(("math.@max", "math.@min", "math.greatest", "math.least"), _read),
    **dict.fromkeys(("contains", "indexOf", "lastIndexOf"), _searched),
    **dict.fromkeys(("@in", "in", "_in_"), _within),
    **dict.fromkeys(("_?_:_", "or", "orValue"), _either),
    **dict.fromkeys(("dyn", "value", "optional.of", "optional.ofNonZeroValue"), _same),
    **dict.fromkeys(("_[_]", "_[?_]", "_?._"), _indexed),
    **dict.fromkeys(("lowerAscii", "upperAscii", "strings.quote"), _rewritten),
    **dict.fromkeys(("trim", "substring", "charAt", "reverse"), _cut),
    **dict.fromkeys(("string", "bytes"), _written),
    "_+_": _added,
    "matches": _matched,
    "replace": _replaced,
    "split": _split,
    "join": _put_together,
    "format": _formatted,
}
