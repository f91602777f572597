"""What the store and the machines say of one run, as the checker reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from steward.model.plan import Plan
from steward.model.run import ENDED, Run, StepRecord
from steward.store import approvals, audit, steps
from steward.store.database import Connection
from tests.real.crash.history import Action, RunRow
from tests.real.crash.machine import CrashMachine, label_of


def row_of(connection: Connection, run: Run) -> RunRow:
    """Return how a run stands."""
    approval = approvals.of_plan(connection, run.plan)
    intended = [row for row in audit.rows(connection, subject=run.id) if row.kind == "run.intended"]
    return RunRow(
        id=run.id,
        state=run.state.value,
        reason=run.reason,
        is_ended=run.state in ENDED,
        approval=approval.state.value if approval else "none",
        intended_at=tuple(row.wall for row in intended),
    )


def actions_of(
    connection: Connection, run: Run, plan: Plan, case: str, machines: Sequence[CrashMachine]
) -> list[Action]:
    """Return every action a run may take, as the store and the machines know it."""
    records = {record.key: record for record in steps.of_run(connection, run.id)}
    found: list[Action] = []
    for step in plan.steps:
        for action in (step.action, *step.undo.actions):
            told = Action(
                run=run.id,
                step=step.id,
                key=action.key,
                label=label_of(action.argv, case),
                is_undo=action is not step.action,
                starts=sum(machine.starts(action.key) for machine in machines),
            )
            known = records.get(action.key)
            found.append(_with_record(told, known) if known else told)
    return found


def _with_record(action: Action, record: StepRecord) -> Action:
    outcome = record.outcome.value if record.outcome else None
    return replace(action, intent_at=record.intent_at, outcome=outcome, is_started=record.is_started)
