"""Find name servers that do not answer, and machines that have none."""

from __future__ import annotations

from steward.knowhow.facts.links import PLUGIN as LINKS
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.facts.resolvers import PLUGIN as RESOLVERS
from steward.knowhow.facts.resolvers import Resolver, Resolvers
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "silent_resolvers"
_IF_NOTHING = {
    Severity.DOWN: "No name can be found: what is addressed by name, updates and mail among it, fails.",
    Severity.WARNING: "Every name is asked of it first: each connection by name begins with seconds of waiting.",
    Severity.WATCH: "It does not help when the others fail too.",
}


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each silent name server, or one for none at all."""
    resolvers = snapshot.of(RESOLVERS)
    if resolvers is None:
        return ()
    if not resolvers.resolvers:
        return _none(snapshot)
    silent = {address: one for address, one in resolvers.resolvers.items() if one.answers is False}
    return tuple(
        _finding(
            snapshot,
            address,
            one,
            _severity(resolvers, address, one) if _was_silent(snapshot, address) else Severity.WATCH,
        )
        for address, one in silent.items()
    )


def _was_silent(snapshot: Snapshot, address: str) -> bool:
    """Tell whether it was silent at the look before, too; a router that is just started anew is back by the next."""
    points = snapshot.past.of(RESOLVERS.name, f"{address} answers")
    return not points or points[-1].high == 0


def _severity(resolvers: Resolvers, address: str, one: Resolver) -> Severity:
    group = {name: other for name, other in resolvers.resolvers.items() if other.is_upstream is one.is_upstream}
    if all(other.answers is False for other in group.values()):
        return Severity.DOWN
    return Severity.WARNING if address == next(iter(group)) and not one.is_upstream else Severity.WATCH


def _finding(snapshot: Snapshot, address: str, one: Resolver, severity: Severity) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.NAME, address, "a question for the root", fact=RESOLVERS.name)
    return this.finding(
        f"Name server {visible_line(address)} does not answer {snapshot.machine.name}",
        severity,
        (
            this.seen("answers", False),  # noqa: FBT003 - the value that was seen
            this.seen("position", one.position),
            this.seen("is_upstream", one.is_upstream),
        ),
        if_nothing=_IF_NOTHING[severity],
    )


def _none(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Judge an empty list: programs then ask the machine itself, and who is alone needs no names."""
    links, ports = snapshot.of(LINKS), snapshot.of(PORTS)
    if links is None or ports is None or not links.default_routes:
        return ()
    if any(one.port == 53 for one in ports.listeners.values()):
        return ()
    this = case(_NAME, snapshot, ResourceKind.NAME, "/etc/resolv.conf", "/etc/resolv.conf", fact=RESOLVERS.name)
    return (
        this.finding(
            f"{snapshot.machine.name} knows no name server",
            Severity.DOWN,
            (this.seen("name_server_count", 0),),
            if_nothing=_IF_NOTHING[Severity.DOWN],
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Name servers that do not answer: down when none does, a warning for the first, at two looks in a row; and"
    " none at all.",
    needs=(RESOLVERS.name,),
    history=(RESOLVERS.name,),
    run=run,
)
