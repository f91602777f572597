"""Something a check holds to be wrong, made of observations.

open ──(a later check no longer sees it)──> closed ──(seen again)──> open
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from steward.lib.record import record
from steward.model.ids import FindingId, MachineId
from steward.model.observation import Observation
from steward.model.resource import Resource


class Severity(StrEnum):
    """How bad it is; `ok` and `paused` belong to machines and services, never to a finding."""

    UNKNOWN = "unknown"
    """Cannot be told. Never shown as good."""
    WATCH = "watch"
    """Worth knowing; nothing breaks soon."""
    WARNING = "warning"
    """Will break, or something unimportant is broken."""
    DOWN = "down"
    """Something people use does not work, or is about to stop."""


@record
class Finding:
    """One thing that is wrong, with its evidence and what happens if nothing is done."""

    id: FindingId
    """Derived from check and resource: the same trouble always has the same id."""
    check: str
    """Name of the check that saw it."""
    title: str
    """One line for a person: what is wrong, on what."""
    severity: Severity
    """How bad it is."""
    resource: Resource
    """What it is about."""
    machine: MachineId
    """Machine it was seen on."""
    evidence: tuple[Observation, ...]
    """What was seen, each value with its source and time."""
    if_nothing: str
    """What happens if nothing is done."""
    fix: str | None = None
    """Name of the fix that can be planned for it, or None when a person must think."""
    alternatives: tuple[str, ...] = ()
    """Other ways to end it, a line each: what to type, and what that does."""
    since: datetime | None = None
    """When it was first seen (UTC); None until it is stored."""
