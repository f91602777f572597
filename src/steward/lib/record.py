"""The one way a value type is declared: a frozen, keyword-only dataclass that refuses unknown fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeVar, dataclass_transform

T = TypeVar("T")

_CONFIG: dict[str, str | bool] = {"extra": "forbid"}
"""What every record tells the codec's library; one object, so that `described` reaches them all."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(dataclasses.field,))
def record(cls: type[T]) -> type[T]:
    """Make `cls` a frozen keyword-only dataclass whose field docstrings become descriptions.

    The attribute set here is read by `lib.codec`, so that a record refuses unknown fields and carries the docstrings
    below its fields into JSON Schema (`described`), without any record knowing which library does it.
    """
    cls.__pydantic_config__ = _CONFIG  # type: ignore[attr-defined]
    return dataclasses.dataclass(frozen=True, kw_only=True)(cls)


@contextmanager
def described() -> Generator[None]:
    """Let field docstrings be read meanwhile; that parses source and costs half of building a codec, so only then.

    The caller sees to it that nobody else builds one at the same time.
    """
    _CONFIG["use_attribute_docstrings"] = True
    try:
        yield
    finally:
        del _CONFIG["use_attribute_docstrings"]
