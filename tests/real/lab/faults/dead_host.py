"""A machine that is off: its address refuses connections."""

from tests.real.lab import disks
from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest


def _kill(guest: Guest) -> None:
    """Pull the plug. `stop -t 0` is a SIGKILL which the restart policy does not undo."""
    if guest.is_running():
        guest.podman("stop", "-t", "0", guest.machine.container)


def _start(guest: Guest) -> None:
    if not guest.is_running():
        disks.attach(guest.places, guest.machine.name)
        guest.podman("start", guest.machine.container)
        guest.wait_until_booted()


DEAD_HOST = Fault(
    name="dead_host",
    summary="the machine is off, as after a power cut",
    cured_by="nothing on the machine; someone must switch it on",
    apply=_kill,
    heal=_start,
)
