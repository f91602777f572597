"""The one way a value type is declared: a frozen, keyword-only dataclass that refuses unknown fields."""

from __future__ import annotations

import dataclasses
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(dataclasses.field,))
def record(cls: type[T]) -> type[T]:
    """Make `cls` a frozen keyword-only dataclass whose field docstrings become descriptions.

    The attribute set here is read by `lib.codec`, so that a record refuses unknown fields and carries the
    docstrings below its fields into JSON Schema, without any record knowing which library does it.
    """
    cls.__pydantic_config__ = {"extra": "forbid", "use_attribute_docstrings": True}  # type: ignore[attr-defined]
    return dataclasses.dataclass(frozen=True, kw_only=True)(cls)
