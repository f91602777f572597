"""Fuzz the API of a house of its own: `python -m tests.fuzz [--examples N] [--seed N] [PATH-REGEX]`.

Serves a Steward with one machine, mints a token that looks and proposes, and lets schemathesis make requests from the
description of the API: the examples, the edges of every schema, and what its dice make of it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from steward.app.start import LOCAL_NAME
from steward.core.limits import TOKENS, Attempts
from steward.core.readiness import LOOK
from steward.model.access import Right
from tests.flows.house import House, prepared
from tests.flows.served import GOVERNING, HOST, Api, served

_DESCRIPTION = "/api/v1/openapi.json"
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
        living = asyncio.create_task(_live(house))
        try:
            _let_it_guess(house)
            async with served(house) as api:
                token = await api.token(Right.READ, Right.PROPOSE)
                environment = {**os.environ, **await _known(api, token)}
                words = ["--phases", phases, "--max-examples", str(examples), "--seed", str(seed)]
                words += ["--include-path-regex", path] if path else ["--exclude-path-regex", "^/hooks/"]
                words += ["--header", f"Authorization: Bearer {token}"]
                await api.send("GET", _DESCRIPTION, token=token)  # made once; schemathesis waits ten seconds for it
                url = f"http://{HOST}:{api.port}{_DESCRIPTION}"
                return await _schemathesis(url, words, environment)
        finally:
            living.cancel()
            await house.close()


async def _known(api: Api, token: str) -> dict[str, str]:
    """Propose something, and return the names of what there is then."""
    card = (await api.send("POST", "/api/v1/file/make", {"machine": LOCAL_NAME, "name": "one"}, token=token)).json
    changes = (await api.send("GET", "/api/v1/changes/ls", token=token)).json["changes"]
    return {
        "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
        "FUZZ_MACHINE": LOCAL_NAME,
        "FUZZ_RUN": card["run"],
        "FUZZ_CODE": card["approval"]["code"],
        "FUZZ_CHANGE": changes[0]["id"],
    }


async def _live(house: House) -> None:
    """Look around, and say no to whatever waits, so that whoever follows a run comes to its end."""
    steward = house.steward
    while True:
        steward.pulse.beat(LOOK, began=steward.pulse.time())
        for approval in await steward.approvals.waiting():
            await steward.approvals.reject(approval, GOVERNING, reason="it is only dice")
        await asyncio.sleep(0.5)


def _let_it_guess(house: House) -> None:
    """Let wrong tokens come as fast as they are made; their limit has tests of its own."""
    limit = replace(TOKENS, per_address=1_000_000, overall=1_000_000)
    house.steward.access._token_tries = Attempts(limit, clock=house.clock)


async def _schemathesis(url: str, words: list[str], environment: Mapping[str, str]) -> int:
    program = str(Path(sys.executable).with_name("schemathesis"))
    call = [program, "--config-file", str(_CONFIGURATION), "run", url, *words]
    process = await asyncio.create_subprocess_exec(*call, env=environment)
    return await process.wait()


if __name__ == "__main__":
    raise SystemExit(main())
