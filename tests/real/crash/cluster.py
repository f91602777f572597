"""A private PostgreSQL server for the matrix."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.databases import Server


@contextmanager
def cluster(*, is_wanted: bool, is_durable: bool = False) -> Iterator[Server | None]:
    """Run a server of our own while the block lasts; a durable one waits for its disk, which only a figure needs."""
    if not is_wanted:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    server = Server(folder, is_durable=is_durable)
    try:
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
