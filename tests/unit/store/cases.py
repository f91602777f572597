"""Nouns to store, with every field set that matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from steward.model.approval import Approval, fingerprint, intent_hash
from steward.model.change import Change, ChangeState
from steward.model.command import Command
from steward.model.finding import Finding, Severity
from steward.model.grant import Grant
from steward.model.observation import Observation
from steward.model.plan import BlastRadius, Plan, PlannedAction, PlannedUndo, PlanStep, Requester, Target
from steward.model.principal import PrincipalKind
from steward.model.probe import Probe, ProbeResult
from steward.model.resource import Resource, ResourceKind
from steward.model.risk import Risk, Strength
from steward.model.run import Run, RunState, StepRecord
from steward.model.taint import Taint
from steward.store import approvals, plans, runs, workers
from steward.store.database import Connection
from tests.databases import NOW

HOUR = timedelta(hours=1)
RESOURCE = Resource(id="res-1", kind=ResourceKind.UNIT, name="nginx.service", machine="mch-1")
PROBE = Probe(machine="mch-1", says="it is active", fact="units", path=("nginx.service", "active"), expected="active")
ACTION = PlannedAction(key="k-1", argv=("/usr/bin/systemctl", "restart", "nginx.service"))
STEP = PlanStep(
    id="s1",
    command=Command(name="unit.restart", input={"machine": "nuc", "unit": "nginx.service", "ratio": 1.0}),
    machine="mch-1",
    resource=RESOURCE,
    says="Restart nginx.service",
    action=ACTION,
    effects=("it is restarted",),
    preconditions=(PROBE,),
    verify=(PROBE,),
    undo=PlannedUndo(says="nothing to undo", is_possible=True),
    risk=Risk.REVERSIBLE,
)


def plan(plan_id: str = "plan-1") -> Plan:
    return Plan(
        id=plan_id,
        requester=Requester(id="owner", kind=PrincipalKind.PERSON, channel="cli"),
        title="Restart nginx \u202e\0",
        goal="it answers again",
        finding="fnd-1",
        taint=Taint.TRUSTED,
        risk=Risk.REVERSIBLE,
        policy_version="v1",
        steps=(STEP,),
        targets=(Target(machine="mch-1", name="nuc", address="10.0.0.1", user="steward", host_key="SHA256:x"),),
        if_nothing="it stays down",
        created=NOW,
        not_before=NOW,
        expires=NOW + HOUR,
        blast=BlastRadius(machines=1, services=1, bytes=0),
        shown_hash="ab",
    )


def approval(number: int = 1, **changes: object) -> Approval:
    of = plan(f"plan-{number}")
    made = Approval(
        id=f"apr-{number}",
        code=f"AAA{number}",
        plan=of.id,
        run=f"run-{number}",
        fingerprint=fingerprint(of),
        intent_hash=intent_hash(of),
        requester="owner",
        risk=Risk.REVERSIBLE,
        least=Strength.STEP_UP,
        created=NOW,
        created_monotonic=12.5,
        boot="boot-1",
        expires=NOW + HOUR,
    )
    return replace(made, **changes)


def run(number: int = 1, state: RunState = RunState.WAITING) -> Run:
    return Run(id=f"run-{number}", plan=f"plan-{number}", change=f"chg-{number}", state=state, created=NOW)


def step(key: str = "k-1", run_id: str = "run-1", **changes: object) -> StepRecord:
    return replace(StepRecord(run=run_id, step="s1", key=key, intent_at=NOW), **changes)


def finding(finding_id: str = "fnd-1", check: str = "failed_units", used: int = 91) -> Finding:
    seen = Observation(resource="res-1", name="used_percent", value=used, source="df on nuc", at=NOW)
    return Finding(
        id=finding_id,
        check=check,
        title="nginx.service failed on nuc",
        severity=Severity.DOWN,
        resource=RESOURCE,
        machine="mch-1",
        evidence=(seen,),
        if_nothing="it stays down",
        fix="restart_unit",
    )


def change(number: int = 1) -> Change:
    return Change(
        id=f"chg-{number}",
        title="Restart nginx",
        why="it failed",
        finding="fnd-1",
        plan=f"plan-{number}",
        run=f"run-{number}",
        state=ChangeState.OPEN,
        opened=NOW,
    )


def grant(grant_id: str = "grt-1", daily_maximum: int = 2) -> Grant:
    return Grant(
        id=grant_id,
        command="unit.restart",
        targets=("mch-1",),
        where={"unit": "nginx.service", "force": False, "level": None},
        daily_maximum=daily_maximum,
        created=NOW,
        expires=NOW + 24 * 30 * HOUR,
        created_by="owner",
    )


def result(holds: bool | None = True) -> ProbeResult:
    return ProbeResult(probe=PROBE, holds=holds, seen="active")


def propose(connection: Connection, number: int = 1, **changes: object) -> Approval:
    """Store a plan with its run and its question."""
    of = plan(f"plan-{number}")
    plans.insert(connection, of, fingerprint=fingerprint(of), shown="what was shown")
    runs.insert(connection, run(number))
    asked = approval(number, **changes)
    approvals.insert(connection, asked)
    return asked


def enter(connection: Connection, name: str, at: datetime = NOW) -> None:
    """Write any row: a worker of this name; a second one is refused."""
    row = {"id": name, "at": at, "name": name, "role": "worker", "version": "1", "boot": "b", "epoch": 1, "since": NOW}
    connection.execute(sa.insert(workers.WORKERS).values(**row, runs=0, is_draining=False, adopted_by=""))


def entered(connection: Connection) -> tuple[str, ...]:
    """Return who has been entered."""
    return tuple(worker.id for worker in workers.listing(connection))
