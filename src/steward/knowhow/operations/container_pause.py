"""Pause a container."""

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
class PauseContainer:
    """Let the programs of a container stand still, memory and connections kept, until it is unpaused."""

    machine: str
    """Machine, by name or id."""
    container: str
    """Container, by name."""


def build(command: PauseContainer, snapshot: Snapshot) -> Blueprint:
    """Work the pause out; only what runs can be paused."""
    name = command.container
    container = container_of(snapshot, name)
    if container.state != "running":
        raise InvalidInput(f"container `{name}` is {container.state}", where=snapshot.machine.name)
    return Blueprint(
        resource=container_resource(snapshot, name),
        action=engine_action(container, "pause"),
        says=f"Pause container {name}",
        effects=(
            f"the programs of container {name} ({container.image}) stand still until it is unpaused",
            "whoever uses it waits; connections that do not wait long enough are lost",
        ),
        preconditions=is_unchanged(snapshot, name, container),
        verify=(is_same(snapshot, name, container), stands(snapshot, name, "paused")),
        undo=Undo(
            says=f"Unpause container {name}",
            actions=(engine_action(container, "unpause"),),
            verify=(is_same(snapshot, name, container), stands(snapshot, name, "running")),
        ),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[PauseContainer](
    name="container.pause",
    input=PauseContainer,
    risk=Risk.REVERSIBLE,
    needs=(CONTAINERS.name,),
    build=build,
    sudoers=(*sudoers("pause"), *sudoers("unpause")),
    examples=(
        Example(line="container pause d1 transcoder", does="Let the container transcoder on d1 stand still."),
        Example(line="container pause nas photos-db", does="Let the container photos-db on nas stand still."),
    ),
)
