"""Containers with their settings, described in a test by what differs."""

from dataclasses import replace
from typing import Any

from steward.knowhow.facts.container_settings import AllContainerSettings, Compose, ContainerSettings, Mounted
from steward.knowhow.facts.containers import Container
from steward.model.fact import Snapshot
from tests.unit.knowhow.snapshots import CONTAINER, containers, snapshot

SETTINGS = ContainerSettings(
    name="web",
    id=CONTAINER.id,
    engine="docker",
    image="caddy:2",
    image_id="1",
    is_privileged=False,
    network_mode="bridge",
    pid_mode="",
    capabilities=(),
    security=(),
    devices=(),
    mounts=(Mounted(source="/srv/web", target="/www", is_writable=True),),
    host_ports=("8080/tcp",),
    restart_policy="always",
    most_restarts=0,
    is_removed_when_off=False,
    log_driver="json-file",
    log_is_bounded=False,
    memory_limit_bytes=0,
    has_health_check=True,
    keeper="",
    compose=None,
)
COMPOSE = Compose(
    project="shop",
    service="web",
    folder="/opt/stacks/shop",
    files=("/opt/stacks/shop/compose.yaml",),
    missing_files=(),
    is_one_off=False,
)


def settings(*found: ContainerSettings, has_compose: bool = True) -> AllContainerSettings:
    return AllContainerSettings(containers={one.name: one for one in found}, has_compose=has_compose, unread="")


def pair(name: str = "web", number: int = 1, state: dict[str, Any] | None = None, **changes: Any):
    """Return a container and its settings; what both know is said once."""
    identity = f"{number:x}" * 64
    shared = {key: changes[key] for key in ("engine", "image", "restart_policy") if key in changes}
    container = replace(CONTAINER, name=name, id=identity, **shared, **(state or {}))
    return container, replace(SETTINGS, name=name, id=identity, **changes)


def seen(*pairs: tuple[Container, ContainerSettings], has_compose: bool = True, **facts: Any) -> Snapshot:
    return snapshot(
        containers=containers(*(one for one, _ in pairs)),
        container_settings=settings(*(one for _, one in pairs), has_compose=has_compose),
        **facts,
    )


def mounted(source: str, *, is_writable: bool = True) -> tuple[Mounted, ...]:
    return (Mounted(source=source, target="/mnt", is_writable=is_writable),)


def member(service: str, number: int, state: str = "running", exit_code: int = 0, **changes: Any):
    """Return a container of the project `shop`, with the restart policy that nothing brings back."""
    compose = replace(COMPOSE, service=service, **changes.pop("compose", {}))
    how = {"state": state, "exit_code": exit_code, **changes.pop("how", {})}
    return pair(f"shop-{service}-1", number, how, **{"compose": compose, "restart_policy": "no", **changes})
