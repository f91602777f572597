"""What a plan takes over from an earlier run: steps that ended well there and are not done again.

run ended ─> its workflow expanded anew ─┬─ carried over   ended well, and nothing before it is done again
                                         └─ planned anew ─> policy ─> approval ─> a run of its own
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from steward.lib.record import record
from steward.model.ids import RunId
from steward.model.probe import Probe
from steward.model.run import StepEnd


@record
class Carried:
    """One step or hold that ended well in an earlier run; bound by the approval with everything that came of it."""

    id: str
    """Its name in the plan."""
    says: str
    """What was done, in one line."""
    run: RunId
    """Run in which it was done."""
    end: StepEnd
    """How it ended there: `ok`, or `skipped` because its condition was false."""
    ended: datetime
    """When (UTC)."""
    does: str
    """SHA-256 of what it does: its command and input, or what was waited for."""
    origin: str = ""
    """Step of the workflow it came from; empty: itself."""
    lane: str = ""
    """Machine or item of a fan-out it belongs to."""
    machine: str = ""
    """Id of the machine it was done on; empty for none."""
    values: dict[str, Any]
    """What later expressions know of it, from outside: `outputs`, `exit_code`, `machine`, or `answer`."""
    proofs: tuple[Probe, ...] = ()
    """What must still hold before anything else is done, and at the end."""

    @property
    def seen(self) -> dict[str, Any]:
        """What expressions see of it: the same fields as of what ends well in a run of its own."""
        return {"state": self.end.value, "ok": True, **self.values}


@record
class Resumed:
    """The earlier run that a plan goes on from, or is a variation of."""

    run: RunId
    """That run."""
    is_fork: bool = False
    """Whether it is a new beginning of its own: with other inputs, another text, or steps done a second time."""
    start: str = ""
    """Step from which everything is done again; empty for a resume: the first that did not end well."""
    carried: tuple[Carried, ...] = ()
    """What is not done again, in the order of the plan."""


@record
class Resumption:
    """That one run goes on from another."""

    run: RunId
    """The earlier run."""
    successor: RunId
    """The run that goes on from it."""
    is_fork: bool
    """Whether that is a beginning of its own."""
    at: datetime
    """When it was proposed (UTC)."""


@record
class Asking:
    """A run that ended at a value nobody had agreed to, after which Steward asks again, once."""

    run: RunId
    """The run that ended."""
    at: datetime
    """When (UTC)."""
    successor: RunId | None = None
    """The run that was proposed, or None."""
    refused: str = ""
    """Why none could be proposed; empty while that is not so."""
