"""What policy says of a whole plan: every step with the reach of all of them, the worst decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from steward.core.brakes import Brakes
from steward.core.policy import Policy
from steward.core.storage import Storage
from steward.core.workspace import WorkspaceFiles
from steward.lib.canonical import digest
from steward.lib.codec import Json
from steward.lib.text import plural
from steward.model.errors import Denied, TryLater
from steward.model.grant import Grant
from steward.model.machine import Machine
from steward.model.operation import AnyOperation
from steward.model.plan import Plan, PlanStep, Requester
from steward.model.policy import Decision, Limits, Request, TargetFacts, Verdict
from steward.model.principal import Principal
from steward.ports.clock import Clock
from steward.store import grants, steps

_DAY = timedelta(days=1)
_STRICTNESS = (Verdict.ALLOW, Verdict.ASK, Verdict.DENY)


class Judge:
    """Gathers what policy needs to know of a plan and asks it about each step."""

    def __init__(
        self,
        *,
        storage: Storage,
        workspace: WorkspaceFiles,
        policy: Policy,
        brakes: Brakes,
        clock: Clock,
        operations: Mapping[str, AnyOperation],
    ) -> None:
        self._storage = storage
        self._workspace = workspace
        self._policy = policy
        self._brakes = brakes
        self._clock = clock
        self._operations = operations

    async def grants(self) -> tuple[Grant, ...]:
        """Return the grants in force."""
        return await self._storage.read(grants.active, self._clock.now())

    def version(self, active: Sequence[Grant]) -> str:
        """Return the digest of the rules and grants that a plan is judged by."""
        return digest([self._policy.rules().version, *sorted(grant.id for grant in active)], domain="steward-policy-v1")

    def limits(self) -> Limits:
        """Return the ceilings in force."""
        return self._policy.rules().limits

    async def decide(self, plan: Plan, actor: Principal, active: Sequence[Grant]) -> Decision:
        """Judge every step with the reach of the whole plan; the worst decides."""
        whole = await self._request(plan, actor)
        decisions = [self._policy.decide(self._of_step(whole, plan, step), tuple(active)) for step in plan.steps]
        worst = max(decisions, key=lambda decision: (_STRICTNESS.index(decision.verdict), decision.risk.rank))
        risk = max((decision.risk for decision in decisions), key=lambda risk: risk.rank)
        least = max((decision.least for decision in decisions), key=lambda strength: strength.rank)
        return replace(worst, risk=risk, least=least)

    async def _request(self, plan: Plan, actor: Principal) -> Request:
        """Return what holds for every step of the plan; the rest is filled in for each."""
        since = self._clock.now() - _DAY
        used = await self._storage.read(steps.count_since, since)
        return Request(
            command="",
            is_known=False,
            input={},
            risk=plan.risk,
            actor=actor,
            taint=plan.taint,
            targets=tuple(_target_facts(self._workspace.require(target.machine)) for target in plan.targets),
            fleet_size=len(self._workspace.inventory().machines),
            brake=(await self._brakes.state()).brake,
            now=self._clock.local(),
            mutations_today=used + len(plan.steps) - 1,
            uses_today=await self._storage.read(grants.uses_since, since),
        )

    def _of_step(self, whole: Request, plan: Plan, step: PlanStep) -> Request:
        return replace(
            whole,
            command=step.command.name,
            is_known=step.command.name in self._operations or plan.undoes is not None,
            input=step.command.input,
            risk=step.risk,
            is_grantable=len(plan.steps) == 1 and self._is_grantable(step),
        )

    def _is_grantable(self, step: PlanStep) -> bool:
        """Tell whether a grant may cover this step; a plan of several steps is always asked."""
        operation = self._operations.get(step.command.name)
        return operation is not None and operation.is_grantable and step.undo.is_possible


def denied(decision: Decision) -> Denied:
    """Return the error that tells why policy says no."""
    first = decision.reasons[0]
    return Denied(
        "policy says no", where=first.rule, why=first.why, next_step="`steward policy explain COMMAND` tells more"
    )


def verdict_with_reasons(decision: Decision) -> dict[str, Json]:
    """Return what was decided, and the voices that decided it."""
    deciding = [reason for reason in decision.reasons if reason.verdict is decision.verdict]
    said: list[Json] = [f"{reason.rule}: {reason.why}" for reason in deciding]
    return {"verdict": decision.verdict.value, "because": said}


def refuse_too_many(waiting: Mapping[str, int], requester: Requester, limits: Limits) -> None:
    """Refuse one more question where nobody would read it, or one requester would take the room of all.

    Raises:
        TryLater: with the limit that is reached.
    """
    every, own = sum(waiting.values()), waiting.get(requester.id, 0)
    step = "answer some of them: `steward approvals ls`"
    if own >= limits.waiting_per_requester:
        why = f"the most for one requester is {limits.waiting_per_requester} (limits.waiting_per_requester)"
        raise TryLater(f"{plural(own, 'plan')} of {requester.id} wait for an answer", why=why, next_step=step)
    if every >= limits.waiting_plans:
        why = f"the most is {limits.waiting_plans} (limits.waiting_plans)"
        raise TryLater(f"{plural(every, 'plan')} wait for an answer", why=why, next_step=step)


def _target_facts(machine: Machine) -> TargetFacts:
    return TargetFacts(
        machine=machine.id,
        name=machine.name,
        groups=machine.groups,
        autonomy=machine.autonomy,
        quarantined=machine.quarantined,
    )
