"""Collect what a reader finds in one file, so that file and defaults are written once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from steward.knowhow.declared.problems import PROBLEMS
from steward.lib.text import visible_line
from steward.model.declared import (
    BackupCover,
    Declaration,
    DeclaredDependency,
    DeclaredImage,
    DeclaredMachine,
    DeclaredProblem,
    DeclaredService,
    DeclaredVolume,
    Placement,
    PortClaim,
    SecretReference,
    Severity,
)

_LONGEST = 300


class Found:
    """What was found so far in one file; `declaration` gives it back."""

    def __init__(self, file: str, *, project: str = "", machine: str | None = None) -> None:
        """`project` and `machine` hold for everything that is added."""
        self.file = file
        self.project = project or file
        self.machine = machine
        self.machines: list[DeclaredMachine] = []
        self.services: list[DeclaredService] = []
        self.images: list[DeclaredImage] = []
        self.ports: list[PortClaim] = []
        self.volumes: list[DeclaredVolume] = []
        self.secrets: list[SecretReference] = []
        self.dependencies: list[DeclaredDependency] = []
        self.covers: list[BackupCover] = []
        self.placements: list[Placement] = []
        self.problems: list[DeclaredProblem] = []
        self._told: set[str] = set()

    def is_first(self, what: str) -> bool:
        """Tell whether this is asked for the first time: what is missing for five services is missing once."""
        is_new = what not in self._told
        self._told.add(what)
        return is_new

    def add_machine(self, name: str, kind: str, line: int, *, address: str = "") -> None:
        """Add a machine."""
        self.machines.append(DeclaredMachine(name=name, kind=kind, address=address, file=self.file, line=line))

    def add_service(
        self, name: str, kind: str, line: int, *, image: str | None = None, machine: str | None = None
    ) -> None:
        """Add a service; `machine` where this one says so itself."""
        self.services.append(
            DeclaredService(
                name=name,
                kind=kind,
                file=self.file,
                line=line,
                machine=machine or self.machine,
                image=image,
                project=self.project,
            )
        )

    def add_image(self, image: str, service: str, line: int, *, pinned: str, what: str = "") -> None:
        """Add an image, and a problem when it can change by itself."""
        self.images.append(DeclaredImage(image=image, service=service, pinned=pinned, file=self.file, line=line))
        if pinned in {"latest", "none"}:
            why = "has no tag, which means latest" if pinned == "none" else "has a tag that moves"
            self.problem("unpinned-image", f"{what or service}: the image {image} {why}", line)

    def add_port(self, claim: PortClaim) -> None:
        """Add a port, or a range of them, of a machine; place and project are filled in."""
        machine = claim.machine or self.machine
        self.ports.append(replace(claim, file=self.file, machine=machine, project=self.project))

    def add_volume(
        self, name: str, kind: str, line: int, *, service: str = "", target: str = "", holds_data: bool = True
    ) -> None:
        """Add a volume."""
        self.volumes.append(
            DeclaredVolume(
                name=name,
                kind=kind,
                target=target,
                service=service,
                file=self.file,
                line=line,
                project=self.project,
                machine=self.machine,
                holds_data=holds_data,
            )
        )

    def add_secret(self, name: str, kind: str, line: int, *, service: str = "", is_encrypted: bool = False) -> None:
        """Add a reference to a secret; one of a kind, service and name is enough."""
        secret = SecretReference(
            name=name, kind=kind, file=self.file, line=line, service=service, is_encrypted=is_encrypted
        )
        if self.is_first(f"secret {name} {kind} {service}"):
            self.secrets.append(secret)

    def add_dependency(self, service: str, on: str, kind: str, line: int) -> None:
        """Add a dependency; one of a pair and kind is enough."""
        found = DeclaredDependency(service=service, on=on, kind=kind, file=self.file, line=line)
        if self.is_first(f"dependency {service} {on} {kind}"):
            self.dependencies.append(found)

    def add_cover(self, what: str, by: str, line: int, *, scope: str = "") -> None:
        """Add what a backup includes."""
        self.covers.append(BackupCover(what=what, by=by, scope=scope, file=self.file, line=line))

    def add_placement(self, folder: str, machine: str) -> None:
        """Say that what a folder declares runs on a machine."""
        self.placements.append(Placement(folder=folder, machine=machine))

    def problem(self, kind: str, message: str, line: int, *, severity: Severity | None = None) -> None:
        """Add a problem; its kind says how much it matters unless told."""
        shown = visible_line(message)
        self.problems.append(
            DeclaredProblem(
                kind=kind,
                message=shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…",
                file=self.file,
                line=line,
                severity=severity or PROBLEMS[kind].severity,
            )
        )

    def declaration(self) -> Declaration:
        """Return everything that was added."""
        return Declaration(
            machines=tuple(self.machines),
            services=tuple(self.services),
            images=tuple(self.images),
            ports=tuple(self.ports),
            volumes=tuple(self.volumes),
            secrets=tuple(self.secrets),
            dependencies=tuple(self.dependencies),
            covers=tuple(self.covers),
            placements=tuple(self.placements),
            problems=tuple(self.problems),
        )


class FoundInFiles:
    """What was found in the several files of one project."""

    def __init__(self, *, project: str, machine: str | None = None) -> None:
        """`project` and `machine` hold for every file."""
        self._project = project
        self._machine = machine
        self._by_file: dict[str, Found] = {}

    def at(self, file: str) -> Found:
        """Return what collects for a file."""
        if file not in self._by_file:
            self._by_file[file] = Found(file, project=self._project, machine=self._machine)
        return self._by_file[file]

    def declaration(self) -> Declaration:
        """Return everything that was added to any file."""
        return together(found.declaration() for found in self._by_file.values())


def together(declarations: Iterable[Declaration]) -> Declaration:
    """Put declarations together, in their order."""
    parts = list(declarations)
    return Declaration(
        machines=tuple(each for part in parts for each in part.machines),
        services=tuple(each for part in parts for each in part.services),
        images=tuple(each for part in parts for each in part.images),
        ports=tuple(each for part in parts for each in part.ports),
        volumes=tuple(each for part in parts for each in part.volumes),
        secrets=tuple(each for part in parts for each in part.secrets),
        dependencies=tuple(each for part in parts for each in part.dependencies),
        covers=tuple(each for part in parts for each in part.covers),
        placements=tuple(each for part in parts for each in part.placements),
        problems=tuple(each for part in parts for each in part.problems),
        unreadable=tuple(each for part in parts for each in part.unreadable),
    )
