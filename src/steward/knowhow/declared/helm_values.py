"""Values of Helm charts: images, claims, secrets, rights, whatever the chart calls them."""

from __future__ import annotations

from collections.abc import Iterator

from steward.knowhow.declared.found import Found
from steward.knowhow.declared.images import is_image, joined, pinned
from steward.knowhow.declared.mounts import holds_data, is_runtime_socket
from steward.knowhow.declared.reader import is_known
from steward.lib.yaml_loose import Node
from steward.model.declared import PortClaim

_DEEPEST = 14
_PROBES = ("probes", "livenessProbe", "readinessProbe", "startupProbe")


def read_values(values: Node, service: str, found: Found, *, line: int) -> str | None:
    """Add what values say of a service and return its image, where it is told."""
    images = list(_images(values, 0))
    for image, at, is_whole in images:
        how = pinned(image)
        found.add_image(image, service, at, pinned=how if is_whole or how != "none" else "unknown")
    controllers = _controllers(values)
    for controller in controllers:
        _controller(controller, service, found, line)
    _persistence(values, service, found)
    for name, at in _secrets(values):
        found.add_secret(name, "kubernetes-secret", at, service=service)
    for kind, message, at in _rights(values):
        found.problem(kind, f"{service} {message}", at)
    return _main_image(values, images, service)


def _main_image(values: Node, images: list[tuple[str, int, bool]], service: str) -> str | None:
    """Return the image that stands at the top or in the first controller, or the only one there is."""
    tops = [values, *values.mapping.values()] if "controllers" not in values.mapping else [values]
    for top in tops:
        for controller in _controllers(top):
            containers = controller.map("containers")
            ordered = sorted(containers.items(), key=lambda item: item[0] not in {"app", "main", service})
            for _, container in ordered:
                if found := _image(container.at("image")):
                    return found[0]
    if found := _image(values.at("image")):
        return found[0]
    return images[0][0] if len({image for image, _, _ in images}) == 1 else None


def _images(node: Node, depth: int) -> Iterator[tuple[str, int, bool]]:
    """Yield image, line and whether the chart adds no tag of its own."""
    if depth > _DEEPEST:
        return
    for key, value in node.mapping.items():
        if key == "image" or key.endswith("Image"):
            found = _image(value)
            if found:
                yield found[0], node.line_of(key), found[1]
                continue
        yield from _images(value, depth + 1)
    for value in node.sequence:
        yield from _images(value, depth + 1)


def _image(node: Node | None) -> tuple[str, bool] | None:
    if node is None:
        return None
    repository = node.string("repository") or node.string("name")
    if repository and (node.string("repository") or node.string("tag")) and is_image(repository):
        image = joined(
            repository, node.string("tag"), node.string("digest") or node.string("sha"), node.string("registry")
        )
        return image, False
    text = node.scalar
    if text and is_image(text) and ("/" in text or ":" in text) and not text.startswith("/"):
        return text, True
    return None


def _controllers(values: Node) -> list[Node]:
    return [node for node in values.map("controllers").values() if node.at("containers") is not None]


def _controller(controller: Node, service: str, found: Found, line: int) -> None:
    """Read a controller of the app-template chart, the one most homelabs use."""
    containers = list(controller.map("containers").values())
    is_job = (controller.string("type") or "").lower() in {"cronjob", "job"}
    if not is_job and containers and not any(probe in node.mapping for node in containers for probe in _PROBES):
        found.problem("no-healthcheck", f"{service} has no probe", line)
    for container in containers:
        references = container.at("envFrom")
        for node in references.sequence if references else ():
            name = node.string("secretRef", "name") or node.string("secret")
            if name and is_known(name):
                found.add_secret(name, "kubernetes-secret", node.line, service=service)


def _persistence(values: Node, service: str, found: Found) -> None:
    for node in [values, *values.mapping.values()]:
        for name, volume in node.map("persistence").items():
            _volume(name, volume, service, found)


def _volume(name: str, volume: Node, service: str, found: Found) -> None:
    kind = volume.string("type") or ""
    claim, path = volume.string("existingClaim"), volume.string("hostPath") or volume.string("path")
    enabled = volume.at("enabled")
    if enabled and enabled.is_false:
        return
    if claim:
        shown = (
            claim if is_known(claim) else service if claim.strip("{}\u2983\u2984 ").endswith("Release.Name") else name
        )
        found.add_volume(shown, "claim", volume.line, service=service)
    elif kind == "nfs":
        server = volume.string("server") or ""
        found.add_volume(f"{server}:{path or ''}", "nfs", volume.line, service=service, holds_data=False)
    elif kind == "hostPath" and path:
        is_data = holds_data(path, is_read_only=False)
        found.add_volume(path, "bind", volume.line, service=service, holds_data=is_data)
        if is_runtime_socket(path):
            found.problem("docker-socket", f"{service} can use {path}", volume.line)
    elif kind == "persistentVolumeClaim" or volume.string("size"):
        found.add_volume(f"{service}-{name}", "claim", volume.line, service=service)
    elif kind == "secret" and (secret := volume.string("name")) and is_known(secret):
        found.add_secret(secret, "kubernetes-secret", volume.line, service=service)


def _secrets(values: Node) -> Iterator[tuple[str, int]]:
    """Yield secrets that values name: `existingSecret`, `secretName`, `secretKeyRef`."""
    for node in values.walk():
        for key, value in node.mapping.items():
            is_name = key in {"existingSecret", "secretName", "existingSecretName"} or key.endswith("ExistingSecret")
            name = value.scalar if is_name else value.string("name") if key in {"secretKeyRef", "secretRef"} else None
            if name and is_known(name):
                yield name, node.line_of(key)


def _rights(values: Node) -> Iterator[tuple[str, str, int]]:
    for node in values.walk():
        for key, value in node.mapping.items():
            if key == "privileged" and value.is_true:
                yield "privileged", "runs a privileged container", node.line_of(key)
            elif key == "hostNetwork" and value.is_true:
                yield "host-network", "shares the network of its node", node.line_of(key)


def host_ports(values: Node, service: str) -> Iterator[PortClaim]:
    """Yield ports of nodes that values ask for."""
    for node in values.walk():
        for key, value in node.mapping.items():
            text = value.scalar or ""
            if key in {"hostPort", "nodePort"} and text.isdigit() and 0 < int(text) < 65536:
                yield PortClaim(port=int(text), last_port=int(text), service=service, line=node.line_of(key))
