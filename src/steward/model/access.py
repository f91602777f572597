"""What an actor may do at all, before any policy is asked: rights, the roles that hold them, and who carries them.

    family   glance
    viewer   glance, read
    operator glance, read, propose, brake, decide
    owner    all of them

A token holds rights of its own, never more than whoever made it, and never one that decides or governs.

    token:   active ──expires──> expired        session: live ──expires, unused too long──> over
             └────a person──> revoked                    └────signed out, revoked──> over
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from steward.lib.record import record
from steward.model.ids import PrincipalId, SessionId, TokenId

LONGEST_TOKEN = timedelta(days=365)
"""No token lives longer."""
SESSION_LASTS = timedelta(days=30)
"""A session ends then, however much it is used."""
SESSION_IDLE = timedelta(days=7)
"""A session ends when it was not used for so long."""


class Right(StrEnum):
    """One kind of thing that may be done."""

    GLANCE = "glance"
    """See the family page: whether what the house uses works, and nothing else."""
    READ = "read"
    """Look at findings, runs, records; nothing secret is ever shown."""
    PROPOSE = "propose"
    """Put a plan before a person."""
    BRAKE = "brake"
    """Pause, freeze or stop: everybody who sees harm may; lifting a brake is to govern."""
    DECIDE = "decide"
    """Approve, reject, cancel and settle."""
    GOVERN = "govern"
    """Change machines, policy, secrets, people, tokens and grants."""


TOKEN_RIGHTS = frozenset({Right.GLANCE, Right.READ, Right.PROPOSE, Right.BRAKE})
"""What a token may carry at most: no program approves, and none changes what may be done."""


class Role(StrEnum):
    """A named set of rights of a person."""

    FAMILY = "family"
    """Sees the family page, and nothing else."""
    VIEWER = "viewer"
    """Looks."""
    OPERATOR = "operator"
    """Looks, proposes, brakes and decides."""
    OWNER = "owner"
    """May do everything."""

    @property
    def rights(self) -> tuple[Right, ...]:
        """Return the rights of this role, mildest first."""
        return _RIGHTS[self]


_RIGHTS = {
    Role.FAMILY: (Right.GLANCE,),
    Role.VIEWER: (Right.GLANCE, Right.READ),
    Role.OPERATOR: (Right.GLANCE, Right.READ, Right.PROPOSE, Right.BRAKE, Right.DECIDE),
    Role.OWNER: tuple(Right),
}


@record
class Person:
    """Somebody who may sign in. The owner is one; others are invited with a one-time code."""

    id: PrincipalId
    """Immutable id."""
    name: str
    """Name to sign in with and for display; may change."""
    role: Role
    """What they may do."""
    created: datetime
    """When (UTC)."""
    disabled: datetime | None = None
    """When they were shut out, or None."""


@record
class Token:
    """A key for a program. Its value is shown once, when it is made; only a digest is kept."""

    id: TokenId
    """Id, part of the value."""
    name: str
    """What it is for."""
    rights: tuple[Right, ...]
    """What it may do."""
    created: datetime
    """When (UTC)."""
    created_by: PrincipalId
    """Who made it."""
    expires: datetime
    """When it ends (UTC)."""
    last_used: datetime | None = None
    """Last time it was accepted, to the minute, or None."""
    revoked: datetime | None = None
    """When it was taken back, or None."""


@record
class Session:
    """One signed-in browser."""

    id: SessionId
    """Id, for listing and revoking; not what the browser holds."""
    person: PrincipalId
    """Whose it is."""
    created: datetime
    """When they signed in (UTC)."""
    last_used: datetime
    """Last request, to the minute (UTC)."""
    address: str
    """Address it was made from."""
    agent: str
    """What the browser calls itself; from outside, for display only."""
    proven: datetime | None = None
    """When who it is was last proven in it (UTC); decisions need it within five minutes."""
    revoked: datetime | None = None
    """When it ended early, or None."""


def may_mint(caller: frozenset[Right], wanted: frozenset[Right]) -> bool:
    """Tell whether somebody with these rights may make a token with those: never more than their own."""
    return wanted <= caller and wanted <= TOKEN_RIGHTS and bool(wanted)
