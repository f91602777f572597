"""A point at which a run waits: for a person's answer, for a person's hands, for time, for a condition, for an event.

    open ─┬─ done       answered, proven, or the time has come
          ├─ failed     answered with a no, or the wait was in vain
          ├─ expired    nobody answered in time
          └─ cancelled  the run was ended

A run that only waits is `suspended`: it holds no machine and no worker, and outlives every restart. Ending the hold
and putting the run back on the queue commit in one transaction.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from steward.lib.record import record
from steward.model.access import Role
from steward.model.ids import MachineId, PrincipalId, RunId
from steward.model.probe import Probe, ProbeResult

DAY_SECONDS = 86_400


class HoldKind(StrEnum):
    """What is waited for."""

    ASK = "ask"
    PHYSICAL = "physical"
    WAIT = "wait"


class AnswerKind(StrEnum):
    """What type a field of an answer is of."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"


@record
class AnswerField:
    """One thing a person is asked."""

    name: str
    """Name, `[a-z][a-z0-9_]*`: later expressions see `steps.ID.answer.NAME`."""
    kind: AnswerKind = AnswerKind.BOOLEAN
    """Its type (`type` in YAML)."""
    says: str = ""
    """The question in words."""
    choices: tuple[str, ...] = ()
    """For a choice: what may be chosen."""
    least: float | None = None
    """For a number: smallest."""
    most: float | None = None
    """For a number: largest; for a text: most characters."""
    is_required: bool = True
    """Whether it must be answered (`required` in YAML)."""


@record
class Patience:
    """How long is waited for a person, and what happens meanwhile."""

    expires_seconds: int = 14 * DAY_SECONDS
    """From then on nobody answered: that counts as failed."""
    remind_seconds: int = DAY_SECONDS
    """Reminded this often; 0: never."""
    escalate_seconds: int = 0
    """After this long it is told to the owner as well, whoever was asked; 0: never."""


@record
class Inquiry:
    """Asks a person."""

    text: str
    """What is asked, Markdown."""
    fields: tuple[AnswerField, ...] = ()
    """What an answer holds; none: a plain yes (go on) or no (the step failed)."""
    who: Role = Role.OPERATOR
    """Least role that may answer."""
    patience: Patience = Patience()
    """How long."""


@record
class Task:
    """Something a person does with their hands."""

    instructions: tuple[str, ...]
    """One thing to do each, in order; Markdown."""
    picture: str = ""
    """Path of a picture below `workflows/` of the workspace (PNG, JPEG, WebP, 2 MB at most); empty for none."""
    part: str = ""
    """What is needed: `Seagate IronWolf 8 TB`."""
    cost: str = ""
    """What that costs, in words with the currency."""
    link: str = ""
    """Address where it is had or explained, `https` only."""
    proof: tuple[str, ...] = ()
    """Readable lines that show that it was done; at least one."""
    patience: Patience = Patience()
    """How long."""


@record
class Wait:
    """A pause; exactly one of these."""

    seconds: int = 0
    """So long."""
    until: str = ""
    """Local time of the day, `02:30`, or a moment with its date, `2026-03-01 02:30`."""
    condition: str = ""
    """Readable line that comes true."""
    event: str = ""
    """Kind of an event, `run.verified`, `hook.received`; `*` stands for any part."""
    subject: str = ""
    """For an event: what it must be about; empty: anything."""
    longest_seconds: int = DAY_SECONDS
    """For a condition or an event: after this the wait was in vain, which counts as failed."""


@record
class Hold:
    """One of these in a plan, resolved."""

    id: str
    """Name within the plan; steps and holds share their names."""
    kind: HoldKind
    """What is waited for."""
    says: str
    """What is waited for, in one line."""
    origin: str = ""
    """Step of the workflow it came from; empty: itself."""
    needs: tuple[str, ...] = ()
    """Steps and holds that must have succeeded before."""
    after: tuple[str, ...] = ()
    """Steps and holds that must have ended before, however they ended."""
    when: str = ""
    """Expression; where it is false nothing is waited for."""
    block: str = ""
    """What fans out over machines or items; failures are counted over all lanes of a block."""
    lane: str = ""
    """One machine or item of that: a no, or a wait in vain, fails it as a step that fails does."""
    tolerated: int = 0
    """Lanes of the block that may fail before the run does."""
    machine: MachineId | None = None
    """Machine it is about, or None."""
    inquiry: Inquiry | None = None
    """For `ask`."""
    task: Task | None = None
    """For `physical`."""
    wait: Wait | None = None
    """For `wait`."""
    proofs: tuple[Probe, ...] = ()
    """What ends it by itself once all hold: the proof of a task, the condition of a wait."""


class HoldState(StrEnum):
    """Where a hold stands."""

    OPEN = "open"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


@record
class HoldRecord:
    """What became of one hold of a run."""

    run: RunId
    """The run."""
    hold: str
    """Its id in the plan."""
    kind: HoldKind
    """What is waited for."""
    state: HoldState
    """Where it stands."""
    opened: datetime
    """Since when it is waited (UTC)."""
    due: datetime | None = None
    """When the time has come, for a wait for time; when it expires, for everything else."""
    remind_at: datetime | None = None
    """When somebody is reminded next."""
    reminders: int = 0
    """How often that was done."""
    since_event: int = 0
    """For an event: the last one that had happened before."""
    answer: dict[str, Any] | None = None
    """What was answered, checked against the fields."""
    answered_by: PrincipalId | None = None
    """Who did."""
    seen: tuple[ProbeResult, ...] = ()
    """What the probes saw last."""
    note: str = ""
    """Why it ended as it did."""
    ended: datetime | None = None
    """When (UTC)."""
