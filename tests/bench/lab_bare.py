"""The anchors of the large lab: what a program with nothing but SQLite and JSON needs for the same bytes and rows."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite

_OPEN = "SELECT * FROM findings WHERE closed IS NULL ORDER BY since, id"
_DAY = timedelta(hours=24)


def parse_and_keep(outputs: Sequence[str], file: Path) -> float:
    """Parse each machine's outputs as JSON and put their bytes on disk, one commit a machine; return the seconds."""
    connection = sqlite.connect(file)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS facts (machine INTEGER PRIMARY KEY, body TEXT)")
    connection.commit()
    began = time.perf_counter()
    for number, text in enumerate(outputs):
        json.loads(text)
        connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (number, text))
        connection.commit()
    took = time.perf_counter() - began
    connection.close()
    return took


def read(file: Path, name: str, given: dict[str, Any], now: datetime) -> float:
    """Read the rows that a command answers from, each with its JSON; return the seconds."""
    began = time.perf_counter()
    connection = sqlite.connect(file)
    if name == "changed":
        days = int(str(given.get("since", "1d")).removesuffix("d"))
        query = "SELECT * FROM differences WHERE at >= ? ORDER BY at DESC, seq DESC LIMIT 1000"
        _parsed(connection, query, _moment(now - timedelta(days=days)))
    elif name == "why":
        for row in _parsed(connection, _OPEN):
            query = "SELECT * FROM differences WHERE machine = ? AND at >= ? ORDER BY at DESC, seq DESC LIMIT 20"
            _parsed(connection, query, row["machine"], _moment(now - _DAY))
        connection.execute("SELECT machine, unread FROM facts").fetchall()
    elif name == "status":
        _parsed(connection, _OPEN)
        connection.execute("SELECT machine, at FROM facts").fetchall()
    elif name == "machines.ls":
        connection.execute("SELECT machine, at, unread FROM facts").fetchall()
    else:
        _parsed(connection, "SELECT machine, body FROM facts")
    took = time.perf_counter() - began
    connection.close()
    return took


def _parsed(connection: sqlite.Connection, query: str, *values: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query, values)
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return [{**row, "body": json.loads(row["body"])} for row in rows]


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")
