"""Nix modules: what is enabled in the text, on which machine, with no evaluation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from steward.knowhow.declared.compose_values import short_mount
from steward.knowhow.declared.found import Found
from steward.knowhow.declared.images import pinned
from steward.knowhow.declared.mounts import holds_data
from steward.knowhow.declared.nix_machines import machines, machines_of_files
from steward.knowhow.declared.nix_text import Assignment, assignments
from steward.knowhow.declared.port_claims import claim_port
from steward.knowhow.declared.reader import Reader, Sources, folder_of, resolved
from steward.model.declared import Declaration

_CONTAINERS = {"oci-containers", "quadlet"}
_STARTS = {"script", "ExecStart", "execStart"}
_SECRETS = {"sops": "sops", "age": "age", "agenix": "age"}
_BACKUPS = {"restic": "backups", "borgbackup": "jobs", "borgmatic": "configurations", "duplicity": "", "kopia": ""}
_WHOLE = {"sanoid", "syncoid", "zrepl", "btrbk", "snapper", "duplicati", "urbackup", "borgmatic"}
_OWN = {"exporters", "servers", "instances", "jobs", "backups", "sites", "users"}
_UNIT_PARTS = {"serviceConfig", "wantedBy", "after", "name", "value", "script", "environment", "description", "enable"}
_TESTS = re.compile(r"(?:^|/)(?:pkgs|packages|overlays|tests?|checks|devshell|templates)/")
_UPSTREAM = re.compile(r"(?:https?|tcp|grpc)://([\w.\[\]:-]+)")


def claims(sources: Sources) -> Iterator[str]:
    """Yield every file of Nix."""
    return (path for path in sources.paths if path.endswith(".nix"))


def read(sources: Sources, path: str) -> Declaration:
    """Return what a file enables."""
    known = sources.once(machines_of_files).get(path, frozenset())
    machine = next(iter(known)) if len(known) == 1 else None
    found = Found(path, project=machine or path, machine=machine)
    for name, (file, line, kind) in sources.once(machines).items():
        if file == path:
            found.add_machine(name, kind, line)
    every = sources.of(path, assignments)
    enabled = {each.path[:-1] for each in every if each.path[-1] == "enable" and each.is_true}
    for each in every:
        _dead_imports(sources, each, found)
        is_option = each.path[-1] == "enable" and _is_option(each.path[:-1], enabled)
        if not _TESTS.search(path) and not is_option:
            _assignment(each, found)
    if not _TESTS.search(path):
        _containers(every, found)
        _units(every, found)
    return found.declaration()


def _is_option(path: tuple[str, ...], enabled: set[tuple[str, ...]]) -> bool:
    """Tell whether this is a part of something switched on in the same file, and no service of its own."""
    outer = next((count for count in range(1, len(path)) if path[:count] in enabled), None)
    return outer is not None and not _OWN & set(path[outer:])


def _assignment(each: Assignment, found: Found) -> None:
    path = each.path
    if "let" in path[:1] or "options" in path[:2]:
        return
    if path[-1] == "enable" and each.is_true:
        _enabled(each, found)
    elif path[-1] == "enable":
        return
    _secret(each, found)
    _backup(each, found)
    if path[-1] == "proxyPass" and (text := each.string) and (match := _UPSTREAM.search(text)):
        host = next((part for before, part in pairwise(path) if before == "virtualHosts"), "nginx")
        found.add_dependency(host, match[1], "proxy", each.line)


def _enabled(each: Assignment, found: Found) -> None:
    """Add a service that is switched on; what stands behind `systemd` is a unit and told apart."""
    path = each.path
    places = [place for place, part in enumerate(path[:-1]) if part == "services"]
    if not places or (places[-1] and path[places[-1] - 1] in {"systemd", "user"}):
        return
    names = path[places[0] + 1 : -1]
    if not names or "*" in names:
        return
    found.add_service(".".join(names), "nix", each.line)
    if names[0] in _WHOLE and found.machine:
        found.add_cover("*", names[0], each.line, scope=f"machine:{found.machine}")


def _secret(each: Assignment, found: Found) -> None:
    for place, part in enumerate(each.path[:-1]):
        following = each.path[place + 1]
        if part in _SECRETS and following in {"secrets", "templates"} and place + 2 < len(each.path):
            name = each.path[place + 2]
            if name != "*":
                found.add_secret(name, _SECRETS[part], each.line)
        if part == "generators" and "vars" in each.path[:place] and following != "*":
            found.add_secret(following, "clan", each.line)


def _backup(each: Assignment, found: Found) -> None:
    """Add paths that restic, borg and others back up."""
    if each.path[-1] in {"paths", "source_directories", "include"} and "services" in each.path:
        tool = next((part for part in each.path if part in _BACKUPS), None)
        scope = f"machine:{found.machine}" if found.machine else ""
        for text, line in each.strings() if tool else ():
            if text.startswith("/"):
                found.add_cover(text, tool or "", line, scope=scope)


def _containers(every: list[Assignment], found: Found) -> None:
    """Add containers of `virtualisation.oci-containers`, with what belongs to them."""
    images: dict[str, str] = {}
    for each in every:
        name, key = _container(each.path)
        if name and key == "image":
            image = each.string
            images[name] = image or ""
            found.add_service(name, "nix-container", each.line, image=image)
            if image:
                found.add_image(image, name, each.line, pinned=pinned(image) if "${" not in image else "unknown")
        elif name and key in {"ports", "publishPorts"}:
            _ports(each, name, found)
        elif name and key == "volumes":
            for text, line in each.strings():
                mount = short_mount(text)
                if mount.source:
                    is_data = holds_data(mount.source, is_read_only=mount.is_read_only)
                    found.add_volume(
                        mount.source, mount.kind, line, service=name, target=mount.target, holds_data=is_data
                    )
        elif name and key == "dependsOn":
            for text, line in each.strings():
                found.add_dependency(name, text, "depends-on", line)


def _container(path: tuple[str, ...]) -> tuple[str, str]:
    """Return name and attribute of a container, or empty texts."""
    for place, part in enumerate(path[:-3]):
        if part in _CONTAINERS and path[place + 1] == "containers":
            name = path[place + 2]
            return (name, path[-1]) if name != "*" else ("", "")
    return "", ""


def _ports(each: Assignment, name: str, found: Found) -> None:
    for text, line in each.strings():
        claim_port(found, text, service=name, line=line, kind="nix-container")


def _units(every: list[Assignment], found: Found) -> None:
    """Add units that are written here: those that say what to start."""
    lines: dict[str, int] = {}
    starting: set[str] = set()
    for each in every:
        for place, part in enumerate(each.path[:-1]):
            is_unit = part == "services" and place and each.path[place - 1] in {"systemd", "user"}
            name = each.path[place + 1]
            if is_unit and name not in {"*", *_UNIT_PARTS} and each.path[0] != "let":
                lines.setdefault(name, each.line)
                if each.path[-1] in _STARTS and len(each.path) > place + 2:
                    starting.add(name)
    for name in sorted(starting, key=lambda name: lines[name]):
        found.add_service(name, "systemd", lines[name])


def _dead_imports(sources: Sources, each: Assignment, found: Found) -> None:
    if each.path[-1] != "imports":
        return
    for text, line in each.paths():
        target = resolved(folder_of(found.file), text)
        if target is not None and not sources.exists(target):
            found.problem("dead-reference", f"it imports {text}, which is not there", line)


PLUGIN = Reader(name="nix", summary="Nix modules and flakes", claims=claims, read=read)
