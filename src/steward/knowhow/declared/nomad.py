"""Jobs of Nomad: tasks with their images, ports, volumes and needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.knowhow.declared.backup_tools import tool_of
from steward.knowhow.declared.compose_values import short_mount
from steward.knowhow.declared.found import Found
from steward.knowhow.declared.hcl import Block, parse
from steward.knowhow.declared.images import pinned
from steward.knowhow.declared.mounts import holds_data, is_runtime_socket
from steward.knowhow.declared.reader import Reader, Sources, is_known
from steward.model.declared import Declaration, PortClaim

_JOB = re.compile(r'^[ \t]*job[ \t]+"[^"\n]*"[ \t]*\{', re.MULTILINE)
_SECRET = re.compile(r"(?:secret|with\s+secret|nomadVar|key)\s+\"(?P<name>[^\"]+)\"")
_REFERENCE = re.compile(r"(?:var|local|meta|attr|each)\.|\$\{[^}]*\}$")
_CONSUL = re.compile(r"\bservice\s+\\?\"(?:[\w-]+\.)?(?P<name>[\w-]+)|\b(?P<host>[\w-]+)\.service\.(?:[\w-]+\.)?consul")
_HOSTNAME = ("${attr.unique.hostname}", "${node.unique.name}", "attr.unique.hostname", "node.unique.name")


def claims(sources: Sources) -> Iterator[str]:
    """Yield every file with a job."""
    for path in sources.paths:
        plain = path.removesuffix(".j2").removesuffix(".tpl").removesuffix(".tftpl")
        is_one = plain.endswith((".nomad", ".hcl", ".nomad.hcl", ".job"))
        if is_one and _JOB.search(sources.text(path) or ""):
            yield path


def read(sources: Sources, path: str) -> Declaration:
    """Return what the jobs of a file start."""
    found = Found(path)
    for job in parse(sources.text(path) or "").of("job"):
        name = job.labels[0] if job.labels else ""
        if name:
            _job(job, name, found)
    return found.declaration()


def _job(job: Block, name: str, found: Found) -> None:
    tasks = [(group, task) for group in (*job.of("group"), job) for task in group.of("task")]
    for group, task in tasks:
        title = task.labels[0] if task.labels else name
        _task(job, group, task, name if len(tasks) == 1 else title, found)
    for group in job.of("group"):
        _ports(group, name, found)
        for check in group.within("upstreams"):
            if other := check.value("destination_name"):
                found.add_dependency(name, other, "connect", check.line)


def _task(job: Block, group: Block, task: Block, service: str, found: Found) -> None:
    config = next(task.of("config"), Block(kind="config", line=task.line))
    image = config.value("image")
    image = None if image and _REFERENCE.match(image) else image
    machine = next((each for each in (_machine(block) for block in (task, group, job)) if each), None)
    found.add_service(service, "nomad", task.line, image=image, machine=machine)
    if image:
        found.add_image(image, service, config.line_of("image"), pinned=pinned(image))
    _volumes(group, task, config, service, found)
    if config.value("network_mode") == "host":
        found.problem("host-network", f"{service} shares the network of its machine", config.line_of("network_mode"))
    if config.value("privileged") == "true":
        found.problem("privileged", f"{service} is privileged", config.line_of("privileged"))
    checks = [*group.within("check"), *task.within("check")]
    kind = (job.value("type") or "service").lower()
    if not checks and kind in {"service", "system"}:
        found.problem("no-healthcheck", f"{service} has no check", task.line)
    texts = [*(("data", each) for each in task.of("template")), *(("", each) for each in task.of("env"))]
    for key, block in texts:
        for match in _CONSUL.finditer(
            " ".join(text for name, each in block.values.items() if not key or name == key for text in each)
        ):
            other = match["name"] or match["host"]
            if other != service:
                found.add_dependency(service, other, "consul", block.line)
    for template in (*task.of("template"), *group.of("template")):
        for match in _SECRET.finditer(" ".join(template.values.get("data", []))):
            found.add_secret(match["name"], "vault", template.line, service=service)


def _machine(block: Block) -> str | None:
    """Return the machine that a constraint names."""
    for constraint in block.of("constraint"):
        if constraint.value("attribute") in _HOSTNAME and constraint.value("operator") in {None, "=", "=="}:
            value = constraint.value("value")
            return value if is_known(value) else None
    return None


def _ports(group: Block, name: str, found: Found) -> None:
    for network in group.of("network"):
        for port in network.of("port"):
            text = port.value("static") or ""
            if text.isdigit() and 0 < int(text) < 65536:
                line = port.line_of("static")
                for protocol in ("tcp",):
                    found.add_port(
                        PortClaim(
                            port=int(text),
                            last_port=int(text),
                            service=name,
                            line=line,
                            protocol=protocol,
                            kind="nomad",
                        )
                    )


def _volumes(group: Block, task: Block, config: Block, service: str, found: Found) -> None:
    by = tool_of(config.value("image"))
    for volume in group.of("volume"):
        source = volume.value("source") or (volume.labels[0] if volume.labels else "")
        mounted = {mount.value("volume") for mount in task.of("volume_mount")}
        if source and (not volume.labels or volume.labels[0] in mounted):
            read_only = volume.value("read_only") == "true"
            found.add_volume(source, "named", volume.line, service=service, holds_data=not read_only)
            if by:
                found.add_cover(source, by, volume.line)
    for text in config.values.get("volumes", []):
        mount = short_mount(text)
        is_own = mount.source.startswith(("local/", "secrets/", "alloc/", "${"))
        if mount.source and not is_own:
            is_data = holds_data(mount.source, is_read_only=mount.is_read_only)
            line = config.line_of("volumes")
            found.add_volume(mount.source, mount.kind, line, service=service, target=mount.target, holds_data=is_data)
            if is_runtime_socket(mount.source):
                found.problem("docker-socket", f"{service} can use {mount.source}", line)
            if by:
                found.add_cover(mount.source, by, line)


PLUGIN = Reader(name="nomad", summary="Jobs of Nomad", claims=claims, read=read)
