"""Say on which machine something runs where other files, or only the name of a folder, say so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from steward.model.declared import Declaration, DeclaredMachine

_FOLDER = re.compile(r"^(?:.*/)?(?:hosts|machines)/(?P<name>[^/]+)/")
_ON_ONE_MACHINE = frozenset({"compose", "quadlet", "docker-run", "systemd"})
_SHARED = frozenset({"common", "shared", "all", "default", "base", "templates", "modules", "lib", "example"})


def placed(found: Declaration) -> Declaration:
    """Return the same with machines filled in.

    1. What a reader told of the folder itself holds, if it told one machine.
    2. A folder that has the name of a machine holds what runs there.
    3. So does a folder in `hosts` or `machines`, which is a machine then.
    """
    found = replace(found, machines=(*found.machines, *_of_folders(found)))
    told: dict[str, set[str]] = {}
    for placement in found.placements:
        told.setdefault(placement.folder, set()).add(placement.machine)
    by_name = {name: machine.name for machine in found.machines for name in _names(machine.name)}

    def machine_of(file: str) -> str | None:
        parts = file.split("/")
        for count in range(len(parts), 0, -1):
            machines = told.get("/".join(parts[:count]))
            if machines is not None:
                return next(iter(machines)) if len(machines) == 1 else None
        return next((by_name[part] for part in parts[:-1] if part in by_name), None)

    known: dict[str, str | None] = {}

    def cached(file: str) -> str | None:
        if file not in known:
            known[file] = machine_of(file)
        return known[file]

    return replace(
        found,
        services=tuple(each if each.machine else replace(each, machine=cached(each.file)) for each in found.services),
        ports=tuple(each if each.machine else replace(each, machine=cached(each.file)) for each in found.ports),
        volumes=tuple(each if each.machine else replace(each, machine=cached(each.file)) for each in found.volumes),
    )


def _of_folders(found: Declaration) -> Iterator[DeclaredMachine]:
    """Yield machines that only a folder names, at the first service that lies in it."""
    known = {name for machine in found.machines for name in _names(machine.name)}
    for service in sorted(found.services, key=lambda each: (each.file, each.line)):
        match = _FOLDER.match(service.file) if service.kind in _ON_ONE_MACHINE else None
        if match and match["name"] not in known | _SHARED:
            known.add(match["name"])
            yield DeclaredMachine(name=match["name"], kind="folder", address="", file=service.file, line=service.line)


def _names(name: str) -> tuple[str, ...]:
    """Return a name, and the first part of one with dots unless it is an address."""
    short = name.partition(".")[0]
    return (name,) if short.isdigit() or short == name else (name, short)
