"""Anything that can be looked at or changed."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from steward.lib.record import record
from steward.model.ids import MachineId, ResourceId, derived
from steward.model.taint import DataClass


class ResourceKind(StrEnum):
    """What kind of thing a resource is."""

    MACHINE = "machine"
    FILESYSTEM = "filesystem"
    MEMORY = "memory"
    UNIT = "unit"
    JOURNAL = "journal"
    CONTAINER = "container"
    PACKAGES = "packages"
    KERNEL = "kernel"
    DISK = "disk"
    DEVICE = "device"
    POOL = "pool"
    ARRAY = "array"
    VOLUME = "volume"
    PROCESS = "process"
    TIMER = "timer"
    PORT = "port"
    SERVICE = "service"
    CERTIFICATE = "certificate"
    NETWORK = "network"
    NAME = "name"
    CLOCK = "clock"
    SENSOR = "sensor"
    UPS = "ups"
    BACKUP = "backup"
    ACCOUNT = "account"
    FILE = "file"
    IMAGE = "image"
    GUEST = "guest"


class Owner(StrEnum):
    """Where the truth about a resource lives; a plan never fights its owner."""

    GIT = "git"
    FLUX = "flux"
    HAND = "hand"
    STEWARD = "steward"


@record
class Resource:
    """A thing with an immutable opaque id and a name that people may change."""

    id: ResourceId
    """Immutable opaque id; fingerprints use it."""
    kind: ResourceKind
    """What kind of thing it is."""
    name: str
    """Name people see, for example `nginx.service`."""
    machine: MachineId
    """Machine it lives on; for a machine its own id."""
    owner: Owner = Owner.HAND
    """Where the truth about it lives."""
    data_class: DataClass = DataClass.INTERNAL
    """Who may see its content."""


def resource_on(machine: MachineId, kind: ResourceKind, name: str) -> Resource:
    """Return the resource of this kind and name on a machine; the same place always has the same id."""
    identity = derived("res", machine, kind.value, name)
    return Resource(id=ResourceId(identity), kind=kind, name=name, machine=machine)


def resource_owned(machine: MachineId, kind: ResourceKind, name: str, owner: Owner) -> Resource:
    """Return the same for a resource whose truth is known to lie elsewhere than on the machine."""
    return replace(resource_on(machine, kind, name), owner=owner)
