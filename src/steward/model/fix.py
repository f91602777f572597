"""Fixes: a finding in, a workflow out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.workflow import Workflow


@dataclass(frozen=True, kw_only=True)
class Fix:
    """A plug-in that knows a cure for what one or more checks find."""

    name: str
    """Name; a finding names its fix."""
    summary: str
    """One line: what it does and when it is the right cure."""
    needs: tuple[str, ...]
    """Facts it reads."""
    propose: Callable[[Finding, Snapshot], Workflow]
    """Pure. Raises InvalidInput when the finding can no longer be cured this way."""
