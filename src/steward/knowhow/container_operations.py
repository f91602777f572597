"""What the operations on containers share: which they accept, their words, their probes and their sudoers lines."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace
from typing import Literal

from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Container
from steward.lib.text import nearest
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action
from steward.model.probe import Comparison, Probe, ProbeKind
from steward.model.resource import Resource, ResourceKind, resource_on

Verb = Literal["start", "stop", "restart", "pause", "unpause"]

_ID = re.compile(r"[0-9a-f]{64}")
_PROGRAMS = frozenset({"/usr/bin/docker", "/usr/bin/podman", "/usr/local/bin/docker", "/snap/bin/docker"})
_LEAST_HEALTH_SECONDS = 90
_MOST_PORTS = 3


def container_of(snapshot: Snapshot, name: str) -> Container:
    """Return the container a command names.

    Raises:
        InvalidInput: it is not there, or what was read of it does not fit.
    """
    where = snapshot.machine.name
    containers = snapshot.of(CONTAINERS)
    if containers is None:
        why = snapshot.unread.get(CONTAINERS.name, "its containers were not read")
        raise InvalidInput("cannot work on containers", where=where, why=why)
    container = containers.containers.get(name)
    if container is None:
        near = nearest(name, containers.containers)
        hint = f"did you mean `{near}`?" if near else "list them with `docker ps --all` there"
        raise InvalidInput(f"there is no container `{name}`", where=where, next_step=hint)
    if _ID.fullmatch(container.id) is None or container.program not in _PROGRAMS:
        raise InvalidInput(f"container `{name}` cannot be addressed", where=where, why="its id or engine is unusual")
    return container


def container_resource(snapshot: Snapshot, name: str) -> Resource:
    """Return the container as a resource."""
    return resource_on(snapshot.machine.id, ResourceKind.CONTAINER, name)


def engine_action(container: Container, verb: Verb) -> Action:
    """Return the exact words; the id and not the name, so that a container made anew is never meant."""
    argv = (container.program, verb, container.id)
    return Action(argv=argv, needs_root=container.needs_root, timeout_seconds=120)


def sudoers(verb: Verb) -> tuple[str, ...]:
    """Return the lines for both engines."""
    return tuple(f"/usr/bin/{engine} ^{verb} [0-9a-f]{{64}}$" for engine in ("docker", "podman"))


def is_unchanged(snapshot: Snapshot, name: str, container: Container) -> tuple[Probe, ...]:
    """Return the preconditions: still the same container, in the state the plan saw unless that only passes."""
    same = is_same(snapshot, name, container)
    if container.state == "restarting":
        return (same,)
    says = f"container {name} is still {container.state}"
    return (same, _probe(snapshot, name, "state", says, container.state))


def is_same(snapshot: Snapshot, name: str, container: Container) -> Probe:
    """Return the probe that the container was not made anew."""
    return _probe(snapshot, name, "id", f"container {name} is the one with id {container.id[:12]}", container.id)


def works(snapshot: Snapshot, name: str, container: Container) -> tuple[Probe, ...]:
    """Return the proof that a container works: it runs by itself, is healthy, and answers where it is published."""
    proofs = [
        _probe(snapshot, name, "state", f"container {name} runs", "running", hold=10),
        _probe(snapshot, name, "restart_count", f"container {name} was not restarted", 0, hold=10),
    ]
    if container.health:
        healthy = _probe(snapshot, name, "health", f"container {name} is healthy", "healthy", hold=10)
        proofs.append(replace(healthy, within_seconds=max(_LEAST_HEALTH_SECONDS, container.health_seconds)))
    return (*proofs, *_answers(snapshot, name, container))


def is_off(snapshot: Snapshot, name: str) -> Probe:
    """Return the proof that a container does not run, and stays so."""
    return Probe(
        machine=snapshot.machine.id,
        says=f"container {name} does not run",
        fact=CONTAINERS.name,
        path=("containers", name, "state"),
        comparison=Comparison.NOT_EQUAL,
        expected="running",
        within_seconds=30,
        hold_seconds=5,
    )


def _answers(snapshot: Snapshot, name: str, container: Container) -> tuple[Probe, ...]:
    ports = sorted({one.port for one in container.ports if one.protocol == "tcp" and _is_reachable(one.address)})
    return tuple(
        Probe(
            machine=snapshot.machine.id,
            says=f"port {port} of container {name} accepts connections",
            kind=ProbeKind.TCP,
            port=port,
            within_seconds=30,
        )
        for port in ports[:_MOST_PORTS]
    )


def _is_reachable(address: str) -> bool:
    try:
        return not ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _probe(snapshot: Snapshot, name: str, value: str, says: str, expected: str | int, *, hold: int = 0) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=says,
        fact=CONTAINERS.name,
        path=("containers", name, value),
        expected=expected,
        within_seconds=30 if hold else 0,
        hold_seconds=hold,
    )
