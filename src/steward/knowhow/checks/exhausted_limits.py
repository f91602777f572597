"""Find machines near a limit of the kernel: threads, open files, connections that the firewall tracks."""

from __future__ import annotations

from steward.knowhow.facts.load import PLUGIN as LOAD
from steward.knowhow.facts.load import Load
from steward.knowhow.findings import case
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "exhausted_limits"
_LEVELS = ((95.0, Severity.DOWN), (80.0, Severity.WARNING))
_IF_NOTHING = {
    "threads": "At the limit no program can be started any more, not even to log in.",
    "open files": "At the limit no program can open a file or a connection.",
    "connections": "At the limit the firewall drops every new connection, to all services alike.",
}


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each limit that is near."""
    load = snapshot.of(LOAD)
    if load is None:
        return ()
    found: list[Finding] = []
    for what, used, limit in _limits(load):
        percent = used * 100 / limit
        severity = next((severity for level, severity in _LEVELS if percent >= level), None)
        if severity is not None:
            this = case(_NAME, snapshot, ResourceKind.KERNEL, what, "/proc")
            evidence = (
                this.seen("used", used),
                this.seen("limit", limit),
                this.seen("used_percent", round(percent, 1)),
            )
            says = f"{snapshot.machine.name} has used {percent:.0f} % of the {what} it may have"
            found.append(this.finding(says, severity, evidence, if_nothing=_IF_NOTHING[what]))
    return tuple(found)


def _limits(load: Load) -> list[tuple[str, int, int]]:
    told = (
        ("threads", load.threads, load.threads_limit),
        ("open files", load.open_files, load.open_files_limit),
        ("connections", load.connections, load.connections_limit),
    )
    return [(what, used, limit) for what, used, limit in told if used is not None and limit]


PLUGIN = Check(
    name=_NAME,
    summary="Threads, open files or tracked connections at 80 % (warning) or 95 % (down) of what the kernel allows.",
    needs=(LOAD.name,),
    run=run,
)
