"""Find containers that run but fail their own health check."""

from __future__ import annotations

from steward.knowhow.container_evidence import container_case, container_evidence, is_looping
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Container
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "unhealthy_containers"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each unhealthy container; one in a crash loop is found by its own check."""
    containers = snapshot.of(CONTAINERS)
    if containers is None:
        return ()
    return tuple(
        _finding(snapshot, name, one)
        for name, one in containers.containers.items()
        if one.state == "running" and one.health == "unhealthy" and not is_looping(one, snapshot)
    )


def _finding(snapshot: Snapshot, name: str, one: Container) -> Finding:
    this = container_case(_NAME, snapshot, name, one)
    return this.finding(
        f"container {name} on {snapshot.machine.name} runs but fails its health check",
        Severity.DOWN,
        container_evidence(this, one),
        if_nothing="It keeps running without working; its engine does not restart a container for its health.",
        fix="restart_container",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Containers that run and fail their own health check.",
    needs=(CONTAINERS.name,),
    run=run,
)
