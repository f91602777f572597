"""Measures: one value of what is read from a machine, by a name that readable lines use: `[CERT_DAYS] > 14`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from steward.model.fact import Fact
from steward.model.probe import Scalar

F = TypeVar("F")


@dataclass(frozen=True, kw_only=True)
class Measure(Generic[F]):
    """A plug-in that takes one value from a fact."""

    name: str
    """Name in capitals: `DISK_FREE_PERCENT`."""
    summary: str
    """One line: what the value is, with its unit."""
    fact: Fact[F]
    """Fact it is taken from."""
    take: Callable[[F, str, datetime], Scalar]
    """The fact's record, the argument, and when the fact was read, in; the value out, None where there is no such
    thing. Pure."""
    argument: str = ""
    """What may follow the name: `mount point`; empty: nothing may."""
    is_argument_needed: bool = False
    """Whether it must."""
    missing: Scalar = None
    """What is read where there is no such thing; None: then the line has no answer."""
    example: str
    """A line that uses it."""


AnyMeasure: TypeAlias = Measure[Any]
