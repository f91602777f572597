"""Who acts."""

from __future__ import annotations

from enum import StrEnum

from steward.lib.record import record
from steward.model.access import Right
from steward.model.ids import PrincipalId
from steward.model.risk import Strength


class PrincipalKind(StrEnum):
    """What kind of actor a principal is. Only a person can ever approve."""

    PERSON = "person"
    AGENT = "agent"
    SCHEDULE = "schedule"
    ALERT = "alert"
    SKILL = "skill"
    TOKEN = "token"  # noqa: S105 - the name of a kind, not a password
    STEWARD = "steward"


@record
class Principal:
    """An actor with an immutable id. Names are for display and never compared."""

    id: PrincipalId
    """Immutable id, for example `owner`, or `uid-1000` for a local user who gave no secret."""
    kind: PrincipalKind
    """What kind of actor this is."""
    name: str
    """Name for display."""
    strength: Strength = Strength.NONE
    """How well the actor proved who they are, for this very request."""
    channel: str = "local"
    """Way in the request came by: `cli`, `api`, `web`, `mcp`, `matrix`, ..."""
    on_behalf_of: PrincipalId | None = None
    """For an agent: the person whose rights bound it. Absent for everybody else."""
    rights: tuple[Right, ...] = (Right.GLANCE, Right.READ)
    """What they may do at all, before policy is asked; whoever is not said to may more only looks."""

    @property
    def may_be_an_agent(self) -> bool:
        """Tell whether this is said to be a person and nothing proves it: a process of the owner's user, say."""
        return self.kind is PrincipalKind.PERSON and self.strength is Strength.NONE


_OF_STEWARD = (Right.GLANCE, Right.READ, Right.PROPOSE, Right.BRAKE)
STEWARD = Principal(
    id=PrincipalId("steward"), kind=PrincipalKind.STEWARD, name="Steward", channel="internal", rights=_OF_STEWARD
)
"""Steward itself, when it looks around or reconciles by its own clock."""
