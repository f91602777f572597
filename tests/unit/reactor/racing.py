"""A scheduler in a process of its own: `python -m tests.unit.reactor.racing URL WORKER TRIGGERS`.

Says `ready`, then for each line it is given lets ten minutes pass, looks once, and says `done`.
"""

from __future__ import annotations

import asyncio
import sys

from tests.clockwork import Clockwork

TEN_MINUTES = 600


async def main(url: str, worker: str, triggers: int) -> None:
    """Live until there are no more lines."""
    works = Clockwork(url, worker=worker)
    for number in range(triggers):
        works.every(f"tidy-{number}", more="overlap: allow\nmostAtOnce: 20\n")
    await works.tick()
    print("ready", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        await works.tick(TEN_MINUTES)
        print("done", flush=True)
    await works.end()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
