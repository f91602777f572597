"""Find floods of failed logins, and logins that succeeded from where many had failed."""

from __future__ import annotations

from steward.knowhow.facts.logins import PLUGIN as LOGINS
from steward.knowhow.facts.logins import Logins, Origin
from steward.knowhow.findings import case
from steward.lib.text import plural, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.history import merged
from steward.model.resource import ResourceKind

_NAME = "guessed_logins"
_FLOOD = 200
_UNUSUAL = 3
"""What always was so is no flood: a server at a public address is tried all the time."""
_GUESSES = 20
"""A person gives up, or finds the right key, before that."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each address somebody guessed right from, and at most one for a flood."""
    logins = snapshot.of(LOGINS)
    if logins is None:
        return ()
    guessed = {
        address: one
        for address, one in logins.origins.items()
        if one.failed_count >= _GUESSES and one.passed_count and one.is_password
    }
    found = [_guessed(snapshot, address, one) for address, one in guessed.items()]
    usual = merged(snapshot.past.of(LOGINS.name, "failed_count"))
    if logins.failed_count >= max(_FLOOD, 0 if usual is None else usual.mean * _UNUSUAL):
        found.append(_flood(snapshot, logins))
    return tuple(found)


def _guessed(snapshot: Snapshot, address: str, one: Origin) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.SERVICE, f"sshd from {address}", "journal", fact=LOGINS.name)
    users = visible_line(", ".join(one.users)) or "somebody"
    return this.finding(
        f"{users} logged in to {snapshot.machine.name} with a password from {visible_line(address)}, after"
        f" {plural(one.failed_count, 'failed attempt')}",
        Severity.WARNING,
        (
            this.seen("failed_count", one.failed_count),
            this.seen("passed_count", one.passed_count),
            *this.outside("user", one.users),
        ),
        if_nothing="If nobody here mistyped that often, a stranger has guessed the password and is logged in.",
    )


def _flood(snapshot: Snapshot, logins: Logins) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.SERVICE, "sshd", "journal", fact=LOGINS.name)
    worst = sorted(logins.origins.items(), key=lambda item: -item[1].failed_count)[:3]
    return this.finding(
        f"{plural(logins.failed_count, 'login')} over SSH failed on {snapshot.machine.name} within an hour",
        Severity.WATCH,
        (
            this.seen("failed_count_per_hour", logins.failed_count),
            *this.outside("origin", [f"{address}: {one.failed_count}" for address, one in worst]),
        ),
        if_nothing="Where only keys open the door, guessing costs nothing but lines in the journal; where passwords"
        " do, one will fit some day.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Logins that failed 200 times an hour and three times as often as usual (watch), or succeeded after 20"
    " failures from the same address (warning).",
    needs=(LOGINS.name,),
    history=(LOGINS.name,),
    run=run,
)
