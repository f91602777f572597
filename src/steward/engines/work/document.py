"""Write down what was changed: one Markdown file a change, committed to the workspace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from steward.core.owner import OWNER
from steward.core.storage import Storage
from steward.core.workspace import WorkspaceFiles
from steward.lib.text import visible_line
from steward.model.approval import Approval, short
from steward.model.change import Change
from steward.model.errors import Bug
from steward.model.hold import HoldRecord
from steward.model.ids import MachineId, PrincipalId
from steward.model.principal import STEWARD, Principal, PrincipalKind
from steward.model.probe import ProbeResult
from steward.model.run import Run, StepRecord
from steward.store import approvals, changes, holds, plans, runs, steps
from steward.store.database import Connection
from steward.store.plans import StoredPlan

_MARKS = {True: "yes", False: "no", None: "could not be asked"}


class Documents:
    """Puts ended changes into the workspace; what is there already is not written again."""

    def __init__(self, *, storage: Storage, workspace: WorkspaceFiles, redact: Callable[[str], str]) -> None:
        """Every text passes `redact` before it is committed."""
        self._redact = redact
        self._storage = storage
        self._workspace = workspace

    async def write_ended(self) -> set[MachineId]:
        """Write and commit the file of every change that has ended; return the machines that were changed."""
        touched: set[MachineId] = set()
        waiting = await self._storage.read(changes.undocumented)
        for change in waiting:
            stored, text, approval = await self._storage.read(_story, change)
            commit = await asyncio.to_thread(
                self._workspace.write_change, change, self._redact(text), _author(approval)
            )
            await self._storage.write(changes.set_commit, change.id, commit)
            touched |= {target.machine for target in stored.plan.targets}
        return touched


def _story(connection: Connection, change: Change) -> tuple[StoredPlan, str, Approval | None]:
    run, stored = runs.get(connection, change.run), plans.get(connection, change.plan)
    if run is None or stored is None:
        raise Bug(f"change {change.id} has lost its run or its plan")
    approval = approvals.of_plan(connection, change.plan)
    records, waits = steps.of_run(connection, run.id), holds.of_run(connection, run.id)
    return stored, markdown(change, run, stored, records, approval, waits), approval


def _author(approval: Approval | None) -> Principal:
    """The person who said yes is the author; without one (a grant, or a plan nobody answered) it is Steward."""
    if approval is None or approval.decided_by is None:
        return STEWARD
    name = "the owner" if approval.decided_by == OWNER else approval.decided_by
    return Principal(id=PrincipalId(approval.decided_by), kind=PrincipalKind.PERSON, name=name)


def _decision(approval: Approval | None) -> str:
    if approval is None:
        return "nobody was asked: a standing grant covers it"
    if approval.decided_by is None or approval.decided_strength is None:
        return f"nobody: {approval.code} is {approval.state.value}"
    when = f"{approval.decided_at:%Y-%m-%d %H:%M:%S} UTC" if approval.decided_at else "at an unknown time"
    reason = f": {visible_line(approval.reason)}" if approval.reason else ""
    proof = f"{approval.decided_strength.value}, {approval.decided_channel}"
    return f"{visible_line(approval.decided_by)} ({proof}), {when}{reason}"


def markdown(
    change: Change,
    run: Run,
    stored: StoredPlan,
    records: tuple[StepRecord, ...],
    approval: Approval | None,
    waits: tuple[HoldRecord, ...] = (),
) -> str:
    """Tell a change as Markdown: why, plan, what was done and waited for, proof, result. Outside text is in blocks."""
    says = {step.id: step.says for step in stored.plan.steps}
    asked = {hold.id: hold.says for hold in (stored.plan.course.holds if stored.plan.course else ())}
    lines = [
        f"# {visible_line(change.title)}",
        "",
        f"- Change: `{change.id}`, run `{run.id}`, plan `{short(stored.fingerprint)}`",
        f"- Opened: {change.opened:%Y-%m-%d %H:%M:%S} UTC",
        f"- Decided by: {_decision(approval)}",
        f"- Result: **{run.state.value}**, {visible_line(run.reason)}",
        "",
        "## Why",
        "",
        *_block(change.why),
        "## Plan",
        "",
        *_block(stored.shown),
        "## What was done",
        "",
    ]
    lines += [_step(record, says) for record in records] or ["Nothing was started."]
    lines += ["", "## What it waited for", "", *(_wait(record, asked) for record in waits)] if waits else []
    lines += ["", "## Proof", "", "| expected | before | after |", "|---|---|---|"]
    lines += _proof(run)
    return "\n".join(lines) + "\n"


def _block(text: str) -> list[str]:
    fence = "```"
    while fence in text:
        fence += "`"
    return [f"{fence}text", *(visible_line(line) for line in text.rstrip("\n").split("\n")), fence, ""]


def _step(record: StepRecord, says: dict[str, str]) -> str:
    outcome = record.outcome.value if record.outcome else "no result"
    what = visible_line(says.get(record.step, record.step))
    what = f"Undo of: {what}" if record.is_undo else what
    note = f": {visible_line(record.note)}" if record.note else ""
    return f"- {what}: {outcome}{note}"


def _wait(record: HoldRecord, says: dict[str, str]) -> str:
    what = visible_line(says.get(record.hold, record.hold))
    given = ", ".join(f"{name} = {value}" for name, value in (record.answer or {}).items())
    told = [record.note, given, f"{record.ended:%Y-%m-%d %H:%M:%S} UTC" if record.ended else ""]
    return f"- {what}: {record.state.value}" + "".join(f"; {visible_line(each)}" for each in told if each)


def _proof(run: Run) -> list[str]:
    before = {result.probe: result for result in run.before}
    return [f"| {_cell(r.probe.says)} | {_seen(before.get(r.probe))} | {_seen(r)} |" for r in run.after]


def _seen(result: ProbeResult | None) -> str:
    return "not asked" if result is None else f"{_MARKS[result.holds]} ({_cell(result.seen)})"


def _cell(text: str) -> str:
    return visible_line(text).replace("|", "\\|")
