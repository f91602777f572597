"""A clock that is wrong: every program started from now on is told a later time by a library that comes first."""

from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest

_AHEAD = "+25m"
_SKEW = f"""
library=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1)
echo '{_AHEAD}' > /etc/faketimerc
echo "$library" > /etc/ld.so.preload
"""


def _skew(guest: Guest) -> None:
    """Write the time first: without it the library changes nothing."""
    guest.shell(_SKEW)


def _set_right(guest: Guest) -> None:
    guest.shell("rm -f /etc/ld.so.preload /etc/faketimerc")


CLOCK_SKEW = Fault(
    name="clock_skew",
    summary="every program started from now on sees a clock 25 minutes ahead (libfaketime for all)",
    cured_by="removing /etc/ld.so.preload; on a real machine, its time service",
    apply=_skew,
    heal=_set_right,
)
