"""The strictest anchor: asyncssh alone, one connection and one shell per machine, the same commands one after another.

Imports nothing of Steward: what there is to run comes as one finished script.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import asyncssh


async def _one(target: dict[str, str], key: asyncssh.SSHKey, script: str) -> int:
    async with asyncssh.connect(
        target["address"],
        int(target["port"]),
        username=target["user"],
        client_keys=[key],
        known_hosts=target["known_hosts"],
        config=None,
        agent_path=None,
    ) as connection:
        done = await connection.run("exec /bin/sh -s", input=script)
        return len(str(done.stdout))


async def _kept(connections: list[asyncssh.SSHClientConnection], script: str) -> float:
    started = time.perf_counter()
    await asyncio.gather(*(connection.run("exec /bin/sh -s", input=script) for connection in connections))
    return time.perf_counter() - started


async def main() -> None:
    """Look at every machine at once; then again over connections that are kept."""
    task = json.loads(Path(sys.argv[1]).read_text())
    key = asyncssh.read_private_key(task["key"])
    started = time.perf_counter()
    sizes = await asyncio.gather(*(_one(target, key, task["script"]) for target in task["targets"]))
    cold = time.perf_counter() - started
    warm: list[float] = []
    if int(sys.argv[2]):
        connections = await asyncio.gather(
            *(
                asyncssh.connect(
                    target["address"],
                    int(target["port"]),
                    username=target["user"],
                    client_keys=[key],
                    known_hosts=target["known_hosts"],
                    config=None,
                    agent_path=None,
                )
                for target in task["targets"]
            )
        )
        warm = [await _kept(list(connections), task["script"]) for _ in range(int(sys.argv[2]))]
        for connection in connections:
            connection.close()
    print(json.dumps({"machines": sum(size > 0 for size in sizes), "cold": cold, "warm": warm}))


if __name__ == "__main__":
    asyncio.run(main())
