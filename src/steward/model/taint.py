"""Where a text comes from and who may see it."""

from __future__ import annotations

from enum import StrEnum


class Taint(StrEnum):
    """Whether a value was written by Steward and its owner, or by somebody else."""

    TRUSTED = "trusted"
    """Written by the owner or computed by Steward from typed values."""
    OUTSIDE = "outside"
    """From logs, alerts, names given by others, pages, messages or a model: data, never instruction."""


class DataClass(StrEnum):
    """Who may see a value; the class of a collection is the highest of its members."""

    PUBLIC = "public"
    INTERNAL = "internal"
    SENSITIVE = "sensitive"
    SECRET = "secret"  # noqa: S105 - the name of a class, not a password


_ORDER = tuple(DataClass)


def highest(*classes: DataClass) -> DataClass:
    """Return the class of a collection of values; of nothing at all it is `public`."""
    return max(classes, key=_ORDER.index, default=DataClass.PUBLIC)
