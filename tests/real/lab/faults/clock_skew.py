"""A clock that is wrong for everybody who logs in: a library that comes first tells every program a later time."""

from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest

_PLACE = "/etc/ssh/sshd_config.d/clock.conf"
_AHEAD = "+1530"
"""Seconds."""
# For sessions only: sshd itself ends when it is told another time, because it forbids itself what the library does.
_SKEW = f"""
[ -e {_PLACE} ] && exit 0
library=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1)
echo "SetEnv LD_PRELOAD=$library FAKETIME={_AHEAD} FAKETIME_DONT_FAKE_MONOTONIC=1" > {_PLACE}
"""
# Ends the open sessions too: they go on with the environment they began with.
_RESTART_SSHD = """
systemctl stop ssh
systemctl kill ssh || true
systemctl reset-failed ssh || true
systemctl start ssh
"""


def _skew(guest: Guest) -> None:
    guest.shell(_SKEW)
    guest.shell(_RESTART_SSHD)


def _set_right(guest: Guest) -> None:
    if guest.run(["test", "-e", _PLACE], check=False).returncode == 0:
        guest.shell(f"rm {_PLACE}")
        guest.shell(_RESTART_SSHD)


CLOCK_SKEW = Fault(
    name="clock_skew",
    summary="everybody who logs in sees a clock 25 minutes ahead (libfaketime)",
    cured_by=f"removing {_PLACE}; on a real machine, its time service",
    apply=_skew,
    heal=_set_right,
)
