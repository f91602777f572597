"""Findings about Steward's own freedom: a grant that a bad end suspended, a remedy that turns in circles."""

from __future__ import annotations

from datetime import datetime

from steward.engines.health.unseen import about_machine
from steward.model.finding import Finding, Severity
from steward.model.grant import Grant
from steward.model.ids import FindingId
from steward.model.machine import Machine
from steward.store import budgets, findings, grants
from steward.store.database import Connection

SUSPENDED_CHECK = "grant_suspended"
LOOP_CHECK = "remedy_loop"
NOTICE_CHECKS = (SUSPENDED_CHECK, LOOP_CHECK)


def notices(connection: Connection, machine: Machine, now: datetime) -> tuple[Finding, ...]:
    """Return what a person should know of a machine's grants; each is over once they dealt with it."""
    suspended = [
        _suspended(machine, grant, now)
        for grant in grants.listing(connection)
        if machine.id in grant.targets and grant.suspended and not grant.revoked and now < grant.expires
    ]
    loops: list[Finding] = []
    for breaker in budgets.breakers(connection):
        finding = findings.get(connection, FindingId(breaker.subject)) if breaker.holds(now) else None
        if finding is not None and finding.machine == machine.id:
            loops.append(_loop(machine, finding, breaker.why, now))
    return (*suspended, *loops)


def _suspended(machine: Machine, grant: Grant, now: datetime) -> Finding:
    return about_machine(
        machine,
        SUSPENDED_CHECK,
        grant.id,
        title=f"the grant for {grant.command} on {machine.name} was suspended: a run under it ended badly",
        severity=Severity.WATCH,
        evidence=(
            ("run", grant.suspended_by or "unknown", "Steward's own record"),
            ("next", f"`steward runs show {grant.suspended_by}`, then `steward grants revoke {grant.id}`", "Steward"),
        ),
        if_nothing=f"{grant.command} is asked again each time, until it has been earned or given anew",
        at=now,
    )


def _loop(machine: Machine, finding: Finding, why: str, now: datetime) -> Finding:
    return about_machine(
        machine,
        LOOP_CHECK,
        finding.id,
        title=f"Steward stopped remedying by itself: {finding.title}",
        severity=Severity.WARNING,
        evidence=(
            ("seen", why, "Steward's own record"),
            ("next", f"find out why it comes back, then `steward budgets lift {finding.id}`", "Steward"),
        ),
        if_nothing="it stays as it is; Steward does not try a third time",
        at=now,
    )
