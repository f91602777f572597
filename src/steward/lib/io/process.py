"""What this process costs, as Linux counts it."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What a process costs."""

    memory_bytes: int | None
    """Resident memory; None where it cannot be told."""
    cpu_seconds: float
    """Processor time since it began, without that of other processes it started."""
    open_files: int | None
    """Open file descriptors; None where they cannot be told."""


def costs() -> Costs:
    """Return what this process costs now."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        files = len(os.listdir("/proc/self/fd")) - 1  # noqa: PTH208 - only how many; one is this listing
    except OSError:  # not Linux, or a sandbox without /proc
        return Costs(memory_bytes=None, cpu_seconds=used.ru_utime + used.ru_stime, open_files=None)
    memory = pages * os.sysconf("SC_PAGE_SIZE")
    return Costs(memory_bytes=memory, cpu_seconds=used.ru_utime + used.ru_stime, open_files=files)
