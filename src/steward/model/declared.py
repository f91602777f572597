"""What a repository declares: machines, services and what belongs to them, each with the file and line that says so.

A `Declaration` is what one reader found in one file or project; put together, those of all readers are what
`steward import` tells. Values of secrets never get in here: only names, files and lines.
"""

from __future__ import annotations

from enum import StrEnum

from steward.lib.record import record


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    """It does not work as written, or it gives a secret away."""
    WARNING = "warning"
    """It works until something happens."""
    NOTE = "note"
    """Good to know; it may well be meant so."""


@record
class DeclaredMachine:
    """A machine, guest or node that a file names."""

    name: str
    """Name."""
    kind: str
    """How it is declared: `ansible`, `nixos`, `proxmox-vm` and so on."""
    address: str
    """Address to reach it, or an empty text."""
    file: str
    """File, relative to the folder that was read."""
    line: int
    """Line, from 1."""


@record
class DeclaredService:
    """Something that runs, by its declaration."""

    name: str
    """Name within its file or project."""
    kind: str
    """How it is declared: `compose`, `helm-release`, `nix` and so on."""
    file: str
    """File."""
    line: int
    """Line."""
    machine: str | None = None
    """Machine it runs on, where the files say so; None otherwise, and for several."""
    image: str | None = None
    """Image of its first container, variables filled in where their value is known."""
    project: str = ""
    """What is started together with it: the file of a compose project, the folder of a release."""


@record
class DeclaredImage:
    """An image a service runs or is built from."""

    image: str
    """Reference."""
    service: str
    """Service that uses it."""
    pinned: str
    """`digest`, `tag`, `latest`, `none`, or `unknown` where a variable decides."""
    file: str
    """File."""
    line: int
    """Line."""


@record
class PortClaim:
    """A port of the machine that a service wants for itself."""

    port: int
    """Port, or the first of a range."""
    last_port: int
    """The same, or the last of a range."""
    service: str
    """Service."""
    line: int
    """Line."""
    file: str = ""
    """File."""
    protocol: str = "tcp"
    """`tcp`, `udp` or `sctp`."""
    address: str = ""
    """Address it is bound to; empty means all."""
    machine: str | None = None
    """Machine, where known."""
    project: str = ""
    """Project of the service."""
    profiles: tuple[str, ...] = ()
    """Profiles that start the service; empty means it always runs."""
    kind: str = ""
    """Kind of the service."""


@record
class DeclaredVolume:
    """A place where a service keeps something."""

    name: str
    """Name of the volume or claim, or the path on the machine."""
    kind: str
    """`named`, `bind`, `claim`, `nfs` or `template`."""
    target: str
    """Path in the container, or an empty text."""
    service: str
    """Service that uses it, or an empty text."""
    file: str
    """File."""
    line: int
    """Line."""
    project: str = ""
    """Project of the service."""
    machine: str | None = None
    """Machine, where known."""
    holds_data: bool = True
    """False for what needs no backup: sockets, devices, read-only mounts, files of the repository itself."""


@record
class SecretReference:
    """A secret that is used or kept; its name, never its value."""

    name: str
    """Name."""
    kind: str
    """`variable`, `compose-secret`, `kubernetes-secret`, `external-secret`, `sops` and so on."""
    file: str
    """File."""
    line: int
    """Line."""
    service: str = ""
    """Service that uses it, or an empty text."""
    is_encrypted: bool = False
    """Whether the value stands in this file and is encrypted."""


@record
class DeclaredDependency:
    """A service that needs another thing."""

    service: str
    """Who needs."""
    on: str
    """What is needed."""
    kind: str
    """`depends-on`, `network`, `environment`, `proxy`, `flux` and so on."""
    file: str
    """File."""
    line: int
    """Line."""


@record
class BackupCover:
    """What a backup of this repository includes."""

    what: str
    """Name of a volume or claim, a path, or `*` for everything within the scope."""
    by: str
    """Tool or service that does it."""
    scope: str
    """`project:...`, `namespace:...`, `machine:...`, or an empty text for the whole repository."""
    file: str
    """File."""
    line: int
    """Line."""


@record
class Placement:
    """A folder whose services run on one machine."""

    folder: str
    """Folder, or a file."""
    machine: str
    """Machine."""


@record
class DeclaredProblem:
    """Something wrong with what is declared."""

    kind: str
    """Kind; `knowhow.declared.problems` lists them."""
    message: str
    """What is wrong, for a person."""
    file: str
    """File."""
    line: int
    """Line."""
    severity: Severity
    """How much it matters."""


@record
class Unreadable:
    """A place that could not be read; everything else was."""

    file: str
    """File."""
    line: int
    """Line, 1 where the whole file is meant."""
    reason: str
    """Why."""


@record
class Declaration:
    """Everything one reader found."""

    machines: tuple[DeclaredMachine, ...] = ()
    """Machines."""
    services: tuple[DeclaredService, ...] = ()
    """Services."""
    images: tuple[DeclaredImage, ...] = ()
    """Images."""
    ports: tuple[PortClaim, ...] = ()
    """Ports of machines."""
    volumes: tuple[DeclaredVolume, ...] = ()
    """Volumes."""
    secrets: tuple[SecretReference, ...] = ()
    """Secrets that are referenced."""
    dependencies: tuple[DeclaredDependency, ...] = ()
    """Dependencies."""
    covers: tuple[BackupCover, ...] = ()
    """What is backed up."""
    placements: tuple[Placement, ...] = ()
    """What runs where."""
    problems: tuple[DeclaredProblem, ...] = ()
    """Problems."""
    unreadable: tuple[Unreadable, ...] = ()
    """Places that could not be read."""
