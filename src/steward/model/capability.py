"""What a machine can carry: its size, its special hardware, and what it is there for."""

from __future__ import annotations

from enum import StrEnum

from steward.lib.record import record


class Role(StrEnum):
    """What a machine is there for, as far as it shows."""

    HYPERVISOR = "hypervisor"
    """It runs virtual machines or system containers."""
    STORAGE = "storage"
    """It keeps much data for others, or keeps it redundantly."""
    CONTAINER_HOST = "container host"
    """It runs containers of Docker or Podman."""
    ROUTER = "router"
    """It connects networks or hands out addresses."""
    WORKSTATION = "workstation"
    """Somebody sits in front of it."""
    SERVER = "server"
    """None of the others."""


@record
class Gpu:
    """A processor for graphics or learning that programs can use."""

    address: str
    """Place on the PCI bus: `0000:01:00.0`."""
    vendor: str
    """Maker, or its number where the name is not known: `NVIDIA`, `1234`."""
    id: str
    """Vendor and device number as PCI knows them: `10de:2504`."""
    driver: str
    """Driver of the kernel that holds it: `nvidia`, `amdgpu`, `i915`, `vfio-pci`; empty when none does."""
    is_usable: bool
    """Whether programs of this machine can use it now; one given to a guest is not."""


@record
class RoleShown:
    """A role and what shows it."""

    role: Role
    """The role."""
    why: str
    """What shows it, in a few words."""


@record
class Capabilities:
    """What a machine can carry, from the facts of its last look. None is what nobody could read."""

    memory_bytes: int | None
    """Memory the kernel manages."""
    processors: int | None
    """Processors that programs may use."""
    processor: str = ""
    """Model of the processor; empty when it does not tell."""
    architecture: str
    """Machine type as the kernel tells it: `x86_64`, `aarch64`; empty when not known."""
    storage_bytes: int | None
    """Size of all local filesystems and pools together."""
    free_storage_bytes: int | None
    """What is free of it."""
    gpus: tuple[Gpu, ...]
    """Processors for graphics and learning, by address."""
    roles: tuple[RoleShown, ...]
    """What it is there for, the most telling first; never empty once it was looked at."""
