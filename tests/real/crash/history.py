"""What one case left behind, from four witnesses: the machine, the store, the audit, and what the terminal said."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from steward.lib.codec import decode, encode
from steward.lib.record import record


@record
class Answer:
    """Something the terminal told a person, with exit code 0 or `waits`: from then on it may not be lost."""

    says: str
    """`planned` or `approved`."""
    run: str
    """Run it was said of."""
    at: datetime
    """When it was said."""


@record
class Action:
    """One action of a plan as the store knows it, and as the machine knows it."""

    run: str
    """Run."""
    step: str
    """Step of the plan."""
    key: str
    """Idempotency key."""
    label: str
    """What its effect writes on the machine; one label belongs to one key."""
    is_undo: bool = False
    """Whether it puts something back."""
    intent_at: datetime | None = None
    """When the intent was committed; None when there is none."""
    outcome: str | None = None
    """`ok`, `failed`, `unknown`, or None."""
    is_started: bool = True
    """False when Steward claims that the program never started."""
    starts: int = 0
    """Attempts on the machine in which the program was started."""


@record
class Effect:
    """One line that an action wrote on a machine."""

    label: str
    """Whose."""
    machine: str
    """Where."""
    nanoseconds: int
    """When, by the machine's clock (which is the host's)."""


@record
class RunRow:
    """How the run stands."""

    id: str
    """Run."""
    state: str
    """State."""
    reason: str
    """Why."""
    is_ended: bool
    """Whether this is an ending; `unknown`, which is shown, is one."""
    approval: str
    """State of its approval."""
    intended_at: tuple[datetime, ...]
    """When its approval was consumed, by the audit: exactly once, or never."""


@record
class History:
    """Everything the checker is told of one case."""

    case: str
    """What was done."""
    runs: tuple[RunRow, ...] = ()
    """Runs of the case."""
    answers: tuple[Answer, ...] = ()
    """What the terminal acknowledged."""
    actions: tuple[Action, ...] = ()
    """Every action its plans may take."""
    effects: tuple[Effect, ...] = ()
    """What happened on the machines."""
    locks: tuple[str, ...] = ()
    """Runs that hold a lock."""
    audit_problems: tuple[str, ...] = ()
    """What `steward audit verify` found."""
    note: str = ""
    """What the harness saw: that the crash point was never reached, for instance."""
    recovery_seconds: float | None = None
    """From the restart to the ending."""


def save(history: History, file: Path) -> None:
    """Write a history as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(encode(history), indent=1) + "\n")


def load(file: Path) -> History:
    """Read a history."""
    return decode(History, json.loads(file.read_text()))
