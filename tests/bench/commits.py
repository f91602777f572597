"""Count commits exactly: every one leaves one marked frame in SQLite's write-ahead log, whoever made it."""

from __future__ import annotations

import struct
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite

_HEADER, _FRAME_HEADER = 32, 24


def start_counting(database: Path) -> None:
    """Empty the write-ahead log; what follows must fit into it before SQLite empties it by itself (1,000 pages)."""
    connection = sqlite.connect(str(database), timeout=30)
    try:
        is_busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    if is_busy:
        message = "the write-ahead log could not be emptied"
        raise RuntimeError(message)


def commits_since(database: Path) -> int:
    """Count the frames of the log that end a transaction."""
    log = database.with_name(database.name + "-wal").read_bytes()
    if len(log) < _HEADER:
        return 0
    page_size, salts = struct.unpack(">I", log[8:12])[0], log[16:24]
    count = 0
    for start in range(_HEADER, len(log) - _FRAME_HEADER - page_size + 1, _FRAME_HEADER + page_size):
        if log[start + 8 : start + 16] != salts:
            break
        count += struct.unpack(">I", log[start + 4 : start + 8])[0] != 0
    return count
