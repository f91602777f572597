"""Records to JSON and back, and the JSON Schema of a record."""

from __future__ import annotations

import difflib
import json
import threading
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from steward.lib.record import described

T = TypeVar("T")

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"


class CodecError(ValueError):
    """The JSON does not fit the type; each entry of `problems` is `(path, why)`."""

    def __init__(self, type_name: str, problems: tuple[tuple[str, str], ...]) -> None:
        self.type_name = type_name
        self.problems = problems
        super().__init__("; ".join(f"{path or type_name}: {why}" for path, why in problems))


_ONE_AT_A_TIME = threading.Lock()
"""Describing a record parses source for its docstrings. CPython 3.11 counts the depth of that once for all threads:
where the garbage collector lets another thread in, both fail with `AST constructor recursion depth mismatch`."""


def _adapter(kind: Any) -> TypeAdapter[Any]:
    with _ONE_AT_A_TIME:
        return _built(kind)


@lru_cache(maxsize=512)
def _built(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def encode(value: object) -> Any:
    """Turn a record (or a container of records) into plain JSON values."""
    return _adapter(type(value)).dump_python(value, mode="json")


def decode(kind: type[T], data: object) -> T:
    """Turn plain JSON values into a `kind`.

    Raises:
        CodecError: with every problem at once, each with its path and, for an unknown field, the nearest name.
    """
    try:
        return cast("T", _adapter(kind).validate_python(data))
    except ValidationError as error:
        problems = tuple(_explain(kind, dict(item)) for item in error.errors(include_url=False))
        raise CodecError(getattr(kind, "__name__", str(kind)), problems) from error


def decode_strictly(kind: type[T], data: Json) -> T:
    """Turn plain JSON values into a `kind` and take no value for another: the text "5" is no number, 1 is no yes.

    Raises:
        CodecError: as for `decode`.
    """
    try:
        return cast("T", _adapter(kind).validate_json(json.dumps(data), strict=True))
    except ValidationError as error:
        problems = tuple(_explain(kind, dict(item)) for item in error.errors(include_url=False))
        raise CodecError(getattr(kind, "__name__", str(kind)), problems) from error


def schema(kind: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a record, with its docstrings."""
    with _ONE_AT_A_TIME, described():
        return TypeAdapter(kind).json_schema()


def _explain(kind: type[Any], item: dict[str, Any]) -> tuple[str, str]:
    path = ".".join(str(part) for part in item["loc"])
    if item["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
        known = [field.name for field in fields(kind)] if is_dataclass(kind) else []
        near = difflib.get_close_matches(str(item["loc"][-1]), known, n=1)
        return path, "unknown field" + (f", did you mean `{near[0]}`?" if near else "")
    if item["type"] in {"missing", "missing_argument", "missing_keyword_only_argument"}:
        return path, "is required"
    return path, str(item["msg"])
