"""Runs in every state, for the pages of work."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from steward.app.start import LOCAL_NAME
from steward.model.command import Outcome
from steward.model.run import RunState
from steward.store.runs import RUNS
from steward.store.steps import STEPS
from tests.flows.house import OWNER, House


def chain(*steps: tuple[str, str, dict[str, str]]) -> str:
    """Return a workflow file whose steps follow each other."""
    lines = ["kind: Workflow", "name: chain", "title: Put three things in order", "goal: they are in order", "steps:"]
    before = ""
    for name, command, given in steps:
        needs = f", needs: [{before}]" if before else ""
        values = ", ".join(f'{key}: "{value}"' for key, value in given.items())
        lines.append(f"  - {{id: {name}, command: {command}, on: {LOCAL_NAME}, with: {{{values}}}{needs}}}")
        before = name
    return "\n".join(lines) + "\n"


async def planned(house: House, text: str) -> dict[str, Any]:
    """Plan a workflow and return the card that waits."""
    return (await house.do("plan", OWNER, what="chain.yaml", text=text)).result


async def run_of(house: House, card: dict[str, Any]) -> str:
    """Approve a card, wait for the end, and return its run."""
    await house.approve(card)
    await house.ended(card["run"])
    return card["run"]


async def shell(house: House, script: str) -> dict[str, Any]:
    """Ask for a command line."""
    return (await house.do("shell.run", OWNER, machine=LOCAL_NAME, script=script, reason="a test")).result


async def half_failed(house: House) -> str:
    """Return a run whose first step stands, whose second failed, and whose third never began."""
    steps = (
        ("first", "shell.run", {"script": "echo made it", "reason": "a test"}),
        ("second", "shell.run", {"script": f"cat {house.files}/key || exit 3", "reason": "a test"}),
        ("third", "file.make", {"name": "third"}),
    )
    return await run_of(house, await planned(house, chain(*steps)))


async def make_unknown(house: House, run: str) -> None:
    """Let nobody know how the last action of a run ended, as after a machine that went away."""

    def forget(connection: Any) -> None:
        connection.execute(sa.update(RUNS).where(RUNS.c.id == run).values(state=RunState.UNKNOWN.value))
        connection.execute(sa.update(STEPS).where(STEPS.c.run == run).values(outcome=Outcome.UNKNOWN.value))

    await house.steward.storage.write(forget)
