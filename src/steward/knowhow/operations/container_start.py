"""Start a container."""

from __future__ import annotations

from steward.knowhow.container_operations import (
    container_of,
    container_resource,
    engine_action,
    is_off,
    is_same,
    is_unchanged,
    sudoers,
    works,
)
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.lib.record import record
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Blueprint, Operation, Undo
from steward.model.risk import Risk


@record
class StartContainer:
    """Start a container that is there and off, and prove that it runs, is healthy and answers."""

    machine: str
    """Machine, by name or id."""
    container: str
    """Container, by name."""


def build(command: StartContainer, snapshot: Snapshot) -> Blueprint:
    """Work the start out; a container that runs already is refused."""
    name = command.container
    container = container_of(snapshot, name)
    if container.state not in {"exited", "created", "dead"}:
        next_step = f"`container restart {snapshot.machine.name} {name}` starts it anew"
        raise InvalidInput(f"container `{name}` is {container.state}", where=snapshot.machine.name, next_step=next_step)
    return Blueprint(
        resource=container_resource(snapshot, name),
        action=engine_action(container, "start"),
        says=f"Start container {name}",
        effects=(f"container {name} ({container.image}) is {container.state} now and is started",),
        preconditions=is_unchanged(snapshot, name, container),
        verify=works(snapshot, name, container),
        undo=Undo(
            says=f"Stop container {name} again",
            actions=(engine_action(container, "stop"),),
            verify=(is_same(snapshot, name, container), is_off(snapshot, name)),
        ),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[StartContainer](
    name="container.start",
    input=StartContainer,
    risk=Risk.REVERSIBLE,
    needs=(CONTAINERS.name,),
    build=build,
    sudoers=(*sudoers("start"), *sudoers("stop")),
    examples=(
        Example(line="container start d1 importer", does="Start the container importer on d1."),
        Example(line="container start nas immich-server", does="Start the container immich-server on nas."),
    ),
)
