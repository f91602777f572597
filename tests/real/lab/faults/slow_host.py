"""A machine with one hundredth of a processor: a login takes seconds, everything else as well."""

from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest

_SLOW_PROCESSORS = "0.01"
_ALL_PROCESSORS = "0"


def _limit(guest: Guest, processors: str) -> None:
    guest.podman.process_id(guest.machine.container)
    guest.podman("update", "--cpus", processors, guest.machine.container)


SLOW_HOST = Fault(
    name="slow_host",
    summary="the machine gets 1 % of a processor; a login takes about five seconds",
    cured_by="nothing on the machine; patience",
    apply=lambda guest: _limit(guest, _SLOW_PROCESSORS),
    heal=lambda guest: _limit(guest, _ALL_PROCESSORS),
)
