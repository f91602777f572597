"""How autonomy is earned: pure functions over what was asked, approved and proven.

A *class* is what experience with one thing says something about: the same command with the same input, on machines
that are in the same groups (a machine without a group is a class of its own).

    asked, approved, verified ──10 in a row, nothing bad in 30 days──> proposed ──a person──> grant on probation
    one bad outcome, a no, a cancelled run ──> the count starts again
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from steward.lib.record import record
from steward.model.grant import PROBATION, PROBATION_DAILY, Grant, Origin
from steward.model.ids import GrantId, MachineId, PrincipalId, RunId, derived
from steward.model.probe import Scalar
from steward.model.run import RunState

ROW = 10
"""Verified successes in a row that a proposal takes."""
CLEAN = timedelta(days=30)
"""Nothing of the class may have ended badly for so long."""
REMEMBERED = timedelta(days=90)
"""What lies further back says nothing any more."""
BAD = frozenset(
    {
        RunState.FAILED,
        RunState.PARTIAL,
        RunState.UNVERIFIED,
        RunState.ROLLED_BACK,
        RunState.ROLLBACK_FAILED,
        RunState.UNKNOWN,
    }
)
"""Ends that cost the grants that allowed the run."""


class Turn(StrEnum):
    """What one ended run says about the class of each of its steps."""

    GOOD = "good"
    """Asked, approved and verified."""
    BROKEN = "broken"
    """A person said no, or ended it: the row is over, and nothing went wrong."""
    BAD = "bad"
    """It ended badly, or a person had it put back."""
    NOTHING = "nothing"
    """It never began, or a grant allowed it: no new experience of asking."""


@record
class Deed:
    """One step of a run that ended."""

    run: RunId
    """The run."""
    command: str
    """Name of the command."""
    machine: MachineId
    """Where."""
    where: dict[str, Scalar]
    """Its input but for the machine."""
    groups: tuple[str, ...]
    """Groups of that machine today."""
    turn: Turn
    """What it says."""
    at: datetime
    """When it ended."""

    @property
    def kind(self) -> str:
        """Return the id of its class."""
        place = ",".join(sorted(self.groups)) if self.groups else self.machine
        told = (f"{name}={type(value).__name__}:{value}" for name, value in sorted(self.where.items()))
        return derived("class", self.command, "group" if self.groups else "machine", place, *told)


@record
class Standing:
    """How far one class has come."""

    id: str
    """Id of the class."""
    command: str
    """Name of the command."""
    where: dict[str, Scalar]
    """Its input but for the machine."""
    machines: tuple[MachineId, ...]
    """Machines on which the successes of the row were."""
    row: int
    """Verified successes in a row, each asked and approved."""
    last_bad: datetime | None = None
    """Last time it ended badly, or None."""

    def is_ready(self, now: datetime) -> bool:
        """Tell whether a grant may be proposed."""
        return self.row >= ROW and (self.last_bad is None or now - self.last_bad >= CLEAN)


def turn_of(state: RunState, *, was_approved: bool, is_undo: bool) -> Turn:
    """Say what the end of a run says about what it did; a plan that puts a run back speaks against that run."""
    if state in BAD or (is_undo and state is RunState.VERIFIED):
        return Turn.BAD
    if state in {RunState.DENIED, RunState.CANCELLED}:
        return Turn.BROKEN
    return Turn.GOOD if state is RunState.VERIFIED and was_approved else Turn.NOTHING


def standings(deeds: Iterable[Deed]) -> tuple[Standing, ...]:
    """Count each class; the best known first. The deeds may come in any order."""
    found: dict[str, Standing] = {}
    for deed in sorted(deeds, key=lambda deed: (deed.at, deed.run)):
        present = found.get(deed.kind) or Standing(
            id=deed.kind, command=deed.command, where=deed.where, machines=(), row=0
        )
        found[deed.kind] = _after(present, deed)
    return tuple(sorted(found.values(), key=lambda standing: (-standing.row, standing.id)))


def _after(standing: Standing, deed: Deed) -> Standing:
    if deed.turn is Turn.BAD:
        return replace(standing, row=0, machines=(), last_bad=deed.at)
    if deed.turn is Turn.BROKEN:
        return replace(standing, row=0, machines=())
    if deed.turn is Turn.NOTHING:
        return standing
    machines = standing.machines if deed.machine in standing.machines else (*standing.machines, deed.machine)
    return replace(standing, row=standing.row + 1, machines=machines)


def earned(standing: Standing, *, grant: GrantId, by: PrincipalId, now: datetime) -> Grant:
    """Return the grant on probation that a class has earned, as a person accepts it."""
    return Grant(
        id=grant,
        command=standing.command,
        targets=standing.machines,
        where=standing.where,
        daily_maximum=PROBATION_DAILY,
        created=now,
        expires=now + PROBATION,
        created_by=by,
        origin=Origin.EARNED,
        is_on_probation=True,
    )


def is_covered(standing: Standing, grants: Sequence[Grant], now: datetime) -> bool:
    """Tell whether a grant in force, at whatever hours, covers all that a class has shown already."""
    return any(
        grant.command == standing.command
        and grant.revoked is None
        and grant.suspended is None
        and grant.created <= now < grant.expires
        and set(standing.machines) <= set(grant.targets)
        and grant.where.items() <= standing.where.items()
        for grant in grants
    )
