"""Find containers that have nearly as many processes and threads as they may have."""

from __future__ import annotations

from steward.knowhow.facts.container_usage import PLUGIN as USAGE
from steward.knowhow.facts.container_usage import ContainerUsage
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.findings import case
from steward.knowhow.image_use import running_containers
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "containers_near_task_limit"
_NEAR = 0.9


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each container with such a limit."""
    usage = snapshot.of(USAGE)
    if usage is None:
        return ()
    pairs = ((name, usage.containers.get(one.id)) for name, one in running_containers(snapshot).items())
    return tuple(
        _finding(snapshot, name, one)
        for name, one in pairs
        if one is not None and one.most_tasks > 0 and one.tasks >= _NEAR * one.most_tasks
    )


def _finding(snapshot: Snapshot, name: str, one: ContainerUsage) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.CONTAINER, name, "cgroup")
    return this.finding(
        f"container {name} on {snapshot.machine.name} has {one.tasks} of the {one.most_tasks} processes and threads it"
        " may have",
        Severity.WARNING,
        (this.seen("tasks", one.tasks), this.seen("most_tasks", one.most_tasks)),
        if_nothing="At the limit its programs cannot start anything: health checks fail and requests are refused.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Containers with 90 % of the processes and threads they may have (warning): often children nobody reaps.",
    needs=(CONTAINERS.name, USAGE.name),
    run=run,
)
