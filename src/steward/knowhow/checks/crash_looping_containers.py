"""Find containers that end again and again and are restarted by their engine each time."""

from __future__ import annotations

from steward.knowhow.container_evidence import container_case, container_evidence, is_looping
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Container
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "crash_looping_containers"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each container in a loop."""
    containers = snapshot.of(CONTAINERS)
    if containers is None:
        return ()
    looping = ((name, one) for name, one in containers.containers.items() if is_looping(one, snapshot))
    return tuple(_finding(snapshot, name, one) for name, one in looping)


def _finding(snapshot: Snapshot, name: str, one: Container) -> Finding:
    this = container_case(_NAME, snapshot, name, one)
    why = "its memory runs out" if one.is_out_of_memory else f"status {one.exit_code}"
    return this.finding(
        f"container {name} on {snapshot.machine.name} keeps ending ({why}), restarted {one.restart_count} times",
        Severity.DOWN,
        container_evidence(this, one),
        if_nothing="It does not work. Its engine goes on trying; a restart by hand would be one more of the same.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Containers that are between two restarts, or were restarted three times and are minutes old.",
    needs=(CONTAINERS.name,),
    run=run,
)
