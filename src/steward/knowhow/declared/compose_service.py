"""One service of a compose project: image, ports, volumes, rights, and what is wrong with them."""

from __future__ import annotations

import re

from steward.knowhow.declared import compose_needs
from steward.knowhow.declared.backup_tools import tool_of
from steward.knowhow.declared.compose_project import Project, Service
from steward.knowhow.declared.compose_values import Mount, Published, kind_of, published, short_mount, short_port
from steward.knowhow.declared.compose_variables import fill
from steward.knowhow.declared.environment_files import example_of
from steward.knowhow.declared.found import Found, FoundInFiles
from steward.knowhow.declared.images import pinned
from steward.knowhow.declared.mounts import holds_data, is_runtime_socket, names_a_file
from steward.knowhow.declared.reader import folder_of, resolved
from steward.knowhow.declared.templates import has_template
from steward.lib.yaml_loose import Node
from steward.model.declared import PortClaim, Severity

KIND = "compose"
_HOST = re.compile(r"node\.hostname\s*==\s*['\"]?([\w.-]+)")


def read(project: Project, service: Service, found: FoundInFiles) -> None:
    """Add a service with everything that belongs to it."""
    at = found.at(service.file)
    if not any(layer.node.mapping for layer in service.layers):
        at.problem("invalid-value", f"the service {service.name} says nothing", service.line)
        return
    image = _image(project, service)
    machine = _machine(service)
    if not project.is_part(service):
        at.add_service(service.name, KIND, service.line, image=image, machine=machine)
        _image_problem(service, found, image)
        _health(service, at)
        _start(project, service, at)
    _ports(project, service, found, machine)
    _volumes(project, service, found, image)
    _rights(service, found)
    compose_needs.read(project, service, found)


def _image(project: Project, service: Service) -> str | None:
    last = service.last("image")
    text = last[1].scalar if last else None
    return fill(text, project.values).text.strip() if text else None


def _machine(service: Service) -> str | None:
    """Return the machine a swarm is told to place it on."""
    last = service.last("deploy")
    constraints = last[1].list("placement", "constraints") if last else ()
    return next((match[1] for node in constraints if (match := _HOST.search(node.text))), None)


def _image_problem(service: Service, found: FoundInFiles, image: str | None) -> None:
    last = service.last("image")
    if last is None or image is None:
        return
    file, node = last
    how = pinned(image)
    if how in {"latest", "none"} and service.has("build"):
        how = "tag"  # what is built here gets its name here
    found.at(file).add_image(image, service.name, node.line, pinned=how)


def _ports(project: Project, service: Service, found: FoundInFiles, machine: str | None) -> None:
    mode = service.last("network_mode")
    is_host = mode is not None and mode[1].scalar == "host"
    if mode is not None and mode[1].scalar == "none":
        return
    profiles = tuple(node.text for _, each in service.each("profiles") for node in each.sequence)
    for file, ports in service.each("ports"):
        for node in ports.sequence:
            try:
                claim = _published(project, node, is_host=is_host)
            except ValueError as error:
                message = f"{service.name}: {error}: {node.scalar or node.string('published')}"
                found.at(file).problem("invalid-value", message, node.line)
                continue
            if claim is not None:
                port = PortClaim(
                    port=claim.first,
                    last_port=claim.last,
                    protocol=claim.protocol,
                    address=claim.address,
                    service=service.name,
                    line=node.line,
                    machine=machine,
                    profiles=profiles,
                    kind=KIND,
                )
                found.at(file).add_port(port)


def _published(project: Project, node: Node, *, is_host: bool) -> Published | None:
    """Read one port in either form; None where none of the machine is named or a variable decides.

    On the network of the machine Docker ignores what is written before the port of the container: that one is taken.
    """
    if node.mapping:
        keys = ("target" if is_host else "published", "protocol", "host_ip")
        parts = [fill(node.string(key) or "", project.values).text for key in keys]
        if not parts[0] or not _is_decided(*parts):
            return None
        return published(parts[0], parts[1], parts[2])
    text = fill(node.scalar or "", project.values).text
    if not text or not _is_decided(text):
        return None
    if is_host:
        inside = text.rpartition(":")[2]
        return short_port(f"{inside.partition('/')[0]}:{inside}")
    return short_port(text)


def _is_decided(*texts: str) -> bool:
    return not any("$" in text or has_template(text) for text in texts)


def _volumes(project: Project, service: Service, found: FoundInFiles, image: str | None) -> None:
    by = tool_of(image) or tool_of(service.name)
    declared = project.declared("volumes")
    for file, volumes in service.each("volumes"):
        at = found.at(file)
        for node in volumes.sequence:
            mount = _mount(project, node)
            if mount is None or not mount.source:
                continue
            if mount.kind == "named":
                _named(at, service, mount, node.line, is_declared=mount.source in declared)
            else:
                _bound(project, at, service, mount, node.line)
            if by:
                at.add_cover(
                    mount.source, by, node.line, scope=f"project:{at.project}" if mount.kind == "named" else ""
                )


def _mount(project: Project, node: Node) -> Mount | None:
    if not node.mapping:
        text = fill(node.scalar or "", project.values).text
        return short_mount(text) if text else None
    source = fill(node.string("source") or node.string("src") or "", project.values).text
    target = fill(node.string("target") or node.string("dst") or "", project.values).text
    kind = node.string("type") or ("volume" if kind_of(source) == "named" else "bind")
    read_only = node.at("read_only")
    if kind not in {"volume", "bind"}:
        return None
    is_read_only = read_only is not None and read_only.is_true
    return Mount(kind="named" if kind == "volume" else "bind", source=source, target=target, is_read_only=is_read_only)


def _named(at: Found, service: Service, mount: Mount, line: int, *, is_declared: bool) -> None:
    is_data = not mount.is_read_only
    at.add_volume(mount.source, "named", line, service=service.name, target=mount.target, holds_data=is_data)
    if not is_declared and _is_decided(mount.source):
        at.problem("undeclared", f"{service.name} uses the volume {mount.source}, which is not declared", line)


def _bound(project: Project, at: Found, service: Service, mount: Mount, line: int) -> None:
    if is_runtime_socket(mount.source):
        can = "can read" if mount.is_read_only else "can use"
        at.problem("docker-socket", f"{service.name} {can} {mount.source}", line)
    target = resolved(folder_of(at.file), mount.source) if _is_decided(mount.source) else None
    is_here = target is not None and project.sources.has(target)
    is_data = not is_here and holds_data(mount.source, is_read_only=mount.is_read_only)
    at.add_volume(mount.source, "bind", line, service=service.name, target=mount.target, holds_data=is_data)
    is_relative = mount.source.startswith(".") or (target is not None and "/" in mount.source)
    if not is_relative or target is None or project.sources.exists(target):
        return
    if names_a_file(mount.source, mount.target):
        example = example_of(project.sources, target)
        message = f"{service.name} mounts the file {mount.source}, which is not in the repository"
        severity = Severity.NOTE if example else Severity.WARNING
        at.problem("dead-reference", message + (f"; {example} shows it" if example else ""), line, severity=severity)


def _health(service: Service, at: Found) -> None:
    if not service.has("healthcheck"):
        at.problem("no-healthcheck", f"{service.name} has no health check", service.line)
    deploy = service.last("deploy")
    if not service.has("restart") and not (deploy and deploy[1].at("restart_policy")):
        at.problem("no-restart-policy", f"{service.name} has no restart policy", service.line)


def _start(project: Project, service: Service, at: Found) -> None:
    """Tell a service that nothing could be started from."""
    says = any(service.has(key) for key in ("image", "build", "extends", "provider"))
    if not says and not project.sources.yaml(service.file).is_template:
        at.problem("invalid-value", f"{service.name} has neither an image nor a build", service.line)


def _rights(service: Service, found: FoundInFiles) -> None:
    privileged = service.last("privileged")
    if privileged and privileged[1].is_true:
        found.at(privileged[0]).problem("privileged", f"{service.name} is privileged", privileged[1].line)
    mode = service.last("network_mode")
    if mode and mode[1].scalar == "host":
        found.at(mode[0]).problem("host-network", f"{service.name} shares the network of its machine", mode[1].line)
