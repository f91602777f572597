"""Partner of the benchmark of open tabs: a Steward whose pages are open in many tabs.

It answers `usage` with its memory and processor time, `event` with the time at which something had been decided, and
`revoke` with the time at which the session of one tab had been ended.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from steward.core.access import SignedIn
from tests.flows.house import House, prepared
from tests.flows.served import served
from tests.web.place import PASSWORD

_AGENTS = ("first", "second")
"""What the two sessions say they are; the second is the one that is ended."""


def usage() -> dict[str, float]:
    """Return what is resident now, and the processor time so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"megabytes": resident, "processor_seconds": used.ru_utime + used.ru_stime}


async def answers(house: House, question: str, turn: int) -> dict[str, Any]:
    """Do what is asked."""
    if question == "usage":
        return usage()
    if question == "revoke":
        sessions = house.steward.access.sessions
        (ended,) = [session for session in await sessions.listing() if session.agent == _AGENTS[1]]
        await sessions.revoke(ended.id)
    else:
        await house.do("pause", minutes=10 + turn)
    return {"at": time.monotonic()}


async def main() -> None:
    """Serve, say where, and answer."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as name:
        house = House(Path(name) / "house", prepared(Path(name) / "template"))
        await house.open()
        access = house.steward.access
        await house.steward.owner.set(PASSWORD)
        async with served(house) as api:
            signed = [await access.sign_in("owner", PASSWORD, address="127.0.0.1", agent=agent) for agent in _AGENTS]
            cookies = [each.cookie for each in signed if isinstance(each, SignedIn)]
            print(json.dumps({"port": api.port, "cookies": cookies}), flush=True)
            turn = 0
            while line := await asyncio.to_thread(sys.stdin.readline):
                turn += 1
                print(json.dumps(await answers(house, line.strip(), turn)), flush=True)
        await house.close()


if __name__ == "__main__":
    asyncio.run(main())
