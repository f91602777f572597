"""Stop a container."""

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
class StopContainer:
    """Stop a container until somebody starts it again."""

    machine: str
    """Machine, by name or id."""
    container: str
    """Container, by name."""


def build(command: StopContainer, snapshot: Snapshot) -> Blueprint:
    """Work the stop out; a container that is off already is refused."""
    name = command.container
    container = container_of(snapshot, name)
    if container.state not in {"running", "restarting", "paused"}:
        raise InvalidInput(f"container `{name}` is {container.state} already", where=snapshot.machine.name)
    back = "; its policy `always` starts it again when the engine is restarted"
    return Blueprint(
        resource=container_resource(snapshot, name),
        action=engine_action(container, "stop"),
        says=f"Stop container {name}",
        effects=(
            f"container {name} ({container.image}) is off until it is started again"
            + (back if container.restart_policy == "always" else ""),
        ),
        preconditions=is_unchanged(snapshot, name, container),
        verify=(is_off(snapshot, name),),
        undo=Undo(
            says=f"Start container {name} again",
            actions=(engine_action(container, "start"),),
            verify=(is_same(snapshot, name, container), *works(snapshot, name, container)),
        ),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[StopContainer](
    name="container.stop",
    input=StopContainer,
    risk=Risk.REVERSIBLE,
    needs=(CONTAINERS.name,),
    build=build,
    sudoers=(*sudoers("stop"), *sudoers("start")),
    examples=(
        Example(line="container stop d1 web", does="Stop the container web on d1."),
        Example(line="container stop nas transcoder", does="Stop the container transcoder on nas."),
    ),
)
