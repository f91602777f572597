"""Two jobs that should have run and did not: cron is off, and a timer that waits for a month by a slip of the pen."""

from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest

_TIMER = "photo-backup.timer"
_STAMP = f"/var/lib/systemd/timers/stamp-{_TIMER}"
_SLIP = f"/etc/systemd/system/{_TIMER}.d/spread.conf"
# The stamp is what systemd itself remembers of a timer over a reboot: this machine was off for six days.
_DELAY = f"""
mkdir -p $(dirname {_SLIP})
printf '[Timer]\\nRandomizedDelaySec=30d\\n' > {_SLIP}
systemctl stop {_TIMER}
touch -d '6 days ago' {_STAMP}
systemctl daemon-reload
systemctl start {_TIMER}
"""
_GO_ON = f"""
[ -e {_SLIP} ] || exit 0
rm -rf $(dirname {_SLIP})
systemctl stop {_TIMER}
touch {_STAMP}
systemctl daemon-reload
systemctl start {_TIMER}
"""


def _stop_cron(guest: Guest) -> None:
    guest.run(["systemctl", "stop", "cron.service"])


def _start_cron(guest: Guest) -> None:
    guest.run(["systemctl", "start", "cron.service"])


def _delay(guest: Guest) -> None:
    if guest.run(["test", "-e", _SLIP], check=False).returncode != 0:
        guest.shell(_DELAY)


def _go_on(guest: Guest) -> None:
    guest.shell(_GO_ON)


CRON_MISSED = Fault(
    name="cron_missed",
    summary="cron is off, so that the jobs in /etc/cron.d are not started",
    cured_by="systemctl start cron.service",
    apply=_stop_cron,
    heal=_start_cron,
)
TIMER_MISSED = Fault(
    name="timer_missed",
    summary=f"{_TIMER} has not run for six days and should daily: it waits up to 30 d, where 30 m was meant",
    cured_by=f"removing {_SLIP}; `systemctl start photo-backup.service` makes up for it",
    apply=_delay,
    heal=_go_on,
)
