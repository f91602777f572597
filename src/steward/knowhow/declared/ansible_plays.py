"""Plays of Ansible: which hosts get which roles, and which files hold tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from steward.knowhow.declared.ansible_inventory import Inventory, inventories
from steward.knowhow.declared.reader import YAML_ENDINGS, Sources, folder_of, name_of
from steward.lib.yaml_loose import Node

_PLAY_KEYS = {"roles", "tasks", "pre_tasks", "post_tasks", "handlers", "vars_files", "vars", "become", "gather_facts"}
_ROLE_FOLDER = re.compile(r"^(?P<role>(?:.*/)?roles/[^/]+)/(?:tasks|defaults|vars|meta|handlers|templates|files)/")
_ROLE_MODULES = ("include_role", "import_role")


@dataclass(frozen=True, kw_only=True)
class Play:
    """A play with its place."""

    file: str
    """File."""
    line: int
    """Line."""
    pattern: str
    """Hosts it is for, as written."""
    node: Node
    """All of it."""


def plays(sources: Sources) -> tuple[Play, ...]:
    """Return every play of the repository."""
    found: list[Play] = []
    for path in sources.paths:
        if path.endswith(YAML_ENDINGS) and "hosts" in (sources.text(path) or ""):
            for document in sources.yaml(path).documents:
                found += _plays(path, document)
    return tuple(found)


def _plays(path: str, document: Node) -> Iterator[Play]:
    for node in document.sequence:
        hosts = node.at("hosts")
        if hosts is None or not _PLAY_KEYS & set(node.mapping):
            continue
        pattern = hosts.scalar or ",".join(each.text for each in hosts.sequence)
        yield Play(file=path, line=node.line_of("hosts"), pattern=pattern, node=node)


def roles(sources: Sources) -> dict[str, tuple[str, ...]]:
    """Return the folders of every role by its name: playbooks of their own may each have one of the same name."""
    found: dict[str, dict[str, None]] = {}
    for path in sources.paths:
        match = _ROLE_FOLDER.match(path)
        if match:
            found.setdefault(name_of(match["role"]), {})[match["role"]] = None
    return {name: tuple(folders) for name, folders in found.items()}


def role_folder(sources: Sources, name: str, file: str) -> str:
    """Return the folder of the role that a file means by this name: the nearest one, or an empty text."""
    folders = sources.once(roles).get(name_of(name), ())
    near = [folder for folder in folders if file.startswith(folder.rpartition("roles/")[0])]
    return max(near, key=len, default=folders[0] if folders else "")


def roles_of(node: Node) -> Iterator[tuple[str, int, Node]]:
    """Yield name, line and entry of every role a play names, included ones too."""
    for each in node.list("roles"):
        name = each.scalar or each.string("role") or each.string("name")
        if name:
            yield name, each.line, each
    for key in ("pre_tasks", "tasks", "post_tasks"):
        for task in node.list(key):
            yield from _included_roles(task, 0)


def _included_roles(task: Node, depth: int) -> Iterator[tuple[str, int, Node]]:
    for key, value in task.mapping.items():
        if key.rpartition(".")[2] in _ROLE_MODULES and (name := value.string("name")):
            yield name, task.line_of(key), task
        elif key in {"block", "rescue", "always"} and depth < 10:
            for each in value.sequence:
                yield from _included_roles(each, depth + 1)


def hosts_of_roles(sources: Sources) -> dict[str, frozenset[str]]:
    """Return the hosts that get a role, by its folder, what it needs included."""
    found: dict[str, set[str]] = {}
    for play in sources.once(plays):
        hosts = hosts_of(sources, play)
        for name, _, _ in roles_of(play.node):
            found.setdefault(role_folder(sources, name, play.file), set()).update(hosts)
    for folders in sources.once(roles).values():
        for folder in folders:
            for needed in _needs(sources, folder):
                found.setdefault(role_folder(sources, needed, folder), set()).update(found.get(folder, ()))
    return {folder: frozenset(hosts) for folder, hosts in found.items()}


def _needs(sources: Sources, folder: str) -> Iterator[str]:
    for ending in ("yml", "yaml"):
        path = f"{folder}/meta/main.{ending}"
        for document in sources.yaml(path).documents if sources.has(path) else ():
            for each in document.list("dependencies"):
                name = each.scalar or each.string("role") or each.string("name")
                if name:
                    yield name


def hosts_of(sources: Sources, play: Play) -> frozenset[str]:
    """Return the hosts of a play, by the inventories that know its pattern; the nearest first."""
    known = sources.once(inventories)
    folder = folder_of(play.file)
    near = [inventory for path, inventory in known.items() if not folder or path.startswith(folder + "/")]
    for group in (near, list(known.values())):
        found = {host for inventory in group for host in _members(inventory, play.pattern)}
        if found:
            return frozenset(found - {"localhost"})
    return frozenset()


def _members(inventory: Inventory, pattern: str) -> frozenset[str]:
    return inventory.members(pattern)
