"""The id of a data folder: runs are kept under a worker's name and it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex


def installation_of(data: Path) -> str:
    """Return the id of this data folder, made once."""
    file, own = data / "installation", data / f"installation.{os.getpid()}"
    if not file.exists():
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        own.write_text(f"{token_hex(4)}\n")
        with suppress(FileExistsError):  # of two that start at once, one makes it
            os.link(own, file)
        own.unlink()
    return file.read_text().strip()
