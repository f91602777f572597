"""Partner of the benchmark of the API: a Steward that listens, until its standard input ends."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from steward.core.readiness import LOOK
from steward.model.access import Right
from tests.flows.house import House, prepared
from tests.flows.served import served

_PATHS = ("/healthz", "/api/v1/status", "/api/v1/runs/ls", "/metrics")


async def main() -> None:
    """Serve, and say where."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as name:
        house = House(Path(name) / "house", prepared(Path(name) / "template"))
        await house.open()
        house.steward.pulse.beat(LOOK, began=house.steward.pulse.time())
        async with served(house) as api:
            token = await api.token(Right.READ)
            sizes = {path: len((await api.send("GET", path, token=token)).body) for path in _PATHS}
            print(json.dumps({"port": api.port, "token": token, "sizes": sizes}), flush=True)
            await asyncio.to_thread(sys.stdin.read)
        await house.close()


if __name__ == "__main__":
    asyncio.run(main())
