"""Steward itself: how it is set up, and what is wrong with it."""

from __future__ import annotations

from steward.lib.record import record


@record
class Setting:
    """One value that decides how Steward runs."""

    name: str
    """Short name."""
    variable: str
    """Environment variable that gives it."""
    value: str
    """What it is; whatever is secret in it is masked."""
    origin: str
    """Where it comes from: `environment` or `default`."""
    says: str
    """What it is for, in one sentence."""


@record
class Diagnosis:
    """One thing that was checked."""

    id: str
    """Short name."""
    severity: str
    """`ok`, `warning` or `down`."""
    evidence: str
    """What was seen."""
    fix: str = ""
    """What mends it, or empty."""
