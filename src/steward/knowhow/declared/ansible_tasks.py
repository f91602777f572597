"""Tasks of Ansible that start something: containers, units, charts, guests."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from steward.knowhow.declared.ansible_variables import Variables
from steward.knowhow.declared.backup_tools import tool_of
from steward.knowhow.declared.compose_needs import environment
from steward.knowhow.declared.compose_values import short_mount
from steward.knowhow.declared.found import Found
from steward.knowhow.declared.images import pinned
from steward.knowhow.declared.mounts import holds_data, is_runtime_socket
from steward.knowhow.declared.port_claims import claim_port
from steward.knowhow.declared.reader import is_known
from steward.lib.detect.names import Weight, judge
from steward.lib.yaml_loose import Node

_DEEPEST = 12
_MOST_ITEMS = 200
_GONE = {"absent", "stopped", "killed"}
CONTAINER = "ansible-container"


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task that calls a module, with the variables it sees."""

    line: int
    """Line of the module."""
    given: Node
    """What the module is given."""
    variables: Variables
    """Variables, those of the loop included."""

    def text(self, *names: str) -> str:
        """Return the first of these arguments that says something, filled in."""
        for name in names:
            value = self.given.string(name)
            if value:
                return self.variables.fill(value)
        return ""

    def list(self, *names: str) -> list[tuple[str, int]]:
        """Return items of a list, or of the list a variable holds, filled in, with their lines."""
        found: list[tuple[str, int]] = []
        for name in names:
            node = self.given.at(name)
            node = self.resolved(node) if node is not None else None
            found += [
                (self.variables.fill(each.text), each.line) for each in (node.sequence if node else ()) if each.scalar
            ]
            if node is not None and node.scalar and is_known(node.scalar):
                found += [(part.strip(), node.line) for part in node.scalar.split(",")]
        return found

    def resolved(self, node: Node) -> Node:
        """Return what a variable that stands alone holds, or the same."""
        return alone(node, self.variables)


def alone(node: Node, variables: Variables) -> Node:
    """Return what a variable that stands alone in a value holds, or the value itself."""
    text = (node.scalar or "").strip()
    if text.startswith("{{") and text.endswith("}}"):
        name = text[2:-2].strip().partition("|")[0].strip()
        found = variables.find(name) if name.replace(".", "").replace("_", "").isalnum() else None
        return found if found is not None else node
    return node


def read_tasks(tasks: Node, variables: Variables, found: Found) -> None:
    """Add what a list of tasks starts."""
    for task in _flat(tasks, 0):
        for key, value in task.mapping.items():
            module = _MODULES.get(key.rpartition(".")[2])
            if module is None or not value.mapping:
                continue
            scope = variables.also(task.map("vars"))
            for each in _looped(task, scope):
                module(Task(line=task.line_of(key), given=value, variables=each), found)


def _flat(tasks: Node, depth: int) -> Iterator[Node]:
    for task in tasks.sequence:
        blocks = [task.at(key) for key in ("block", "rescue", "always")]
        if task.at("block") is None:
            yield task
        for block in blocks:
            if block is not None and depth < _DEEPEST:
                yield from _flat(block, depth + 1)


def _looped(task: Node, variables: Variables) -> Iterator[Variables]:
    """Yield the variables of every turn of a loop; of a loop over what nobody knows, of one turn."""
    loop = next((value for key, value in task.mapping.items() if key in {"loop", "with_items", "with_list"}), None)
    items = alone(loop, variables).sequence if loop is not None else ()
    if not items:
        yield variables
        return
    name = task.string("loop_control", "loop_var") or "item"
    for item in items[:_MOST_ITEMS]:
        yield variables.also({name: item})


def _container(task: Task, found: Found) -> None:
    name, image = task.text("name"), task.text("image") or None
    if not name or not is_known(name) or task.text("state") in _GONE:
        return
    found.add_service(name, CONTAINER, task.line, image=image)
    if image:
        found.add_image(image, name, task.given.line_of("image"), pinned=pinned(image))
    _ports(task, name, found)
    _volumes(task, name, image, found)
    _rights(task, name, found)
    _secrets(task, name, found)
    for other, line in task.list("links", "requires"):
        found.add_dependency(name, other.partition(":")[0], "link", line)


def _ports(task: Task, name: str, found: Found) -> None:
    for text, line in task.list("ports", "published_ports", "publish"):
        claim_port(found, text, service=name, line=line, kind=CONTAINER)


def _volumes(task: Task, name: str, image: str | None, found: Found) -> None:
    by = tool_of(image) or tool_of(name)
    for text, line in task.list("volumes", "volume"):
        mount = short_mount(text)
        if not mount.source:
            continue
        is_data = holds_data(mount.source, is_read_only=mount.is_read_only)
        found.add_volume(mount.source, mount.kind, line, service=name, target=mount.target, holds_data=is_data)
        if is_runtime_socket(mount.source):
            found.problem("docker-socket", f"{name} can use {mount.source}", line)
        if by:
            found.add_cover(mount.source, by, line)


def _rights(task: Task, name: str, found: Found) -> None:
    privileged = task.given.at("privileged")
    if privileged is not None and privileged.is_true:
        found.problem("privileged", f"{name} is privileged", privileged.line)
    if task.text("network_mode", "network") == "host":
        found.problem("host-network", f"{name} shares the network of its machine", task.line)
    if not task.text("restart_policy"):
        found.problem("no-restart-policy", f"{name} has no restart policy", task.line)
    if task.given.at("healthcheck") is None:
        found.problem("no-healthcheck", f"{name} has no health check", task.line)


def _secrets(task: Task, name: str, found: Found) -> None:
    for key in ("env", "environment"):
        node = task.given.at(key)
        for variable, value in environment(node) if node is not None else ():
            named = judge(variable)
            if named is not None and named.weight >= Weight.LIKELY:
                found.add_secret(variable, "environment", value.line, service=name)


def _unit(task: Task, found: Found) -> None:
    name = task.text("name", "unit", "service").removesuffix(".service")
    state, enabled = task.text("state"), task.given.at("enabled")
    is_wanted = state in {"started", "restarted", "reloaded"} or (enabled is not None and enabled.is_true)
    is_off = state == "stopped" or (enabled is not None and enabled.is_false)
    if name and is_known(name) and is_wanted and not is_off and found.is_first(f"unit {name}"):
        found.add_service(name, "systemd", task.line)


def _release(task: Task, found: Found) -> None:
    name = task.text("release_name", "name")
    if not name or not is_known(name) or task.text("state", "release_state") == "absent":
        return
    found.add_service(name, "helm-release", task.line)
    chart = task.text("chart_ref")
    if "/" in chart and not chart.startswith((".", "/")) and not task.text("chart_version"):
        found.problem("unpinned-chart", f"{name}: the chart has no version", task.line)


def _guest(kind: str) -> Callable[[Task, Found], None]:
    def read(task: Task, found: Found) -> None:
        name = task.text("name", "hostname")
        if name and is_known(name) and task.text("state") != "absent":
            found.add_machine(name, kind, task.line)

    return read


def _swarm(task: Task, found: Found) -> None:
    name, image = task.text("name"), task.text("image") or None
    if name and is_known(name) and task.text("state") != "absent":
        found.add_service(name, CONTAINER, task.line, image=image)
        if image:
            found.add_image(image, name, task.given.line_of("image"), pinned=pinned(image))


_MODULES: dict[str, Callable[[Task, Found], None]] = {
    "docker_container": _container,
    "podman_container": _container,
    "docker_swarm_service": _swarm,
    "systemd": _unit,
    "systemd_service": _unit,
    "service": _unit,
    "helm": _release,
    "proxmox_kvm": _guest("proxmox-vm"),
    "proxmox": _guest("proxmox-lxc"),
}


def beside(path: str, name: str) -> str:
    """Return the path of a file that is named from a file of tasks."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
