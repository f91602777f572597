"""Triggers: what starts work. Each is a text file of the workspace (`triggers/NAME.yaml`) and a row a person can pause.

    due, arrived, changed, absent ──> occurrence (written ahead, claimed once) ──> dispatch as the trigger ──> run

A trigger holds no rights. What it starts goes through policy like everything else: it runs by itself only where a
grant covers it, and is asked otherwise.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any

from steward.lib.record import record
from steward.model.ids import PrincipalId, RunId

TRIGGERS_FOLDER = "triggers"
"""Folder of the workspace; one file a trigger."""


class TriggerKind(StrEnum):
    """What starts it."""

    SCHEDULE = "schedule"
    """Time."""
    HOOK = "hook"
    """A signed delivery to `/hooks/NAME`."""
    PING = "ping"
    """A sign of life at `/ping/ID` that stays away, or says that something failed."""
    UNIT = "unit"
    """A systemd unit that failed (`OnFailure=`), told by the machine itself."""
    JOURNAL = "journal"
    """A line of a machine's journal that matches."""
    FILES = "files"
    """A file of this computer that appears, changes or goes."""
    CONDITION = "condition"
    """An expression over facts, or a command, whose saved state changes."""
    MQTT = "mqtt"
    """A message at an MQTT broker, Home Assistant's states among them."""
    CONSUL = "consul"
    """A key or a service's health at Consul."""
    EVENT = "event"
    """An event of Steward itself: `finding.opened`, `run.failed`."""


class Missed(StrEnum):
    """What becomes of occurrences whose time passed while nobody could start them."""

    ONCE = "once"
    """The newest of them is run, the others are shown as missed."""
    ALL = "all"
    """Each is run, oldest first, at most a hundred."""
    SKIP = "skip"
    """None is run; each is shown as missed."""
    ASK = "ask"
    """None is run until a person says so."""


class Overlap(StrEnum):
    """What happens when it is due while its run before is not at its end."""

    SKIP = "skip"
    """This one is not run, and shown so."""
    QUEUE = "queue"
    """This one waits; a third replaces the second."""
    ALLOW = "allow"
    """Both run, up to `most_at_once`."""


@record
class Schedule:
    """When it is due; exactly one of the first five."""

    cron: str = ""
    """Five or six fields, or `@daily`."""
    every: str = ""
    """Interval: `15m`, `6h`, `2d`; counted from the Unix epoch in the time zone, so that a restart moves nothing."""
    daily_at: str = ""
    """Times of the day, with commas: `03:30`, `08:00,20:00`."""
    calendar: str = ""
    """systemd's OnCalendar: `Mon..Fri *-*-* 03:00`."""
    once: str = ""
    """One moment: `2026-03-01 02:30`."""
    zone: str = ""
    """Time zone (IANA); empty: Steward's own."""
    jitter_seconds: int = 0
    """Put off by up to so long, the same for the same occurrence."""


@record
class Starts:
    """What it starts; exactly one of the first three."""

    workflow: str = ""
    """A workflow of the workspace or of the library."""
    goal: str = ""
    """A goal: `goals/NAME.md`."""
    command: str = ""
    """An operation of the catalogue."""
    input: dict[str, Any]
    """What it is given (`with` in YAML); expressions see `event`."""


@record
class Trigger:
    """One trigger as it is written."""

    name: str
    """Short name, `[a-z0-9-]`; also its file's name."""
    kind: TriggerKind
    """What starts it."""
    says: str = ""
    """What it is for."""
    starts: Starts | None = None
    """What it starts; None: it only watches, and tells."""
    schedule: Schedule | None = None
    """For `schedule`; for `ping`: when a sign of life is expected."""
    source: dict[str, Any]
    """Everything else of its kind, checked by the kind's own record."""
    missed: Missed = Missed.ONCE
    """What becomes of missed occurrences."""
    overlap: Overlap = Overlap.SKIP
    """What happens when it is due while its run before goes on."""
    most_at_once: int = 1
    """For `allow`: runs at one time."""
    start_within_seconds: int = 900
    """Not begun so long after it was due: an alert by itself."""
    end_within_seconds: int = 0
    """Not at its end so long after it was due: an alert by itself; 0: never."""
    coalesce_seconds: int = 0
    """Events so close together are one."""
    is_on: bool = True
    """Whether its file says that it works (`enabled` in YAML)."""


class OccurrenceState(StrEnum):
    """Where an occurrence stands.

    due ─> claimed ─┬─> started ─> ended
                    ├─> asked         a person decides, on an approval or on missed ones
                    ├─> skipped       overlap, quiet hours, a condition
                    ├─> refused       policy or a brake said no
                    └─> failed        it could not be started
    due ─> missed
    """

    DUE = "due"
    CLAIMED = "claimed"
    STARTED = "started"
    ASKED = "asked"
    ENDED = "ended"
    SKIPPED = "skipped"
    MISSED = "missed"
    REFUSED = "refused"
    FAILED = "failed"


_O = OccurrenceState
SETTLED = frozenset({_O.ENDED, _O.SKIPPED, _O.MISSED, _O.REFUSED, _O.FAILED})
"""States in which nothing more comes of an occurrence."""


@record
class Occurrence:
    """One time a trigger was due or something arrived; the row is written before anything is started."""

    id: str
    """Derived from trigger and moment, or from trigger and event: the same thing twice is one."""
    trigger: str
    """Name of the trigger."""
    due: datetime
    """When it was due, or arrived (UTC)."""
    state: OccurrenceState = OccurrenceState.DUE
    """Where it stands."""
    event: dict[str, Any]
    """What arrived, masked and bounded; from outside. Empty for time."""
    claimed_by: str = ""
    """Worker that took it."""
    claimed: datetime | None = None
    """When."""
    run: RunId | None = None
    """Run that came of it."""
    started: datetime | None = None
    """When that began."""
    ended: datetime | None = None
    """When that ended, or when it was settled that nothing comes of it."""
    result: str = ""
    """How that ended: the run's state."""
    reason: str = ""
    """Why, in one line; never empty at an end."""
    is_late: bool = False
    """Whether somebody was told that it did not begin or end in time."""


def occurrence_id(trigger: str, what: str) -> str:
    """Return the id of the occurrence of a trigger at this moment, or for this event: the same again is the same."""
    text = f"{trigger}\0{what}"
    return f"occ-{hashlib.sha256(text.encode()).hexdigest()[:20]}"


@record
class TriggerState:
    """What is kept of a trigger beside its file."""

    name: str
    """The trigger."""
    digest: str
    """SHA-256 of its file when it was last read; another one begins anew from then."""
    seen_until: datetime
    """Everything due until then has a row (UTC)."""
    paused_by: PrincipalId | None = None
    """Person who paused it, or None."""
    paused: datetime | None = None
    """When."""
    pause_reason: str = ""
    """Why."""
    memory: dict[str, Any]
    """What its source remembers: a cursor, a saved state."""
    trouble: str = ""
    """What did not begin, did not end in time or stayed away, in one line; empty once it recovered."""
    troubled: datetime | None = None
    """Since when."""
    let: str = ""
    """Digest of what a person let it do beyond looking: hand over a secret, move files; else that is not followed."""
    address_number: int = 0
    """Which of its secret addresses counts; one more makes those before it worthless."""
