"""Quadlets of Podman and units of systemd."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.knowhow.declared.backup_tools import tool_of
from steward.knowhow.declared.compose_values import short_mount
from steward.knowhow.declared.found import Found
from steward.knowhow.declared.images import pinned
from steward.knowhow.declared.mounts import holds_data, is_runtime_socket
from steward.knowhow.declared.port_claims import claim_port
from steward.knowhow.declared.reader import Reader, Sources, folder_of, is_known, name_of
from steward.lib.detect.names import Weight, judge
from steward.model.declared import Declaration

_QUADLETS = (".container", ".pod", ".kube")
_SECTION = re.compile(r"\[(?P<name>[\w-]+)\]\s*$")
_LINE = re.compile(r"(?P<key>[A-Za-z][\w-]*)\s*=\s*(?P<value>.*)$")
_LONGEST_LINE = 20_000
_EXPANDED = {"%h": "~", "%%": "%", "%t": "/run", "%S": "/var/lib", "%E": "/etc"}


class Unit:
    """A file of sections with settings, each with its line; a setting may be given many times."""

    def __init__(self, text: str) -> None:
        self.sections: dict[str, list[tuple[str, str, int]]] = {}
        section, held, start = "", "", 0
        for number, line in enumerate(text.split("\n"), start=1):
            plain = line.strip()
            if plain.startswith(("#", ";")):
                continue
            if len(held) > _LONGEST_LINE:
                held = ""
            if held:
                plain, number = held + plain, start  # noqa: PLW2901 - the line goes on
            if plain.endswith("\\"):
                held, start = plain[:-1] + " ", number
                continue
            held = ""
            if match := _SECTION.match(plain):
                section = match["name"]
                self.sections.setdefault(section, [])
            elif match := _LINE.match(plain):
                self.sections.setdefault(section, []).append((match["key"], match["value"].strip(), number))

    def all(self, section: str, *keys: str) -> list[tuple[str, int]]:
        """Return every value of these settings, with its line."""
        return [(value, line) for key, value, line in self.sections.get(section, []) if key in keys and value]

    def last(self, section: str, key: str) -> str:
        """Return the last value of a setting, or an empty text."""
        found = self.all(section, key)
        return found[-1][0] if found else ""


def claims(sources: Sources) -> Iterator[str]:
    """Yield quadlets and services of systemd."""
    for path in sources.paths:
        plain = path.removesuffix(".j2")
        if plain.endswith((*_QUADLETS, ".service")):
            unit = Unit(sources.text(path) or "")
            if {"Container", "Pod", "Kube", "Service"} & set(unit.sections):
                yield path


def read(sources: Sources, path: str) -> Declaration:
    """Return what a unit starts."""
    found = Found(path, project=folder_of(path) or path)
    unit = Unit(sources.text(path) or "")
    stem = name_of(path.removesuffix(".j2")).rpartition(".")[0]
    if "Container" in unit.sections:
        _container(unit, stem, found)
    elif "Pod" in unit.sections:
        _ports(unit, "Pod", stem, found)
    elif "Kube" in unit.sections:
        found.add_service(stem, "quadlet", 1)
        _ports(unit, "Kube", stem, found)
    else:
        _service(unit, stem, found)
    return found.declaration()


def _container(unit: Unit, stem: str, found: Found) -> None:
    name = unit.last("Container", "ContainerName") or stem
    name = name if is_known(name) and "%" not in name else stem
    images = unit.all("Container", "Image")
    image = images[-1][0] if images else None
    is_local = image is not None and image.endswith((".image", ".build"))
    line = images[-1][1] if images else 1
    found.add_service(name, "quadlet", line, image=None if is_local else image)
    if image and not is_local:
        found.add_image(image, name, line, pinned=pinned(image))
    _ports(unit, "Container", name, found)
    _volumes(unit, name, image, found)
    _needs(unit, name, found)
    if not unit.last("Service", "Restart"):
        found.problem("no-restart-policy", f"{name} has no restart policy", line)
    if not unit.last("Container", "HealthCmd"):
        found.problem("no-healthcheck", f"{name} has no health check", line)
    for value, at in unit.all("Container", "Network"):
        if value == "host":
            found.problem("host-network", f"{name} shares the network of its machine", at)
    for value, at in unit.all("Container", "PodmanArgs"):
        if "--privileged" in value:
            found.problem("privileged", f"{name} is privileged", at)


def _ports(unit: Unit, section: str, name: str, found: Found) -> None:
    for value, line in unit.all(section, "PublishPort"):
        claim_port(found, value, service=name, line=line, kind="quadlet")


def _volumes(unit: Unit, name: str, image: str | None, found: Found) -> None:
    by = tool_of(image)
    for value, line in unit.all("Container", "Volume"):
        mount = short_mount(_expanded(value))
        if not mount.source:
            continue
        source = mount.source.removesuffix(".volume")
        is_data = holds_data(source, is_read_only=mount.is_read_only)
        found.add_volume(source, mount.kind, line, service=name, target=mount.target, holds_data=is_data)
        if is_runtime_socket(source):
            found.problem("docker-socket", f"{name} can use {source}", line)
        if by:
            found.add_cover(source, by, line)


def _expanded(value: str) -> str:
    for short, long in _EXPANDED.items():
        value = value.replace(short, long)
    return value


def _needs(unit: Unit, name: str, found: Found) -> None:
    for value, line in unit.all("Unit", "Requires", "After", "Wants", "BindsTo"):
        for other in value.split():
            plain, _, kind = other.rpartition(".")
            if kind in {"service", "container"} and "@" not in plain:
                found.add_dependency(name, plain, "unit", line)
    for value, line in unit.all("Container", "Secret"):
        found.add_secret(value.partition(",")[0], "podman-secret", line, service=name)
    for value, line in unit.all("Container", "Environment"):
        for pair in value.split():
            named = judge(pair.partition("=")[0].strip('"'))
            if named is not None and named.weight >= Weight.LIKELY:
                found.add_secret(pair.partition("=")[0].strip('"'), "environment", line, service=name)


def _service(unit: Unit, stem: str, found: Found) -> None:
    starts = unit.all("Service", "ExecStart")
    if not starts:
        return
    command, line = starts[-1]
    found.add_service(stem.removesuffix("@"), "systemd", line)
    one_shot = unit.last("Service", "Type") == "oneshot"
    if not one_shot and not unit.last("Service", "Restart"):
        found.problem("no-restart-policy", f"{stem} has no restart policy", line)
    for value, at in unit.all("Unit", "Requires", "BindsTo"):
        for other in value.split():
            plain, _, kind = other.rpartition(".")
            if kind == "service" and "@" not in plain:
                found.add_dependency(stem, plain, "unit", at)
    for _value, at in unit.all("Service", "LoadCredential", "LoadCredentialEncrypted"):
        found.add_secret(_value.partition(":")[0], "credential", at, service=stem)
    if by := tool_of(command.split()[0] if command.split() else ""):
        for word in command.split()[1:]:
            if word.startswith("/"):
                found.add_cover(word, by, line)


PLUGIN = Reader(name="units", summary="Quadlets of Podman and services of systemd", claims=claims, read=read)
