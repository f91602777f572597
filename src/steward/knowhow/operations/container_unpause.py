"""Let a paused container go on."""

from __future__ import annotations

from steward.knowhow.container_operations import (
    container_of,
    container_resource,
    engine_action,
    is_same,
    is_unchanged,
    sudoers,
)
from steward.knowhow.container_probes import stands
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.lib.record import record
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Blueprint, Operation, Undo
from steward.model.risk import Risk


@record
class UnpauseContainer:
    """Let the programs of a paused container go on where they stood."""

    machine: str
    """Machine, by name or id."""
    container: str
    """Container, by name."""


def build(command: UnpauseContainer, snapshot: Snapshot) -> Blueprint:
    """Work it out; only what is paused can go on."""
    name = command.container
    container = container_of(snapshot, name)
    if container.state != "paused":
        why = f"it is {container.state}"
        raise InvalidInput(f"container `{name}` is not paused", where=snapshot.machine.name, why=why)
    return Blueprint(
        resource=container_resource(snapshot, name),
        action=engine_action(container, "unpause"),
        says=f"Unpause container {name}",
        effects=(f"the programs of container {name} ({container.image}) go on where they stood",),
        preconditions=is_unchanged(snapshot, name, container),
        verify=(is_same(snapshot, name, container), stands(snapshot, name, "running")),
        undo=Undo(
            says=f"Pause container {name} again",
            actions=(engine_action(container, "pause"),),
            verify=(is_same(snapshot, name, container), stands(snapshot, name, "paused")),
        ),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[UnpauseContainer](
    name="container.unpause",
    input=UnpauseContainer,
    risk=Risk.REVERSIBLE,
    needs=(CONTAINERS.name,),
    build=build,
    sudoers=(*sudoers("unpause"), *sudoers("pause")),
    examples=(
        Example(line="container unpause d1 transcoder", does="Let the container transcoder on d1 go on."),
        Example(line="container unpause nas photos-db", does="Let the container photos-db on nas go on."),
    ),
)
