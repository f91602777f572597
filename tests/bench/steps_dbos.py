"""The bare engine's side of durable steps: workflows of steps that do nothing, on the store Steward would use.

The library, its settings and the way it opens the database are those of `core/jobs.py`. A line is `RUNS STEPS`: so
many workflows at once, each of so many steps one after another, and is answered with the seconds they took.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from dbos import DBOS

from steward.store.database import Database


@DBOS.step(name="nothing")
async def nothing(number: int) -> str:
    """Do nothing."""
    return f"ok:{number}"


@DBOS.workflow(name="run")
async def run(step_count: int) -> str:
    """Do one step after another."""
    for number in range(step_count):
        await nothing(number)
    return "ended"


async def carry_out(run_count: int, step_count: int) -> float:
    """Start workflows and return how long it takes until all have ended."""
    started = time.perf_counter()
    handles = [await DBOS.start_workflow_async(run, step_count) for _ in range(run_count)]
    await asyncio.gather(*(handle.get_result(polling_interval_sec=0.01) for handle in handles))
    return time.perf_counter() - started


async def main(folder: Path, database: str) -> None:
    """Answer one measurement for each line."""
    file = folder / "anchor.db"
    opened = Database(database or f"sqlite:///{file}")
    url, engine_options = opened.dialect.for_durable_work()
    DBOS(
        config={
            "name": "anchor",
            "system_database_url": url,
            "application_version": "1",
            "executor_id": "anchor-1",
            "notification_listener_polling_interval_sec": 1.0,
            "scheduler_polling_interval_sec": 3600,
            "log_level": "WARNING",
            "db_engine_kwargs": engine_options,
        }
    )
    DBOS.listen_queues([])
    DBOS.launch()
    await carry_out(1, 5)
    print(json.dumps({"database": "" if database else str(file)}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        run_count, step_count = (int(word) for word in line.split())
        print(json.dumps(await carry_out(run_count, step_count)), flush=True)
    await asyncio.to_thread(DBOS.destroy)
    opened.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        asyncio.run(main(Path(place), sys.argv[1] if len(sys.argv) > 1 else ""))
