"""Find containers that can give orders to their own engine."""

from __future__ import annotations

from steward.knowhow.container_setup import running, setup_case
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.container_settings import ContainerSettings
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "containers_with_engine_socket"
_SOCKETS = ("docker.sock", "podman/podman.sock", "containerd/containerd.sock")
_PLACES = frozenset(
    {f"{run}/{socket}" for run in ("/run", "/var/run") for socket in _SOCKETS}
    | {"/run", "/var/run", "/run/podman", "/var/run/podman", "/run/containerd", "/var/run/containerd"}
)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each; a proxy that is there to hand on only some orders is none."""
    judged = ((name, one, _socket(one)) for name, one in running(snapshot).items())
    return tuple(
        _finding(snapshot, name, one, socket)
        for name, one, socket in judged
        if socket and "socket-proxy" not in one.image
    )


def _socket(one: ContainerSettings) -> str:
    return next((mount.source for mount in one.mounts if mount.source.rstrip("/") in _PLACES), "")


def _finding(snapshot: Snapshot, name: str, one: ContainerSettings, socket: str) -> Finding:
    this = setup_case(_NAME, snapshot, name, one)
    return this.finding(
        f"container {name} on {snapshot.machine.name} can give orders to its engine through {socket}",
        Severity.WATCH,
        (
            this.seen("socket", socket),
            this.seen("image", one.image),
            this.seen("published_ports", " ".join(one.host_ports[:10]) or "none"),
        ),
        if_nothing=(
            "It works as it is. Whoever finds a way into its program can start a container that is root of the machine;"
            " mounting the socket read-only does not prevent that, a proxy for the socket does."
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Running containers that see the socket of Docker, Podman or containerd (watch); socket proxies are none.",
    needs=(SETTINGS.name, CONTAINERS.name),
    run=run,
)
