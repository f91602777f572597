"""Steward's side of durable steps: approved runs of steps that do nothing, on the parts of `steward up`.

The runner, its journal, intents, results, events, audit, locks and leases are the real ones, on a real store; only the
machines are none: what carries an order out answers at once. A line is `RUNS STEPS`: so many runs at once, each of so
many steps one after another, and is answered with the seconds from the first begin to the last end.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from steward.app.plugins import load_know_how
from steward.app.settings import read_settings
from steward.app.start import prepare
from steward.app.wiring import Surroundings, build
from steward.model.approval import fingerprint
from steward.model.change import Change, ChangeState
from steward.model.command import Command
from steward.model.fact import CommandOutput, Reading
from steward.model.machine import Machine, Transport
from steward.model.plan import (
    BlastRadius,
    Plan,
    PlannedAction,
    PlannedUndo,
    PlanStep,
    Requester,
    target_of,
)
from steward.model.principal import STEWARD
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk
from steward.model.run import Run, RunState
from steward.model.taint import Taint
from steward.ports.executor import Guard, MarkerState, OnOutput, Order, Report
from steward.store import changes, identity, plans, runs
from steward.store.database import Connection

MACHINES = 60
_DAY = timedelta(days=1)


class Nothing:
    """Stands for a machine on which every program ends at once; the guard is asked as before any order."""

    async def run(
        self, machine: Machine, order: Order, on_output: OnOutput | None = None, guard: Guard | None = None
    ) -> Report:
        """Do nothing and say that it went well."""
        del machine, on_output
        if guard is not None:
            await guard()
        return Report(key=order.key, state=MarkerState.DONE, exit_code=0)

    async def read(self, machine: Machine, readings: Sequence[Reading]) -> Mapping[str, CommandOutput]:
        """Know no facts."""
        del machine, readings
        return {}

    async def close(self) -> None:
        """Hold nothing."""


class Bench:
    """Carries runs out, one set after another."""

    def __init__(self, folder: Path, database: str) -> None:
        self._numbers = count(1)
        self._first = 0.0
        self._left = 0
        self._ended = asyncio.Event()
        environment = {
            "STEWARD_DATA": str(folder / "data"),
            "STEWARD_KEYS": str(folder / "keys"),
            "STEWARD_WORKSPACE": str(folder / "workspace"),
            "STEWARD_SSH_CONFIG": str(folder / "none"),
        }
        if database:
            environment["STEWARD_DATABASE"] = database
        settings = read_settings(environment, folder)
        prepare(settings)
        write_inventory(settings.workspace)
        self.database = settings.data / "steward.db"
        self.steward = build(settings, load_know_how(), Surroundings(environment=environment, reached=self._reached))
        self.steward.executors._by_transport = {Transport.SSH: Nothing()}
        self.machines = self.steward.workspace.inventory().machines

    async def open(self) -> None:
        """Take a place among the workers and begin to look at the queue, as the daemon does."""
        await self.steward.storage.write(identity.next_epoch)
        await self.steward.workers.join()
        await self.steward.jobs.launch()

    async def carry_out(self, run_count: int, step_count: int) -> float:
        """Put runs on the queue in one transaction; return the seconds from the first begin to the last end."""
        self._first, self._left = 0.0, run_count
        self._ended.clear()
        found = await self.steward.storage.write(self._enqueue, run_count, step_count)
        await self._ended.wait()
        seconds = time.perf_counter() - self._first
        while self.steward.jobs.runs:  # the last commit of the journal
            await asyncio.sleep(0.01)
        for run in found:
            row = await self.steward.storage.read(runs.get, run)
            assert row is not None
            assert row.state is RunState.UNVERIFIED, row
        return seconds

    def _reached(self, point: str) -> None:
        if point == "dequeue.after" and not self._first:
            self._first = time.perf_counter()
        elif point == "end.after":
            self._left -= 1
            if not self._left:
                self._ended.set()

    def _enqueue(self, connection: Connection, run_count: int, step_count: int) -> list[str]:
        now = self.steward.clock.now()
        found: list[str] = []
        for machine in self.machines[:run_count]:
            number = next(self._numbers)
            plan = plan_of(f"plan-{number}", machine, step_count, now)
            run = Run(id=f"run-{number}", plan=plan.id, change=f"chg-{number}", state=RunState.QUEUED, created=now)
            plans.insert(connection, plan, fingerprint=fingerprint(plan), shown="do nothing")
            runs.insert(connection, run)
            changes.insert(connection, change_of(number, now))
            self.steward.jobs.enqueue(connection, run.id)
            found.append(run.id)
        return found


def plan_of(plan_id: str, machine: Machine, step_count: int, now: datetime) -> Plan:
    """Return a plan whose steps do nothing, one after another."""
    return Plan(
        id=plan_id,
        requester=Requester(id=STEWARD.id, kind=STEWARD.kind, channel="bench"),
        title="Do nothing",
        goal="measure",
        finding=None,
        taint=Taint.TRUSTED,
        risk=Risk.REVERSIBLE,
        policy_version="bench",
        steps=tuple(_step(plan_id, machine, number) for number in range(step_count)),
        targets=(target_of(machine),),
        if_nothing="nothing",
        created=now,
        not_before=now,
        expires=now + _DAY,
        blast=BlastRadius(machines=1, services=0, bytes=0),
        shown_hash="ab",
    )


def _step(plan_id: str, machine: Machine, number: int) -> PlanStep:
    return PlanStep(
        id=f"s{number}",
        command=Command(name="bench.nothing", input={"machine": machine.name}),
        machine=machine.id,
        resource=resource_on(machine.id, ResourceKind.MACHINE, machine.name),
        says="Do nothing",
        action=PlannedAction(key=f"{plan_id}-s{number}", argv=("/bin/true",)),
        effects=("nothing",),
        preconditions=(),
        verify=(),
        undo=PlannedUndo(says="nothing to undo", is_possible=True),
        risk=Risk.REVERSIBLE,
        needs=(f"s{number - 1}",) if number else (),
    )


def change_of(number: int, now: datetime) -> Change:
    """Return the change of a run."""
    return Change(
        id=f"chg-{number}",
        title="Do nothing",
        why="measure",
        finding=None,
        plan=f"plan-{number}",
        run=f"run-{number}",
        state=ChangeState.OPEN,
        opened=now,
    )


def write_inventory(workspace: Path) -> None:
    """Put machines that nobody will reach into the inventory, as a person with an editor and git would."""
    lines = ["machines:"]
    for number in range(1, MACHINES + 1):
        lines += [
            f"  - id: machine-bench{number}",
            f"    name: bench{number}",
            f"    address: 127.0.1.{number}",
            "    user: steward",
            "    autonomy: ask",
            f"    host_key: SHA256:{'A' * 43}",
        ]
    (workspace / "inventory.yaml").write_text("\n".join(lines) + "\n")
    git = ["git", "-C", str(workspace), "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    subprocess.run([*git, "commit", "-qam", "Machines"], check=True)


async def main(folder: Path, database: str) -> None:
    """Answer one measurement for each line."""
    bench = Bench(folder, database)
    await bench.open()
    await bench.carry_out(1, 5)
    print(json.dumps({"database": "" if database else str(bench.database)}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        run_count, step_count = (int(word) for word in line.split())
        print(json.dumps(await bench.carry_out(run_count, step_count)), flush=True)
    await bench.steward.jobs.close()
    bench.steward.storage.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        asyncio.run(main(Path(place), sys.argv[1] if len(sys.argv) > 1 else ""))
