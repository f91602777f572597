"""What a pod of Kubernetes says: images, ports, volumes, secrets, rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from steward.knowhow.declared.found import Found
from steward.knowhow.declared.images import pinned
from steward.knowhow.declared.mounts import holds_data, is_runtime_socket
from steward.lib.yaml_loose import Node
from steward.model.declared import PortClaim

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod with who it belongs to."""

    service: str
    """Name of what runs it."""
    kind: str
    """Kind of what runs it."""
    line: int
    """Line of that name."""
    spec: Node
    """The specification."""
    ends: bool = False
    """Whether it is meant to end: jobs need no health check."""


Renamed = Callable[[str], str]
"""Gives an image the name that a kustomization gives it."""


def first_image(pod: Pod, renamed: Renamed) -> str | None:
    """Return the image of the container that has the name of the service, else of the first."""
    containers = sorted(pod.spec.list("containers"), key=lambda node: node.string("name") != pod.service)
    images = (node.string("image") for node in containers)
    return next((renamed(image) for image in images if image), None)


def read_pod(pod: Pod, found: Found, renamed: Renamed) -> None:
    """Add what a pod says."""
    containers = [*pod.spec.list("containers"), *pod.spec.list("initContainers")]
    for container in containers:
        _image(pod, container, found, renamed)
        _rights(pod, container, found)
        _ports(pod, container, found)
        for name, line in secrets_of(container):
            found.add_secret(name, "kubernetes-secret", line, service=pod.service)
    for node in pod.spec.list("imagePullSecrets"):
        if name := node.string("name"):
            found.add_secret(name, "kubernetes-secret", node.line, service=pod.service)
    for volume in pod.spec.list("volumes"):
        _volume(pod, volume, found)
    network = pod.spec.at("hostNetwork")
    if network and network.is_true:
        found.problem("host-network", f"{pod.service} shares the network of its node", network.line)
    if not pod.ends and containers and not any(probe in node.mapping for node in containers for probe in _PROBES):
        found.problem("no-healthcheck", f"{pod.service} has no probe", pod.line)


def _image(pod: Pod, container: Node, found: Found, renamed: Renamed) -> None:
    image = container.string("image")
    if image:
        node = container.at("image") or container
        found.add_image(renamed(image), pod.service, node.line, pinned=pinned(renamed(image)))


def _rights(pod: Pod, container: Node, found: Found) -> None:
    privileged = container.at("securityContext", "privileged")
    if privileged and privileged.is_true:
        name = container.string("name") or pod.service
        found.problem("privileged", f"{pod.service}: the container {name} is privileged", privileged.line)


def _ports(pod: Pod, container: Node, found: Found) -> None:
    network = pod.spec.at("hostNetwork")
    key = "containerPort" if network and network.is_true else "hostPort"
    for node in container.list("ports"):
        text = node.string(key) or ""
        if text.isdigit() and 0 < int(text) < 65536:
            claim = PortClaim(
                port=int(text),
                last_port=int(text),
                service=pod.service,
                line=node.line_of(key),
                protocol=(node.string("protocol") or "tcp").lower(),
                address=node.string("hostIP") or "",
                kind=pod.kind,
            )
            found.add_port(claim)


def secrets_of(container: Node) -> Iterator[tuple[str, int]]:
    """Yield name and line of every secret the environment of a container is filled from."""
    for node in container.list("env"):
        if name := node.string("valueFrom", "secretKeyRef", "name"):
            yield name, node.line
    for node in container.list("envFrom"):
        if name := node.string("secretRef", "name"):
            yield name, node.line


def _volume(pod: Pod, volume: Node, found: Found) -> None:
    claim, path = volume.string("persistentVolumeClaim", "claimName"), volume.string("hostPath", "path")
    server = volume.string("nfs", "server")
    if claim:
        found.add_volume(claim, "claim", volume.line, service=pod.service)
    if path:
        found.add_volume(
            path, "bind", volume.line, service=pod.service, holds_data=holds_data(path, is_read_only=False)
        )
        if is_runtime_socket(path):
            found.problem("docker-socket", f"{pod.service} can use {path}", volume.line)
    if server:
        share = f"{server}:{volume.string('nfs', 'path') or ''}"
        found.add_volume(share, "nfs", volume.line, service=pod.service, holds_data=False)
    sources = [volume, *volume.list("projected", "sources")]
    for source in sources:
        name = source.string("secret", "secretName") or source.string("secret", "name")
        if name:
            found.add_secret(name, "kubernetes-secret", source.line, service=pod.service)
