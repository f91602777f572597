"""A typed request from the catalogue, and how it can come out."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from steward.lib.record import record


class Outcome(StrEnum):
    """How an effect came out. Unknown is reconciled or shown, never reported as ok."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@record
class Command:
    """A request by name with its input; `core.catalogue` holds what each name means."""

    name: str
    """Name in the catalogue, `noun.verb`: `unit.restart`."""
    input: dict[str, Any]
    """Input as plain JSON, checked against the type the catalogue names."""


@record
class Example:
    """One real use of a command, shown in help and run by the documentation check."""

    line: str
    """What a person types, without the program name."""
    does: str
    """What it does, in one line."""
