"""Find machines where certbot has certificates to renew and nothing starts it."""

from __future__ import annotations

from steward.knowhow.facts.certificates import PLUGIN as CERTIFICATES
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.findings import case
from steward.lib.text import plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "unscheduled_renewals"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding."""
    certificates, units = snapshot.of(CERTIFICATES), snapshot.of(UNITS)
    if certificates is None or units is None or not certificates.renewals or certificates.is_renewed_by_cron:
        return ()
    timers = [
        one for name in units.units if "certbot" in name and name.endswith(".timer") and (one := units.find(name))
    ]
    if any(one.active_state == "active" for one in timers):
        return ()
    this = case(_NAME, snapshot, ResourceKind.TIMER, "certbot.timer", "certbot", fact=CERTIFICATES.name)
    states = [this.seen(one.name, f"{one.active_state}, {one.file_state or 'no file'}") for one in timers]
    return (
        this.finding(
            f"Nothing seems to renew {plural(len(certificates.renewals), 'certificate')} of certbot on"
            f" {snapshot.machine.name}",
            Severity.WATCH,
            (*this.outside("certificate", certificates.renewals[:5]), *states),
            if_nothing="They expire, unless root's own table of cron, which Steward may not read, starts certbot.",
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Certificates of certbot while neither a timer nor a readable table of cron starts it.",
    needs=(CERTIFICATES.name, UNITS.name),
    run=run,
)
