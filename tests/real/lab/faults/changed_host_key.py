"""A machine that shows another SSH host key, as after a reinstallation or with someone in between."""

from pathlib import Path

from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import HOST_KEY, Guest
from tests.real.lab.keys import make_key, public_key

# Ends the open sessions too: a pool of old connections would never see the new key.
_RESTART_SSHD = """
systemctl stop ssh
systemctl kill ssh || true
systemctl reset-failed ssh || true
systemctl start ssh
"""


def _install(guest: Guest, key: Path) -> None:
    if guest.shell(f"cat {HOST_KEY}.pub") != public_key(key):
        guest.put_host_key(key)
        guest.shell(_RESTART_SSHD)


def _change(guest: Guest) -> None:
    other = guest.places.notes(guest.machine.name) / "other_host_key"
    make_key(other, guest.machine.name)
    _install(guest, other)


def _change_back(guest: Guest) -> None:
    _install(guest, guest.places.host_key(guest.machine.name))


CHANGED_HOST_KEY = Fault(
    name="changed_host_key",
    summary="the machine shows another SSH host key than before",
    cured_by="a human's decision to trust the new key",
    apply=_change,
    heal=_change_back,
)
