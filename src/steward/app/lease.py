"""One control plane at a time on one data folder: a lock the kernel gives back when the process dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from steward.model.errors import Conflict


@contextmanager
def lease(path: Path, *, name: str) -> Generator[None, None, None]:
    """Hold the lease of one role (`control-plane`, or the name of a worker) for as long as the block runs.

    Raises:
        Conflict: another process holds it; its number is named.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(path / f"{name}.lease", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 20).decode(errors="replace").strip() or "unknown"
            raise Conflict(
                f"another Steward already runs here as {name}",
                where=str(path),
                why=f"process {holder}",
                next_step="use that one, or end it first",
            ) from None
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(file)
