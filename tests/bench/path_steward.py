"""Steward's side of the path: one approved command, from the wish to its proven end, on real parts.

The parts are those of `steward up`, with folders and markers of their own. A line `port` proves by connecting to a
port; `fact` proves as most operations do, by reading a fact of the machine before and after; `look` as well begins
with a fresh look at the machine, as a plan that a person asks for does.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from dbos import DBOS

from steward.adapters.executors.local import LocalExecutor, LocalSettings
from steward.app.plugins import load_know_how
from steward.app.settings import read_settings
from steward.app.start import prepare
from steward.app.wiring import Steward, Surroundings, build
from steward.core.wishes import Wish
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example
from steward.model.fact import Snapshot
from steward.model.ids import PrincipalId
from steward.model.machine import Autonomy, Transport
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.principal import Principal, PrincipalKind
from steward.model.probe import Comparison, Probe, ProbeKind
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk, Strength
from steward.model.run import RunState
from steward.model.workflow import Workflow, WorkflowStep
from steward.store import runs as runs_table
from tests.bench.commits import commits_since, start_counting

_OWNER = Principal(
    id=PrincipalId("owner"),
    kind=PrincipalKind.PERSON,
    name="bench",
    strength=Strength.STEP_UP,
    channel="cli",
    rights=tuple(Right),
)


@record
class RunTrue:
    """Run `true`."""

    machine: str
    """Machine, by name or id."""
    port: int
    """Port that proves it, or 0 for a fact."""


def _build(command: RunTrue, snapshot: Snapshot) -> Blueprint:
    machine = snapshot.machine.id
    by_port = Probe(machine=machine, says="it listens", kind=ProbeKind.TCP, port=command.port)
    by_fact = Probe(machine=machine, says="it is Linux", fact="os", path=("kernel",), comparison=Comparison.PRESENT)
    return Blueprint(
        resource=resource_on(machine, ResourceKind.MACHINE, snapshot.machine.name),
        action=Action(argv=("/bin/true",), needs_root=False),
        says="Run true",
        effects=("nothing",),
        preconditions=(),
        verify=(by_port if command.port else by_fact,),
        undo=Undo(says="Nothing was changed"),
        risk=Risk.REVERSIBLE,
    )


_EXAMPLE = Example(line="bench true this-machine 0", does="Run true.")
_TRUE = Operation[RunTrue](
    name="bench.true",
    input=RunTrue,
    risk=Risk.REVERSIBLE,
    needs=(),
    build=_build,
    sudoers=(),
    examples=(_EXAMPLE, _EXAMPLE),
)


class Walk:
    """Walks the path and notes when it came by where."""

    def __init__(self, folder: Path) -> None:
        self._points: dict[str, float] = {}
        environment = {
            "STEWARD_DATA": str(folder / "data"),
            "STEWARD_KEYS": str(folder / "keys"),
            "STEWARD_WORKSPACE": str(folder / "workspace"),
            "STEWARD_SSH_CONFIG": str(folder / "none"),
        }
        settings = read_settings(environment, folder)
        prepare(settings)
        policy = settings.workspace / "policy.yaml"
        policy.write_text(policy.read_text().replace("mutations_per_day: 60", "mutations_per_day: 10000"))
        os.system(f"git -C {settings.workspace} -c user.name=b -c user.email=b@b commit -qam bench")
        know_how = load_know_how()
        know_how = replace(know_how, operations=(*know_how.operations, _TRUE))
        self.steward: Steward = build(settings, know_how, Surroundings(environment=environment, reached=self._note))
        here = LocalExecutor(
            LocalSettings(state_home=str(folder / "state")), clock=self.steward.clock, find_machine=lambda _: None
        )
        self.steward.executors._by_transport = {Transport.LOCAL: here}
        self.database = settings.data / "steward.db"
        found = self.steward.workspace.require("this-machine")
        self.steward.workspace.change_machine(found.id, _OWNER, autonomy=Autonomy.ASK)
        self.machine = self.steward.workspace.require(found.id)
        self.port = 0

    def _note(self, point: str) -> None:
        self._points[point] = time.perf_counter()

    async def open(self) -> None:
        """Start what the daemon starts, and look once, so that a plan has facts."""
        await self.steward.jobs.launch()
        await self.steward.scanner.one(self.machine)
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        self.port = int(server.sockets[0].getsockname()[1])

    async def walk(self, kind: str) -> dict[str, float]:
        """Carry out one command and return the seconds each stage took."""
        self._points.clear()
        steward, machine = self.steward, self.machine
        step = WorkflowStep(
            id="run",
            command="bench.true",
            input={"machine": machine.name, "port": self.port if kind == "port" else 0},
        )
        seen = {} if kind == "look" else {machine.id: steward.scanner.seen[machine.id]}
        workflow = Workflow(name="bench", title="Run true", goal="measure", steps=(step,))
        wish = Wish(workflow=workflow, actor=_OWNER, snapshots=seen)
        self._note("start")
        card = await steward.proposals.draft(wish)
        self._note("drafted")
        card = await steward.proposals.submit(card, wish)
        self._note("asked")
        assert card.approval is not None, card
        yes = await steward.approvals.approve(card.approval, _OWNER, fingerprint=card.fingerprint)
        self._note("approved")
        await steward.proposals.start(yes)
        handle = await DBOS.retrieve_workflow_async(str(card.run))
        await handle.get_result(polling_interval_sec=0.004)
        self._note("closed")
        run = await steward.storage.read(runs_table.get, yes.run)
        assert run is not None
        assert run.state is RunState.VERIFIED, run
        return self._stages()

    def _stages(self) -> dict[str, float]:
        at = self._points
        order = (
            ("draft and policy", "start", "drafted"),
            ("plan kept, question asked", "drafted", "asked"),
            ("approved", "asked", "approved"),
            ("checked again, approval consumed, enqueued", "approved", "approval.consume.after"),
            ("waiting in the queue", "approval.consume.after", "dequeue.after"),
            ("begin: locks, proof before", "dequeue.after", "step.enter"),
            ("brakes, preconditions, intent", "step.enter", "intent.after"),
            ("order made", "intent.after", "send.before"),
            ("the machine: marker, `true`, result", "send.before", "result.read"),
            ("result kept", "result.read", "result.after"),
            ("conclude: judged", "result.after", "verify.before"),
            ("proof after", "verify.before", "end.before"),
            ("end kept", "end.before", "end.after"),
            ("workflow closed", "end.after", "closed"),
        )
        stages = {name: at[to] - at[since] for name, since, to in order}
        return {**stages, "whole": at["closed"] - at["start"]}


async def main(folder: Path) -> None:
    """Answer one measurement for each line."""
    path = Walk(folder)
    await path.open()
    for _ in range(2):
        await path.walk("port")
    start_counting(path.database)
    await path.walk("port")
    print(json.dumps({"commits": commits_since(path.database)}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await path.walk(line.strip())), flush=True)
    await path.steward.jobs.close()
    path.steward.storage.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        asyncio.run(main(Path(place)))
