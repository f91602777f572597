"""Find containers that hold nearly all the memory they may use."""

from __future__ import annotations

from steward.knowhow.facts.container_usage import PLUGIN as USAGE
from steward.knowhow.facts.container_usage import ContainerUsage
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.findings import case
from steward.knowhow.image_use import running_containers
from steward.lib.text import size
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "containers_near_memory_limit"
_LEVELS = ((97.0, Severity.WARNING), (90.0, Severity.WATCH))


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each container with a limit; what the kernel keeps of files for it does not count."""
    usage = snapshot.of(USAGE)
    if usage is None:
        return ()
    pairs = ((name, usage.containers.get(one.id)) for name, one in running_containers(snapshot).items())
    judged = ((name, one, _severity(one)) for name, one in pairs if one is not None and one.memory_limit_bytes > 0)
    return tuple(_finding(snapshot, name, one, severity) for name, one, severity in judged if severity is not None)


def _percent(one: ContainerUsage) -> float:
    return 100.0 * one.held_bytes / one.memory_limit_bytes


def _severity(one: ContainerUsage) -> Severity | None:
    return next((severity for level, severity in _LEVELS if _percent(one) >= level), None)


def _finding(snapshot: Snapshot, name: str, one: ContainerUsage, severity: Severity) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.CONTAINER, name, "cgroup")
    return this.finding(
        f"container {name} on {snapshot.machine.name} holds {_percent(one):.0f} % of the {size(one.memory_limit_bytes)}"
        " of memory it may use",
        severity,
        (
            this.seen("held_percent", round(_percent(one), 1)),
            this.seen("held_bytes", one.held_bytes),
            this.seen("memory_limit_bytes", one.memory_limit_bytes),
            this.seen("out_of_memory_kills", one.out_of_memory_kills),
        ),
        if_nothing="At its limit the kernel ends one of its programs, or it slows down where it may use swap.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Containers whose programs hold 90 % (watch) or 97 % (warning) of the memory they are limited to.",
    needs=(CONTAINERS.name, USAGE.name),
    run=run,
)
