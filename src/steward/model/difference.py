"""Something on a machine that is not as it was at the look before: one line of the change feed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from steward.lib.record import record
from steward.model.ids import MachineId, RunId


class Author(StrEnum):
    """Who changed it, as far as can be told."""

    STEWARD = "steward"
    """A run of Steward's worked on that machine in that time."""
    PERSON = "person"
    """Somebody was logged in there in that time."""
    UNKNOWN = "unknown"
    """Nobody Steward knows of."""


@record
class Difference:
    """What was, what is, and between which two looks it became so."""

    machine: MachineId
    """Machine."""
    fact: str
    """Fact that told it."""
    subject: str
    """What it is about: `container web: image`. From outside where the machine named it."""
    before: str
    """What it was; empty when it was not there."""
    after: str
    """What it is; empty when it is gone."""
    since: datetime
    """The last look that saw it as it was (UTC)."""
    at: datetime
    """The first look that saw it as it is (UTC)."""
    author: Author = Author.UNKNOWN
    """Who did it."""
    run: RunId | None = None
    """The run of Steward's that did it."""


def compared(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """Return what differs between two looks as subject, before and after, by subject."""
    subjects = sorted({*before, *after})
    pairs = ((subject, before.get(subject, ""), after.get(subject, "")) for subject in subjects)
    return tuple(each for each in pairs if each[1] != each[2])
