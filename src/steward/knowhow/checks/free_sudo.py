"""Find users who may do everything as root without a password, Steward's own among them."""

from __future__ import annotations

from steward.knowhow.facts.accounts import PLUGIN as ACCOUNTS
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "free_sudo"
_OWN = "steward"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each name in the rules; root, which needs no sudo, is none."""
    accounts = snapshot.of(ACCOUNTS)
    if accounts is None:
        return ()
    names = {*accounts.free_sudo, *([accounts.own_name] if accounts.is_own_sudo_free else [])} - {"root"}
    return tuple(_finding(snapshot, name, is_own=name in {_OWN, accounts.own_name}) for name in sorted(names))


def _finding(snapshot: Snapshot, name: str, *, is_own: bool) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.ACCOUNT, name, "sudo", fact=ACCOUNTS.name)
    if is_own:
        if_nothing = (
            "Steward may do far more here than it needs, and so may whoever gets hold of its key;"
            " `steward machines rights` prints the lines that are enough."
        )
    else:
        if_nothing = "Whatever runs as this user, a browser or a build among it, is root when it wants to be."
    return this.finding(
        f"{visible_line(name)} on {snapshot.machine.name} may do everything as root without a password",
        Severity.WARNING if name == _OWN else Severity.WATCH,
        (this.seen("rule", "NOPASSWD: ALL"),),
        if_nothing=if_nothing,
    )


PLUGIN = Check(
    name=_NAME,
    summary="Users with `NOPASSWD: ALL` in sudo's rules: a warning for Steward's own user.",
    needs=(ACCOUNTS.name,),
    run=run,
)
