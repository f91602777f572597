"""Expressions in CEL (Common Expression Language): typed values of what is known, never an effect.

Everything of the language library is behind this file. An expression sees the names it is given and nothing else: it
cannot read, write, wait or call into Python. What could grow or take long is refused before it begins.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeGuard, cast

from cel_expr_python import cel
from cel_expr_python.ext import ext_math, ext_optional, ext_strings

from steward.lib.codec import Json
from steward.lib.expression_cost import TooMuchError, is_known, steps
from steward.lib.expression_errors import ExpressionError, column_of, failed, misread
from steward.lib.expression_tree import Call, Tree, TreeError, everything, free_names, tree_of
from steward.lib.text import nearest

LONGEST = 2_000
"""Most characters of an expression."""
MOST_OPTIONAL_MAPS = 4
"""Most `optMap` and `optFlatMap`: each doubles what stands before it when it is written out."""

_NO_NAMES: frozenset[str] = frozenset()
_TYPES = frozenset({"bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "type", "uint"})
_FAILURES = (RuntimeError, SystemError, TypeError, ValueError, OverflowError, LookupError, MemoryError)
"""What the library raises, mostly RuntimeError."""
_DEEPEST = 64
"""Deepest nesting of a value."""


@dataclass(frozen=True)
class Expression:
    """An expression that can be understood."""

    text: str
    """As it is written."""
    names: frozenset[str] = frozenset()
    """Names it may use."""


def compiled(text: str, names: Collection[str]) -> Expression:
    """Check an expression: its syntax, its types as far as they are known, its names."""
    expression = Expression(text, frozenset(names))
    _program(expression)
    return expression


def evaluate(expression: Expression, values: Mapping[str, Json]) -> Json:
    """Return what an expression comes to; a missing field or a wrong type is an error, never a guess."""
    program = _program(expression)
    known = {name: _given(values[name]) for name in names_in(expression.text) if name in values}
    _bound(expression.text, known)
    try:
        answer = program.eval(data=known)
        is_error = answer.type() == cel.Type.ERROR
        value = answer.plain_value()
    except _FAILURES as error:
        raise failed(expression.text, str(error)) from error
    if is_error:
        raise failed(expression.text, str(value))
    return _json(value, _DEEPEST)


def names_in(text: str) -> frozenset[str]:
    """Return the names from outside that an expression uses."""
    return frozenset(free_names(tree_in(text))) - _TYPES


def reference(value: object) -> str | None:
    """Return the expression of a text that is wholly `${ ... }`, else None."""
    if not isinstance(value, str) or not value.startswith("${") or not value.endswith("}"):
        return None
    return value[2:-1].strip()


def unescaped(text: str) -> str:
    """Return a text that is no expression as it is meant: `$${` stands for `${`."""
    return text.replace("$${", "${")


@lru_cache(maxsize=512)
def tree_in(text: str) -> Tree:
    """Return the tree of an expression without looking at its names; the library itself ends at a depth of 32."""
    if len(text) > LONGEST:
        raise ExpressionError(f"the expression has {len(text)} characters; at most {LONGEST} are read")
    if len(re.findall(r"optMap|optFlatMap", text)) > MOST_OPTIONAL_MAPS:
        raise ExpressionError(f"the expression has more than {MOST_OPTIONAL_MAPS} of `optMap` and `optFlatMap`")
    try:
        return tree_of(_environment(_NO_NAMES).compile(text, disable_check=True).serialize())
    except TreeError as error:
        raise ExpressionError(str(error)) from error
    except _FAILURES as error:
        raise misread(text, str(error)) from error


@lru_cache(maxsize=512)
def _program(expression: Expression) -> cel.Expression:
    text = expression.text
    tree = tree_in(text)
    for name in free_names(tree):
        if name not in expression.names | _TYPES:
            near = nearest(name, expression.names)
            known = ", ".join(f"`{one}`" for one in sorted(expression.names)) or "nothing"
            hint = f"did you mean `{near}`?" if near else f"it can see {known}"
            raise ExpressionError(f"`{name}` is not known here", column=column_of(text, name), hint=hint)
    _refuse_unknown(tree, text)
    try:
        return _environment(expression.names).compile(text)
    except _FAILURES as error:
        raise misread(text, str(error)) from error


@lru_cache(maxsize=64)
def _environment(names: frozenset[str]) -> cel.Env:
    extensions = [ext_strings.ExtStrings(), ext_optional.ExtOptional(), ext_math.ExtMath()]
    return cel.NewEnv(variables=dict.fromkeys(names, cel.Type.DYN), extensions=extensions)


def _bound(text: str, known: Mapping[str, Json]) -> None:
    """Refuse what may take too long or grow too large with these values."""
    try:
        steps(tree_in(text), known)
    except TooMuchError as error:
        hint = "filter first, and add fewer texts and lists to each other"
        raise ExpressionError("the expression may take too much time or memory", hint=hint) from error


def _refuse_unknown(tree: Tree, text: str) -> None:
    for part in everything(tree):
        if isinstance(part, Call) and not is_known(part.function):
            name = part.function.split(".")[-1]
            raise ExpressionError(f"`{name}` is no function an expression may call", column=column_of(text, name))


def _given(value: Json, depth: int = _DEEPEST) -> Json:
    """Return a value as the library takes it: it would cut a text at NUL, and cannot take half a character."""
    if depth == 0:
        raise ExpressionError(f"a value is nested deeper than {_DEEPEST}")
    match value:
        case str():
            return value if value.isascii() and "\0" not in value else _readable(value)
        case list():
            return [_given(item, depth - 1) for item in value]
        case dict():
            return {_readable(key): _given(item, depth - 1) for key, item in value.items()}
        case _:
            return value


def _readable(text: str) -> str:
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def _json(value: object, depth: int) -> Json:
    """Return the value as JSON has it: moments and spans in words and seconds, nothing that JSON has not."""
    if depth == 0:
        raise ExpressionError(f"the value is nested deeper than {_DEEPEST}")
    match value:
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case list():
            return [_json(item, depth - 1) for item in cast("list[object]", value)]
        case dict():
            items = cast("dict[object, object]", value).items()
            return {key: _json(item, depth - 1) for key, item in items if _is_key(key)}
        case _:
            raise ExpressionError("the value is of a type that cannot be kept: bytes, a type or no number")


def _is_key(key: object) -> TypeGuard[str]:
    if not isinstance(key, str):
        raise ExpressionError("keys of a map must be texts")
    return True
