"""What the commands about grants take and give."""

from __future__ import annotations

from datetime import datetime

from steward.lib.record import record
from steward.model.grant import Weekday
from steward.model.ids import GrantId
from steward.model.probe import Scalar


@record
class ListGrantsInput:
    """List the grants: what may run without asking, on which machines, how often, until when."""

    everything: bool = False
    """Also those that ended."""


@record
class GrantInput:
    """Show one grant and every run that it allowed."""

    grant: str
    """Grant, as `grants ls` shows it."""


@record
class AddGrantInput:
    """Let one command run without asking: on these machines, so often a day, until then.

    Only what is reversible, with a proven undo, can be granted. With --dry-run it says what the grant would have
    allowed in the last 30 days.
    """

    command: str
    """Command, `unit.restart`."""
    machine: tuple[str, ...] = ()
    """Machine, by name or id; give it once for each."""
    where: tuple[str, ...] = ()
    """A field of its input that must have this value, `unit=nginx.service`; fields that are not given are free."""
    daily: int = 1
    """Most uses in 24 hours."""
    days: int = 30
    """Days until it ends, at most 90."""
    hours: str = ""
    """Local hours of the day, `22:00-07:00`; without, all."""
    weekdays: tuple[Weekday, ...] = ()
    """Days of the week, each from midnight to midnight; without, all."""


@record
class SimulateGrantInput:
    """Say what a grant would have allowed in the last 30 days; nothing is kept."""

    command: str
    """Command, `unit.restart`."""
    machine: tuple[str, ...] = ()
    """Machine, by name or id; give it once for each."""
    where: tuple[str, ...] = ()
    """A field of its input that must have this value, `unit=nginx.service`."""
    daily: int = 1
    """Most uses in 24 hours."""
    hours: str = ""
    """Local hours of the day, `22:00-07:00`; without, all."""
    weekdays: tuple[Weekday, ...] = ()
    """Days of the week; without, all."""


@record
class RevokeGrantInput:
    """Take a grant back at once; what it allowed and has not begun does not begin."""

    grant: str
    """Grant, as `grants ls` shows it."""


@record
class ProposedInput:
    """Show what has earned a grant: asked, approved and verified often enough in a row, nothing bad in 30 days."""

    everything: bool = False
    """Also what is still on its way."""


@record
class AcceptGrantInput:
    """Accept a proposed grant; it begins on probation: once a day, for two weeks."""

    proposal: str
    """Proposal, as `grants proposed` shows it."""


@record
class ShownGrant:
    """One grant for people."""

    id: GrantId
    """Id."""
    command: str
    """Command."""
    machines: tuple[str, ...]
    """Machines, by name."""
    where: dict[str, Scalar]
    """Input it is bound to."""
    daily: int
    """Most uses in 24 hours."""
    window: str
    """Hours and days; empty for always."""
    state: str
    """`active`, `probation`, `expired`, `revoked` or `suspended`."""
    expires: datetime
    """When it ends (UTC)."""
    origin: str
    """`given` or `earned`."""
    note: str = ""
    """What a person should know."""


@record
class GrantList:
    """Grants, newest first."""

    sentence: str
    """How many, in words."""
    grants: tuple[ShownGrant, ...]
    """The grants."""


@record
class GrantCard:
    """One grant with its uses."""

    grant: ShownGrant
    """The grant."""
    runs: tuple[str, ...]
    """Runs that it allowed, oldest first."""
    sentence: str = ""
    """What happened just now, or empty."""
    next: str = ""
    """What to type next."""


@record
class Proposal:
    """One class of command and target, and how far it has come."""

    id: str
    """Id, as `grants accept` takes it."""
    command: str
    """Command."""
    where: dict[str, Scalar]
    """Its input."""
    machines: tuple[str, ...]
    """Machines on which it was proven."""
    row: int
    """Verified successes in a row, each asked and approved."""
    is_ready: bool
    """Whether it can be accepted now."""


@record
class ProposalList:
    """What has earned a grant."""

    sentence: str
    """How many, in words."""
    proposals: tuple[Proposal, ...]
    """The proposals, the best known first."""
