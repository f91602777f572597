"""Autonomy is earned and lost: what every ended run means for the grants that allowed it, and for those to come.

A bad end suspends its grants in the very transaction that stores it: no other run can start under them afterwards,
in this process or another.
"""

from __future__ import annotations

from steward.core.audit import Audit
from steward.core.brakes import Brakes
from steward.core.events import Events
from steward.core.judge import Judge
from steward.core.storage import Storage
from steward.core.workspace import WorkspaceFiles
from steward.lib.codec import Json
from steward.model.brake import Brake
from steward.model.grant import MILDEST_REFUSED, PROBATION_USES, Grant
from steward.model.ids import MachineId, RunId
from steward.model.machine import Machine
from steward.model.plan import Plan, PlanStep
from steward.model.principal import STEWARD, PrincipalKind
from steward.model.probe import Scalar
from steward.model.run import Run, RunState
from steward.model.taint import Taint
from steward.model.trust import BAD, REMEMBERED, Deed, Standing, Turn, is_covered, standings, turn_of
from steward.ports.clock import Clock
from steward.store import grants, runs, trust
from steward.store.database import Connection
from steward.store.trust import Experience


class Consequences:
    """What follows from runs that grants allowed: asked by whoever carries runs out, in its transactions."""

    def __init__(self, *, audit: Audit, events: Events, brakes: Brakes, clock: Clock) -> None:
        self._audit = audit
        self._events = events
        self._brakes = brakes
        self._clock = clock

    def held(self, connection: Connection, run: Run, plan: Plan) -> str:
        """Say why a run that only grants allowed may no longer begin, or nothing."""
        used = grants.of_run(connection, run.id)
        for grant in used:
            if grant.revoked is not None or grant.suspended is not None:
                return f"{grant.id} was {'revoked' if grant.revoked else 'suspended'} before it began"
        is_by_itself = bool(used) and plan.requester.kind is not PrincipalKind.PERSON
        if is_by_itself and self._brakes.present(connection).brake is Brake.PAUSE:
            return "pause is on: only people start work"
        return ""

    def ended(self, connection: Connection, run: Run, plan: Plan, state: RunState) -> None:
        """Take away, or confirm, the grants that allowed a run which ends now in this state."""
        if state in BAD:
            self._suspend(connection, run.id, f"{run.id} ended as {state.value}")
        elif state is RunState.VERIFIED:
            for grant in grants.of_run(connection, run.id):
                self._confirm(connection, grant)
            if plan.undoes is not None:
                self._suspend(connection, RunId(plan.undoes), f"{plan.undoes} was put back")

    def _suspend(self, connection: Connection, run: RunId, why: str) -> None:
        for grant in grants.of_run(connection, run):
            if grants.suspend(connection, grant.id, at=self._clock.now(), by=run):
                self._tell(connection, "grant.suspended", grant, why)

    def _confirm(self, connection: Connection, grant: Grant) -> None:
        """End the probation of a grant that was used well often enough."""
        if not grant.is_on_probation:
            return
        ended = [runs.get(connection, run) for run in grants.uses_of(connection, grant.id)]
        clean = sum(run is not None and run.state is RunState.VERIFIED for run in ended)
        confirmed = grants.end_probation(connection, grant.id) if clean >= PROBATION_USES else None
        if confirmed is not None:
            why = f"{clean} clean uses: {confirmed.daily_maximum} a day until {confirmed.expires:%Y-%m-%d}"
            self._tell(connection, "grant.confirmed", confirmed, why)

    def _tell(self, connection: Connection, kind: str, grant: Grant, why: str) -> None:
        payload: dict[str, Json] = {"command": grant.command, "why": why}
        self._audit.append(connection, kind=kind, actor=STEWARD, subject=grant.id, payload=payload)
        text = f"{grant.command}: {why}"
        self._events.add(connection, kind, grant.id, actor=STEWARD.id, data={"text": text})


class Experiences:
    """Counts what was asked, approved and proven."""

    def __init__(self, *, storage: Storage, workspace: WorkspaceFiles, judge: Judge, clock: Clock) -> None:
        self._storage = storage
        self._workspace = workspace
        self._judge = judge
        self._clock = clock

    async def standings(self) -> tuple[Standing, ...]:
        """Return how far every class has come, the best known first."""
        found = await self._storage.read(trust.since, self._clock.now() - REMEMBERED)
        by_id = {machine.id: machine for machine in self._workspace.inventory().machines}
        deeds = [deed for each in found for deed in self._deeds(each, by_id)]
        return standings(deeds)

    async def proposed(self) -> tuple[Standing, ...]:
        """Return the classes that have earned a grant and have none."""
        now = self._clock.now()
        active = await self._storage.read(grants.active, now)
        return tuple(
            standing
            for standing in await self.standings()
            if standing.is_ready(now) and not is_covered(standing, active, now)
        )

    def _deeds(self, experience: Experience, machines: dict[MachineId, Machine]) -> list[Deed]:
        """Return what each step says; steps on machines that are gone, or that no grant could cover, say nothing."""
        run, plan = experience.run, experience.plan
        is_undo = plan.undoes is not None
        turn = turn_of(run.state, was_approved=experience.was_approved, is_undo=is_undo)
        if turn is Turn.NOTHING or not (is_undo or self._could_be_granted(plan)):
            return []
        return [
            Deed(
                run=run.id,
                command=step.command.name,
                machine=step.machine,
                where=where,
                groups=machines[step.machine].groups,
                turn=turn,
                at=run.ended or run.created,
            )
            for step in plan.steps
            if step.machine in machines and (where := _where(step)) is not None
        ]

    def _could_be_granted(self, plan: Plan) -> bool:
        is_mild = plan.risk.rank < MILDEST_REFUSED.rank and plan.taint is not Taint.OUTSIDE
        return is_mild and not any(self._judge.why_never_granted(step) for step in plan.steps)


def _where(step: PlanStep) -> dict[str, Scalar] | None:
    """Return the input of a step but for the machine; None where a value is more than one plain value."""
    given = {name: value for name, value in step.command.input.items() if name != "machine"}
    if any(isinstance(value, list | dict | tuple) for value in given.values()):
        return None
    return given
