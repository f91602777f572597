"""The three brakes.

pause    Steward starts nothing by itself; people still can
freeze   nothing that changes anything runs; reading goes on
stop     running steps end, nothing new starts; only a person lifts it
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from steward.lib.record import record


class Brake(StrEnum):
    """Which brake is on; the stronger includes the weaker."""

    NONE = "none"
    PAUSE = "pause"
    FREEZE = "freeze"
    STOP = "stop"

    @property
    def rank(self) -> int:
        """Strength, 0 for none."""
        return _BRAKES.index(self)


_BRAKES = tuple(Brake)


@record
class BrakeState:
    """The brake that is on, and since when."""

    brake: Brake
    """Which."""
    epoch: int
    """Rises at every change; a worker that cannot read it starts nothing."""
    since: datetime | None = None
    """When it was put on."""
    by: str = ""
    """Who did."""
    reason: str = ""
    """Why."""
    until: datetime | None = None
    """When it lifts by itself (pause only), or None."""


def stronger(left: Brake, right: Brake) -> Brake:
    """Return the stronger of two brakes."""
    return max(left, right, key=_BRAKES.index)
