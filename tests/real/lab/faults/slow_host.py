"""A machine with one hundredth of a processor: a login takes seconds, everything else as well."""

import os

from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest

_SLOW = 0.01


def _limit(guest: Guest, processors: float) -> None:
    if guest.is_running():
        guest.podman("update", "--cpus", f"{processors:g}", guest.machine.container)


def _limit_to_everything(guest: Guest) -> None:
    """Allow all processors, which is no limit; podman cannot take a limit away."""
    _limit(guest, os.cpu_count() or 1)


SLOW_HOST = Fault(
    name="slow_host",
    summary="the machine gets 1 % of a processor; a login takes about four seconds",
    cured_by="nothing on the machine; patience",
    apply=lambda guest: _limit(guest, _SLOW),
    heal=_limit_to_everything,
)
