"""Find sockets of container engines that everybody on the machine may write to."""

from __future__ import annotations

from steward.knowhow.facts.accounts import PLUGIN as ACCOUNTS
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "open_engine_sockets"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each such socket."""
    accounts = snapshot.of(ACCOUNTS)
    sockets = {} if accounts is None else accounts.sockets
    return tuple(_finding(snapshot, path, mode) for path, mode in sockets.items() if mode[-1:] in {"2", "3", "6", "7"})


def _finding(snapshot: Snapshot, path: str, mode: str) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.FILE, path, "stat", fact=ACCOUNTS.name)
    return this.finding(
        f"{visible_line(path)} on {snapshot.machine.name} may be used by everybody there (mode {visible_line(mode)})",
        Severity.WARNING,
        (this.seen("mode", visible_line(mode)),),
        if_nothing="Every user and every program on this machine can become root through it. `chmod 660` puts it right"
        " until the engine starts anew; find what made it so.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Sockets of Docker and Podman that everybody on the machine may write to.",
    needs=(ACCOUNTS.name,),
    run=run,
)
