"""Restart a container."""

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
from steward.knowhow.facts.containers import Container
from steward.lib.record import record
from steward.model.command import Example
from steward.model.fact import Snapshot
from steward.model.operation import Blueprint, Operation, Undo
from steward.model.risk import Risk


@record
class RestartContainer:
    """Restart a container, and prove that it runs, is healthy and answers. It is not made anew."""

    machine: str
    """Machine, by name or id."""
    container: str
    """Container, by name."""


def build(command: RestartContainer, snapshot: Snapshot) -> Blueprint:
    """Work the restart out from how the container stands now."""
    name = command.container
    container = container_of(snapshot, name)
    runs = container.state in {"running", "restarting"}
    return Blueprint(
        resource=container_resource(snapshot, name),
        action=engine_action(container, "restart"),
        says=f"Restart container {name}",
        effects=(
            f"container {name} ({container.image}) is {container.state} now; its program is "
            + ("ended and started anew" if runs else "started"),
            "image, settings, volumes and networks stay as they are",
        ),
        preconditions=is_unchanged(snapshot, name, container),
        verify=works(snapshot, name, container),
        undo=_undo(snapshot, name, container, runs=runs),
        risk=Risk.REVERSIBLE,
        downtime_seconds=30 if runs else 0,
    )


def _undo(snapshot: Snapshot, name: str, container: Container, *, runs: bool) -> Undo:
    if runs:
        says = "A restart leaves nothing behind that needs putting back"
        return Undo(says=says, verify=(is_same(snapshot, name, container),))
    return Undo(
        says=f"Stop container {name}, which was {container.state} before",
        actions=(engine_action(container, "stop"),),
        verify=(is_same(snapshot, name, container), is_off(snapshot, name)),
    )


PLUGIN = Operation[RestartContainer](
    name="container.restart",
    input=RestartContainer,
    risk=Risk.REVERSIBLE,
    needs=(CONTAINERS.name,),
    build=build,
    sudoers=(*sudoers("restart"), *sudoers("stop")),
    examples=(
        Example(line="container restart d1 web", does="Restart the container web on d1."),
        Example(line="container restart nas immich-server", does="Restart the container immich-server on nas."),
    ),
)
