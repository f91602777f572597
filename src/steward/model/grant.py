"""What may run without asking.

    active ──time──> expired
    ├──a person──> revoked
    └──one bad outcome of a run it allowed──> suspended   (for good: another is given or earned)

An earned grant begins on probation: one use a day for two weeks. When it was used well often enough, it becomes what
`after_probation` says; whoever accepted it was told so.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from steward.lib.record import record
from steward.model.hours import is_hours, is_within
from steward.model.ids import GrantId, MachineId, PrincipalId, RunId
from steward.model.probe import Scalar
from steward.model.risk import Risk

LONGEST = timedelta(days=90)
"""No grant lives longer."""
PROBATION = timedelta(days=14)
"""How long an earned grant may be tried."""
PROBATION_DAILY = 1
"""Uses in 24 hours meanwhile."""
PROVEN_DAILY = 3
"""Uses in 24 hours afterwards."""
PROBATION_USES = 10
"""Uses that must have ended well for it to be over."""
MILDEST_REFUSED = Risk.RISKY
"""From this class on nothing is ever granted."""


class Origin(StrEnum):
    """How a grant came to be; a person allowed it either way."""

    GIVEN = "given"
    """A person wrote it."""
    EARNED = "earned"
    """Steward proposed it after it had been asked for, approved and verified often enough; a person accepted."""


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_WEEK = tuple(Weekday)
_PROGRAMS = (
    "ash awk bash busybox chroot csh dash doas env eval exec expect fish flock gawk ionice ksh lua mawk nice node "
    "nohup nsenter parallel perl php pkexec python ruby runuser script sed setpriv setsid sh ssh stdbuf su sudo "
    "systemd-run tcsh time timeout unshare watch xargs zsh"
)
_RUNS_OTHERS = frozenset(_PROGRAMS.split())


@record
class Grant:
    """One typed command, on named machines, with these very input values, so often a day, until then."""

    id: GrantId
    """Id."""
    command: str
    """Name of the command. Never a destructive one, never a shell."""
    targets: tuple[MachineId, ...]
    """Machines it covers; empty covers none."""
    where: dict[str, Scalar]
    """Input fields that must have exactly these values; other fields are free."""
    daily_maximum: int
    """Most uses in 24 hours; each covered step of a plan is one."""
    created: datetime
    """When (UTC)."""
    expires: datetime
    """At most 90 days later."""
    created_by: PrincipalId
    """Person who gave or accepted it."""
    revoked: datetime | None = None
    """When it was taken back, or None."""
    hours: str = ""
    """Local hours of the day, `22:00-07:00`; may cross midnight. Empty for all; what cannot be read covers nothing."""
    weekdays: tuple[Weekday, ...] = ()
    """Days of the week, each from midnight to midnight; empty for all."""
    origin: Origin = Origin.GIVEN
    """Given or earned."""
    is_on_probation: bool = False
    """Whether an earned one still has to show itself."""
    suspended: datetime | None = None
    """When a run that it allowed ended badly, or None; it has covered nothing since."""
    suspended_by: RunId | None = None
    """That run."""


def is_live(grant: Grant, now: datetime) -> bool:
    """Tell whether a grant covers anything at all at this moment; `now` is local, for its hours and days."""
    return (
        grant.revoked is None
        and grant.suspended is None
        and grant.created <= now < grant.expires
        and grant.expires - grant.created <= LONGEST
        and (not grant.hours or (is_hours(grant.hours) and is_within(grant.hours, now)))
        and (not grant.weekdays or _WEEK[now.weekday()] in grant.weekdays)
    )


def after_probation(grant: Grant) -> Grant:
    """Return the grant as it is once it was used well often enough."""
    return replace(grant, is_on_probation=False, daily_maximum=PROVEN_DAILY, expires=grant.created + LONGEST)


def runs_others(argv: tuple[str, ...]) -> str:
    """Return the shell, interpreter or wrapper that these words start, or an empty text; never granted.

    `sudo -n --` in front is Steward's own way of becoming root, and not meant.
    """
    words = argv[3:] if argv[:3] == ("sudo", "-n", "--") else argv
    program = words[0].rpartition("/")[2] if words else ""
    return program if program.rstrip("0123456789.") in _RUNS_OTHERS else ""
