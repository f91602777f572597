"""Fuzz the API of a house of its own: `python -m tests.fuzz [--examples N] [--seed N] [PATH-REGEX]`.

Serves a Steward with one machine, mints a token that looks and proposes, and lets schemathesis make requests from the
description of the API: the examples, the edges of every schema, and what its dice make of it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from steward.core.readiness import LOOK
from steward.model.access import Right
from tests.flows.house import House, prepared
from tests.flows.served import HOST, served

_CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


def main() -> int:
    """Fuzz, and leave with what schemathesis leaves with."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("path", nargs="?", default="", metavar="PATH-REGEX", help="only these paths")
    parser.add_argument("--examples", type=int, default=50, help="most requests the dice make for each operation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    given = parser.parse_args()
    return asyncio.run(fuzz(path=given.path, examples=given.examples, seed=given.seed, phases=given.phases))


async def fuzz(*, path: str, examples: int, seed: int, phases: str) -> int:
    """Serve a house of its own and run schemathesis against it."""
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir="/tmp") as name:  # a socket's path must be short
        house = House(Path(name) / "house", prepared(Path(name) / "template"))
        await house.open()
        house.steward.pulse.beat(LOOK, began=house.steward.pulse.time())
        try:
            async with served(house) as api:
                token = await api.token(Right.READ, Right.PROPOSE)
                words = ["--phases", phases, "--max-examples", str(examples), "--seed", str(seed)]
                words += ["--include-path-regex", path] if path else ["--exclude-path-regex", "^/hooks/"]
                return await _schemathesis(f"http://{HOST}:{api.port}/api/v1/openapi.json", token, words)
        finally:
            await house.close()


async def _schemathesis(url: str, token: str, words: list[str]) -> int:
    program = str(Path(sys.executable).with_name("schemathesis"))
    call = [program, "--config-file", str(_CONFIGURATION), "run", url, "--header", f"Authorization: Bearer {token}"]
    process = await asyncio.create_subprocess_exec(*call, *words)
    return await process.wait()


if __name__ == "__main__":
    raise SystemExit(main())
