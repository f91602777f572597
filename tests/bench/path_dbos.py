"""The anchor of the path: a bare workflow of one durable step that runs `true`, then so many FULL commits.

The same library, the same SQLite, the same file system as Steward's side. Reads a number of commits per line.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
import uuid
from pathlib import Path

from dbos import DBOS, SetWorkflowID
from pysqlite3 import dbapi2 as sqlite

from tests.bench.commits import commits_since, start_counting


@DBOS.step(name="act")
async def act() -> str:
    """Run `true`."""
    process = await asyncio.create_subprocess_exec("/bin/true")
    return "ok" if await process.wait() == 0 else "failed"


@DBOS.workflow(name="run")
async def run() -> str:
    """Do one step."""
    return await act()


def _open(database: Path) -> sqlite.Connection:
    connection = sqlite.connect(str(database), isolation_level=None, timeout=30)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)")
    return connection


def _commit(connection: sqlite.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO rows (text) VALUES (?)", ("x" * 300,))
    connection.execute("COMMIT")


async def _one() -> None:
    with SetWorkflowID(str(uuid.uuid4())):
        handle = await DBOS.start_workflow_async(run)
    await handle.get_result()


async def main(folder: Path) -> None:
    """Answer one measurement for each line."""
    database = folder / "anchor.db"
    connection = _open(database)
    DBOS(
        config={
            "name": "anchor",
            "system_database_url": f"sqlite:///{database}",
            "application_version": "1",
            "executor_id": "anchor-1",
            "notification_listener_polling_interval_sec": 1.0,
            "scheduler_polling_interval_sec": 3600,
            "log_level": "WARNING",
            "db_engine_kwargs": {"module": sqlite},
        }
    )
    DBOS.listen_queues([])
    DBOS.launch()
    for _ in range(3):
        await _one()
    start_counting(database)
    await _one()
    print(json.dumps({"commits": commits_since(database)}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        started = time.perf_counter()
        await _one()
        bare = time.perf_counter() - started
        for _ in range(int(line)):
            _commit(connection)
        print(json.dumps({"bare": bare, "whole": time.perf_counter() - started}), flush=True)
    DBOS.destroy()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        asyncio.run(main(Path(place)))
