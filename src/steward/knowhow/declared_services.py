"""Which running service a declared one is: by the file that started it, by its project, else by its name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from steward.knowhow.container_services import container_services
from steward.knowhow.declared.reader import is_known
from steward.knowhow.facts.container_settings import Compose
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.facts.units import Unit
from steward.knowhow.thing_ids import service_id
from steward.model.declared import DeclaredService
from steward.model.machine import Machine
from steward.model.registered import RegisteredRepository
from steward.model.relation import Lab
from steward.model.resource import Owner

COMPOSE = "compose"
_IN_CLUSTERS = frozenset({
    "helm-release", "helm-chart", "argo-application", "deployment", "statefulset", "daemonset", "cronjob", "job", "pod",
    "replicaset", "nomad",
})  # fmt: skip
"""Kinds that a cluster runs: no machine's facts show them by these names."""
_NOT_IN_PROJECTS = re.compile(r"[^a-z0-9_-]")
_RUNNING_STATES = frozenset({"active", "activating", "failed", "reloading"})


@dataclass(frozen=True, kw_only=True)
class Running:
    """One service that some machine shows."""

    id: str
    """Id in the graph."""
    machine: str
    """Name of the machine."""
    names: frozenset[str]
    """Its name, its containers, its unit without `.service`."""
    compose: Compose | None
    """What Compose wrote on its containers, or None."""
    unit: Unit | None = None
    """The unit it is, or None for containers."""
    at: datetime | None = None
    """When it was seen (UTC)."""


def running_services(lab: Lab, names: Collection[str]) -> tuple[Running, ...]:
    """Return what runs on all machines: containers, and units of these names that are not off."""
    found: list[Running] = []
    for snapshot in lab.snapshots():
        machine, units = snapshot.machine.name, snapshot.of(UNITS)
        told: set[str] = set()
        for name, members in container_services(snapshot).items():
            settings = next((member.settings for member in members if member.settings), None)
            names = frozenset({name, *(member.key for member in members)})
            compose = settings.compose if settings else None
            found.append(Running(id=service_id(machine, name), machine=machine, names=names, compose=compose))
            told |= {name}
        for unit in units.units.values() if units else ():
            stem = unit.name.removesuffix(".service")
            is_wanted = stem in names or any(alias.removesuffix(".service") in names for alias in unit.aliases)
            if is_wanted and stem != unit.name and unit.active_state in _RUNNING_STATES and stem not in told:
                found.append(_of_unit(machine, stem, unit, snapshot.read_at(UNITS.name)))
    return tuple(found)


def _of_unit(machine: str, stem: str, unit: Unit, at: datetime) -> Running:
    names = frozenset({stem, *(alias.removesuffix(".service") for alias in unit.aliases)})
    return Running(id=service_id(machine, stem), machine=machine, names=names, compose=None, unit=unit, at=at)


def machine_of(one: DeclaredService, repository: RegisteredRepository, find: Callable[[str], Machine | None]) -> str:
    """Return the machine a service is declared for, by the inventory's name where it has one; empty for none told."""
    told = one.machine or repository.machine
    machine = find(told) if told else None
    return machine.name if machine else told


def matches(
    one: DeclaredService, repository: RegisteredRepository, machine: str, running: Sequence[Running]
) -> tuple[Running, ...]:
    """Return what runs and is this; several where several machines run the same."""
    if one.kind in _IN_CLUSTERS:
        return ()
    here = [each for each in running if machine in {"", each.machine}]
    if one.kind == COMPOSE:
        made = [each for each in here if each.compose and each.compose.service == one.name]
        file = one.project or one.file
        for is_it in (_has_file, _has_tail, _has_project):
            if found := tuple(each for each in made if each.compose and is_it(each.compose, repository.path, file)):
                return found
        here = [each for each in here if each.compose is None]
    return tuple(each for each in here if one.name in each.names)


def _has_file(compose: Compose, root: str, file: str) -> bool:
    return f"{root.rstrip('/')}/{file}" in compose.files


def _has_tail(compose: Compose, _root: str, file: str) -> bool:
    """Tell whether file and folder have the same names: the repository may be checked out elsewhere."""
    tail = "/".join(file.split("/")[-2:])
    return "/" in tail and any(each.endswith(f"/{tail}") for each in compose.files)


def _has_project(compose: Compose, root: str, file: str) -> bool:
    return compose.project == project_of(file, root)


def project_of(file: str, root: str) -> str:
    """Return the name Compose gives a project: that of its folder."""
    folder = posixpath.basename(posixpath.dirname(file)) or posixpath.basename(root.rstrip("/"))
    return _NOT_IN_PROJECTS.sub("", folder.lower())


def declared_name(one: DeclaredService, repository: RegisteredRepository) -> str:
    """Return the name a service would have if it ran."""
    if one.kind != COMPOSE:
        return one.name
    project = project_of(one.project or one.file, repository.path)
    return one.name if project in {one.name, ""} else f"{project}/{one.name}"


def is_named(one: DeclaredService) -> bool:
    """Tell whether a name is one, and not a template that only a run fills in."""
    return bool(one.name) and is_known(one.name)


def owner_of(one: DeclaredService, *, has_flux: bool) -> Owner:
    """Return who holds the truth: Flux for what runs in a cluster where the repository uses it, else git."""
    return Owner.FLUX if has_flux and one.kind in _IN_CLUSTERS and one.kind != "nomad" else Owner.GIT
