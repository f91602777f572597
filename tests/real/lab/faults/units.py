"""Two failed systemd units: one that a restart cures, and one that no restart can cure."""

from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest
from tests.real.lab.images import recipe

CRASHED = "photo-index.service"
MISCONFIGURED = "mail-relay.service"
_CONFIGURATION = "/etc/mail-relay.conf"
_BROKEN = "relay_host=mail.home.arpa\nrelay_port=twentyfive\n"


def _is_failed(guest: Guest, unit: str) -> bool:
    return guest.run(["systemctl", "is-failed", "--quiet", unit], check=False).returncode == 0


def _crash(guest: Guest) -> None:
    """Crash the healthy daemon once; nothing is wrong with it afterwards."""
    if _is_failed(guest, CRASHED):
        return
    guest.run(["systemctl", "start", CRASHED])
    guest.run(["systemctl", "kill", "--kill-who=main", "--signal=SIGSEGV", CRASHED])
    guest.wait(f"the crash of {CRASHED}", lambda: _is_failed(guest, CRASHED))


def _restart_crashed(guest: Guest) -> None:
    guest.run(["systemctl", "reset-failed", CRASHED], check=False)
    guest.run(["systemctl", "start", CRASHED])


def _misconfigure(guest: Guest) -> None:
    """Spoil the configuration and restart the daemon, which from now on ends at once."""
    guest.put({_CONFIGURATION: (0o644, _BROKEN.encode())})
    if not _is_failed(guest, MISCONFIGURED):
        guest.run(["systemctl", "restart", MISCONFIGURED])
        guest.wait(f"the end of {MISCONFIGURED}", lambda: _is_failed(guest, MISCONFIGURED))


def _configure(guest: Guest) -> None:
    guest.put({_CONFIGURATION: (0o644, recipe("machine" + _CONFIGURATION).encode())})
    guest.run(["systemctl", "reset-failed", MISCONFIGURED], check=False)
    guest.run(["systemctl", "start", MISCONFIGURED])


FAILED_UNIT = Fault(
    name="failed_unit",
    summary=f"{CRASHED} has crashed once",
    cured_by=f"systemctl restart {CRASHED}",
    apply=_crash,
    heal=_restart_crashed,
)
BROKEN_UNIT = Fault(
    name="broken_unit",
    summary=f"{MISCONFIGURED} fails again whenever it is restarted: its configuration is wrong",
    cured_by=f"a number as relay_port in {_CONFIGURATION}; no restart",
    apply=_misconfigure,
    heal=_configure,
)
