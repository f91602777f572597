"""Find programs that do not bury their dead children, until no new process can be started."""

from __future__ import annotations

from steward.knowhow.facts.processes import PLUGIN as PROCESSES
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "dead_children"
_LEVELS = ((1000, Severity.WARNING), (50, Severity.WATCH))


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each such program; a few dead children are on their way."""
    processes = snapshot.of(PROCESSES)
    if processes is None:
        return ()
    found: list[Finding] = []
    for one in processes.dead:
        severity = next((level for least, level in _LEVELS if one.count >= least), None)
        if severity is not None:
            name = visible_line(one.name) or f"process {one.parent}"
            this = case(_NAME, snapshot, ResourceKind.PROCESS, name, "/proc", fact=PROCESSES.name)
            says = f"{name} on {snapshot.machine.name} has {one.count} dead children that it does not bury"
            evidence = (this.seen("parent", one.parent), this.seen("dead_children", one.count))
            if_nothing = "They take no memory, but a number each; when none is left no program can be started."
            found.append(this.finding(says, severity, evidence, if_nothing=if_nothing))
    return tuple({finding.id: finding for finding in reversed(found)}.values())


PLUGIN = Check(
    name=_NAME,
    summary="Programs with 50 (watch) or 1000 (warning) dead child processes that they do not bury.",
    needs=(PROCESSES.name,),
    run=run,
)
