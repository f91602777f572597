"""Budgets and loop breakers: what a short history of asking says, and how often one command may be used.

open ──five refusals, the same three times, A-B-A-B──> tripped ──an hour, a person──> open
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from steward.lib.record import record
from steward.model.ids import PrincipalId
from steward.model.principal import Principal, PrincipalKind

WINDOW = timedelta(hours=1)
"""How far back a loop is looked for."""
TRIPPED_FOR = timedelta(hours=1)
"""How long a requester is refused."""
REMEDIES_PER_HOUR = 2
"""How often the same finding may be remedied in an hour; then a person looks."""
KEPT = 8
"""Requests kept of each requester; more than any rule here reads."""
_REFUSALS = 5
_SAME = 3
_SWINGS = 4


@record
class Asked:
    """One request, as whoever asked it was answered."""

    requester: PrincipalId
    """Who."""
    what: str
    """Digest of what was asked."""
    result: str
    """What they were told, in short."""
    is_refused: bool
    """Whether it was refused."""
    at: datetime
    """When."""


@record
class Breaker:
    """Why somebody, or the fix of a finding, is not served any more."""

    subject: str
    """Id of a principal, or of a finding."""
    since: datetime
    """When it tripped."""
    why: str
    """What was seen."""
    until: datetime | None = None
    """When it is over by itself; None until a person lifts it."""
    lifted: datetime | None = None
    """When a person lifted it, or None."""

    def holds(self, now: datetime) -> bool:
        """Tell whether it is on."""
        return self.lifted is None and (self.until is None or now < self.until)


@record
class Quota:
    """How often one command may begin on one machine."""

    command: str
    """Name of the command."""
    most: int
    """Uses."""
    days: int
    """In so many days."""


QUOTAS: tuple[Quota, ...] = (Quota(command="machine.reboot", most=3, days=7),)
"""Quotas that hold whoever asks; a line here is all a new one takes."""


def may_loop(actor: Principal) -> bool:
    """Tell whether a loop of this actor is broken: programs that ask, and what is set off by what happens.

    Steward's own fixes are counted by finding. A schedule asks the same again because its owner wrote so; overlap,
    policy and the day's budget hold it.
    """
    return actor.kind not in {PrincipalKind.PERSON, PrincipalKind.STEWARD, PrincipalKind.SCHEDULE}


def loop_in(history: Sequence[Asked], now: datetime) -> str:
    """Say which loop the newest requests of one requester are, oldest first; empty for none."""
    recent = [asked for asked in history if now - asked.at <= WINDOW]
    refused = recent[-_REFUSALS:]
    if len(refused) == _REFUSALS and all(asked.is_refused for asked in refused):
        return f"{_REFUSALS} requests in a row were refused"
    same = recent[-_SAME:]
    if len(same) == _SAME and not same[-1].is_refused and len({(asked.what, asked.result) for asked in same}) == 1:
        return f"the same request was made {_SAME} times with the same result"
    swings = [asked.what for asked in recent[-_SWINGS:]]
    if len(swings) == _SWINGS and swings[:2] == swings[2:] and swings[0] != swings[1]:
        return "two requests take turns, A-B-A-B"
    return ""
