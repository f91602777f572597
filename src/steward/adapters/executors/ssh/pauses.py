"""Leave alone, for a growing while, machines that do not answer."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from steward.model.errors import Unreachable
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.ports.clock import Clock

_JITTER = random.SystemRandom()


@dataclass
class _Pause:
    failures: int
    until: float
    error: Unreachable


@dataclass(kw_only=True)
class Pauses:
    """Which machines failed, how often, and until when they are not looked at.

    The pause doubles with each failure and is shortened at random by up to half, so that machines which failed
    together are not tried together.
    """

    clock: Clock
    first_seconds: float
    longest_seconds: float
    _pauses: dict[MachineId, _Pause] = field(default_factory=dict[MachineId, _Pause])

    def require_over(self, machine: Machine) -> None:
        """Return when the machine may be tried.

        Raises:
            Unreachable: it is not its time yet; says why it failed last.
        """
        pause = self._pauses.get(machine.id)
        left = pause.until - self.clock.monotonic() if pause else 0.0
        if pause and left > 0:
            error, when = pause.error, f"it is tried again in {max(1, round(left))} s"
            step = f"{error.next_step}; {when}" if error.next_step else f"wait: {when}"
            raise Unreachable(error.what, where=error.where or machine.name, why=error.why, next_step=step)

    def failed(self, machine: Machine, error: Unreachable) -> None:
        """Note a failure and lengthen the pause."""
        before = self._pauses.get(machine.id)
        failures = before.failures + 1 if before else 1
        seconds = min(self.longest_seconds, self.first_seconds * 2 ** min(failures - 1, 30))
        until = self.clock.monotonic() + seconds * _JITTER.uniform(0.5, 1.0)
        self._pauses[machine.id] = _Pause(failures=failures, until=until, error=error)

    def worked(self, machine: Machine) -> None:
        """Forget earlier failures."""
        self._pauses.pop(machine.id, None)
