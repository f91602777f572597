"""Where something could run: what each machine has, against what is needed."""

from __future__ import annotations

from steward.knowhow.capabilities import gpus_of, is_local
from steward.knowhow.facts.container_usage import PLUGIN as USAGE
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.hardware import PLUGIN as HARDWARE
from steward.knowhow.facts.memory import PLUGIN as MEMORY
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.lib.record import record
from steward.lib.text import plural, size
from steward.model.fact import Snapshot

NEEDS = (SYSTEM.name, MEMORY.name, FILESYSTEMS.name, USAGE.name, HARDWARE.name)
"""Facts that tell what machines have, and what services use."""
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "armv6l": "arm", "i686": "386"}
_RESERVE = 0.9
"""Share of what is free that may be promised: a machine filled to the brim is the next finding."""


@record
class Room:
    """What a machine has; None where nobody can tell."""

    architecture: str | None
    """`amd64`, `arm64`, `arm`."""
    processors: int | None
    """Processors."""
    memory_bytes: int | None
    """Memory that programs could still get."""
    storage_bytes: int | None
    """Free room of its roomiest filesystem."""
    has_gpu: bool | None
    """Whether it has a graphics processor to compute with."""


@record
class Wanted:
    """What something needs; zero and empty need nothing."""

    architecture: str = ""
    """Architecture."""
    processors: int = 0
    """Processors."""
    memory_bytes: int = 0
    """Memory."""
    storage_bytes: int = 0
    """Room on one filesystem."""
    needs_gpu: bool = False
    """Whether it needs a graphics processor."""


@record
class Fit:
    """Whether a machine has what is needed."""

    answer: str
    """`yes`, `no`, or `unknown` where something that is needed cannot be told."""
    reasons: tuple[str, ...]
    """Why: what is missing, else what cannot be told, else what it has."""


def architecture_of(kernel_name: str) -> str:
    """Return the name images use for what the kernel calls an architecture."""
    return _ARCHITECTURES.get(kernel_name, kernel_name)


def room_of(snapshot: Snapshot) -> Room:
    """Return what a machine has, from its facts."""
    system, memory, filesystems = snapshot.of(SYSTEM), snapshot.of(MEMORY), snapshot.of(FILESYSTEMS)
    there = filesystems.filesystems.values() if filesystems else ()
    writable = [one for one in there if is_local(one) and not one.is_read_only]
    hardware = snapshot.of(HARDWARE)
    return Room(
        architecture=architecture_of(system.architecture) if system else None,
        processors=system.processors if system else None,
        memory_bytes=memory.available_bytes if memory else None,
        storage_bytes=max((one.available_bytes for one in writable), default=None),
        has_gpu=any(gpu.is_usable for gpu in gpus_of(hardware)) if hardware else None,
    )


def fit_of(wanted: Wanted, room: Room) -> Fit:
    """Judge: one thing missing is no, one thing nobody can tell is unknown, else yes."""
    judged = _judged(wanted, room)
    for answer, told in (("no", False), ("unknown", None), ("yes", True)):
        reasons = tuple(reason for has, reason in judged if has is told)
        if reasons:
            return Fit(answer=answer, reasons=reasons)
    return Fit(answer="yes", reasons=("nothing is asked for",))


def _judged(wanted: Wanted, room: Room) -> list[tuple[bool | None, str]]:
    """Return for each thing that is needed whether it is there (None: nobody can tell), and that in words."""
    found: list[tuple[bool | None, str]] = []
    if wanted.architecture:
        has = None if room.architecture is None else room.architecture == wanted.architecture
        found.append((has, f"it is {room.architecture}" if room.architecture else "its architecture is not known"))
    if wanted.processors:
        has = None if room.processors is None else room.processors >= wanted.processors
        found.append((has, plural(room.processors, "processor") if room.processors else "processors are not known"))
    for need, there, what in (
        (wanted.memory_bytes, room.memory_bytes, "memory"),
        (wanted.storage_bytes, room.storage_bytes, "room on its roomiest filesystem"),
    ):
        if need:
            has = None if there is None else there * _RESERVE >= need
            told = f"{size(there)} {what} free" if there is not None else f"its {what} is not known"
            found.append((has, told))
    if wanted.needs_gpu:
        told = {True: "it has a GPU", False: "it has no GPU", None: "whether it has a GPU is not known"}
        found.append((room.has_gpu, told[room.has_gpu]))
    return found
