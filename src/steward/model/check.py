"""Checks: a snapshot in, findings out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from steward.model.fact import Snapshot
from steward.model.finding import Finding


@dataclass(frozen=True, kw_only=True)
class Check:
    """A plug-in that judges one kind of trouble."""

    name: str
    """Name, also part of the finding's id."""
    summary: str
    """One line: what it finds and when."""
    needs: tuple[str, ...]
    """Facts it reads; when one could not be read the check is skipped and the machine says so."""
    history: tuple[str, ...] = ()
    """Facts whose past it reads."""
    run: Callable[[Snapshot], tuple[Finding, ...]]
    """The judgment: pure, the same snapshot always gives the same findings."""
