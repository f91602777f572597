"""Runs that wait for a person, for hands and for time, for the pages of work."""

from __future__ import annotations

from typing import Any

from steward.adapters.clocks.system import SystemClock
from steward.app.start import LOCAL_NAME
from steward.model.run import RunState
from tests.flows.house import OWNER, House

WAITS = """kind: Workflow
name: swap-disk
title: Swap a disk
goal: a new disk is in its bay
inputs:
  place: {says: which bay, default: bay 3}
steps:
  - id: before
    command: file.make
    on: HERE
    with: {name: made-before}
  - id: which
    needs: [before]
    ask:
      text: "Which disk goes into **${inputs.place}**?"
      fields:
        disk: {type: choice, choices: [sda, sdb], says: Which disk}
        slots: {type: integer, least: 1, most: 8, says: How many bays are free}
        sure: {type: boolean, says: Is a backup there?}
        remark: {type: text, required: false, most: 80, says: Anything else}
  - id: insert
    needs: [which]
    physical:
      instructions: ["Pull the old disk out of **bay 3**", Push the new one in until it clicks]
      part: a disk of 8 TB
      cost: about 180 EUR
      link: "https://disks.example/8tb"
      proof: ["[MADE new-disk] == true"]
    on: HERE
  - id: after
    command: file.make
    on: HERE
    needs: [insert]
    with: {name: made-after}
  - id: settle
    needs: [after]
    wait: 1h
"""


def waiting_text(name: str = "swap-disk") -> str:
    """Return the workflow; its proof shows once the file `new-disk` lies in the folder of the test."""
    text = WAITS.replace("HERE", LOCAL_NAME)
    return text if name == "swap-disk" else text.replace("swap-disk", name).replace("made-", f"{name}-")


async def kept(house: House, text: str) -> None:
    """Keep a workflow in the workspace."""
    await house.do("workflow.save", what="editor.yaml", text=text)


async def waits(house: House, text: str) -> str:
    """Keep, start and approve a workflow, and return its run once it waits."""
    await kept(house, text)
    name = text.partition("name: ")[2].partition("\n")[0]
    card: dict[str, Any] = (await house.do("workflow.run", OWNER, what=name)).result
    await house.approve(card)
    await suspended(house, card["run"])
    return card["run"]


async def suspended(house: House, run: str) -> None:
    """Wait until a run only waits."""
    for _ in range(300):
        if (await house.receipt(run)).run.state is RunState.SUSPENDED:
            return
        await SystemClock.sleep(house.clock, 0.1)
    raise AssertionError(f"{run} is still {(await house.receipt(run)).run.state}")
