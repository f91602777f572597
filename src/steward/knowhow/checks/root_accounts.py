"""Find accounts that are root by another name, or that anybody may use: with no password at all."""

from __future__ import annotations

from steward.knowhow.facts.accounts import PLUGIN as ACCOUNTS
from steward.knowhow.facts.accounts import Account
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "root_accounts"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each such account."""
    accounts = snapshot.of(ACCOUNTS)
    if accounts is None:
        return ()
    odd = {
        name: one
        for name, one in accounts.accounts.items()
        if (one.user_id == 0 and name != "root") or one.has_empty_password
    }
    return tuple(_finding(snapshot, name, one) for name, one in odd.items())


def _finding(snapshot: Snapshot, name: str, one: Account) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.ACCOUNT, name, "/etc/passwd", fact=ACCOUNTS.name)
    is_root = one.user_id == 0 and name != "root"
    what = "has the rights of root" if is_root else "has no password"
    if_nothing = (
        "Who logs in as it is root, and most lists of who is root do not show it."
        if is_root
        else "Whoever sits at the machine logs in as it; over the network too where a server allows that."
    )
    return this.finding(
        f"Account {visible_line(name)} on {snapshot.machine.name} {what}",
        Severity.WARNING,
        (
            this.seen("user_id", one.user_id),
            this.seen("has_empty_password", one.has_empty_password),
            *this.outside("shell", [one.shell]),
            this.seen("key_count", len(one.keys)),
        ),
        if_nothing=f"{if_nothing} If nobody here made it so, find out who did.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Accounts other than root with root's number, and accounts without any password.",
    needs=(ACCOUNTS.name,),
    run=run,
)
