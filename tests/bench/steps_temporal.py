"""Temporal's side of durable steps: its dev server on a SQLite file, and one worker whose activity does nothing.

Runs in `.venv-bench`, so it imports nothing of Steward. A line is `RUNS STEPS`: so many workflows at once, each of so
many activities one after another, and is answered with the seconds they took.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

_QUEUE = "bench"
_START_SECONDS = 60.0


@activity.defn
async def nothing(number: int) -> str:
    """Do nothing."""
    return f"ok:{number}"


@workflow.defn
class Run:
    """One activity after another."""

    @workflow.run
    async def run(self, step_count: int) -> str:
        """Wait for each."""
        for number in range(step_count):
            await workflow.execute_activity(nothing, number, start_to_close_timeout=timedelta(seconds=60))
        return "ended"


async def carry_out(client: Client, run_count: int, step_count: int) -> float:
    """Start workflows and return how long it takes until all have ended."""
    started = time.perf_counter()
    handles = [
        await client.start_workflow(Run.run, step_count, id=str(uuid.uuid4()), task_queue=_QUEUE)
        for _ in range(run_count)
    ]
    await asyncio.gather(*(handle.result() for handle in handles))
    return time.perf_counter() - started


@asynccontextmanager
async def server(file: Path) -> AsyncIterator[str]:
    """Run the dev server on a file: no page, no question about newer versions, nothing but loopback."""
    address = f"127.0.0.1:{(port := _free_port())}"
    program = str(Path(sys.executable).parent / "temporal")
    words = ["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(port)]
    words += ["--db-filename", str(file), "--log-level", "error", "--disable-config-file"]
    words += ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=FULL"]  # as Steward has it
    words += ["--dynamic-config-value", "frontend.enableServerVersionCheck=false"]
    environment = {**os.environ, "HOME": str(file.parent), "TEMPORAL_VERSION_CHECK_DISABLED": "1"}
    process = await asyncio.create_subprocess_exec(program, *words, stdout=asyncio.subprocess.DEVNULL, env=environment)
    try:
        yield address
    finally:
        process.terminate()
        await process.wait()


async def connected(address: str) -> Client:
    """Return a client once the server answers and has made its namespace."""
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            client = await Client.connect(address)
            await client.count_workflows()
        except Exception:  # whatever it says while it starts
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.2)
        else:
            return client


async def main(folder: Path) -> None:
    """Answer one measurement for each line."""
    file = folder / "temporal.db"
    async with server(file) as address:
        client = await connected(address)
        async with Worker(client, task_queue=_QUEUE, workflows=[Run], activities=[nothing]):
            await carry_out(client, 1, 5)
            print(json.dumps({"database": str(file)}), flush=True)
            while line := await asyncio.to_thread(sys.stdin.readline):
                run_count, step_count = (int(word) for word in line.split())
                print(json.dumps(await carry_out(client, run_count, step_count)), flush=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        asyncio.run(main(Path(place)))
