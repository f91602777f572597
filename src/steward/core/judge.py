"""What policy says of a whole plan: every step with the reach of all of them, the worst decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from steward.core.brakes import Brakes
from steward.core.budgets import Budgets
from steward.core.policy import Policy
from steward.core.storage import Storage
from steward.core.ways import autonomy_of, parent_of, quarantine_of
from steward.core.workspace import WorkspaceFiles
from steward.knowhow.protected import why_protected
from steward.lib.canonical import digest
from steward.lib.codec import Json
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.brake import Brake
from steward.model.errors import Denied, TryLater
from steward.model.grant import Grant, runs_others
from steward.model.machine import Autonomy, Machine
from steward.model.operation import AnyOperation
from steward.model.plan import Plan, PlanStep, Requester
from steward.model.policy import Decision, Limits, Reason, Request, TargetFacts, Verdict
from steward.model.principal import Principal
from steward.model.resource import Owner as ResourceOwner
from steward.ports.clock import Clock
from steward.store import grants, steps

_DAY = timedelta(days=1)
_STRICTNESS = (Verdict.ALLOW, Verdict.ASK, Verdict.DENY)


class Judge:
    """Gathers what policy needs to know of a plan and asks it about each step."""

    def __init__(  # noqa: PLR0913 - the ports of a decision
        self,
        *,
        storage: Storage,
        workspace: WorkspaceFiles,
        policy: Policy,
        brakes: Brakes,
        clock: Clock,
        operations: Mapping[str, AnyOperation],
        budgets: Budgets,
    ) -> None:
        self._storage = storage
        self._workspace = workspace
        self._policy = policy
        self._brakes = brakes
        self._clock = clock
        self._operations = operations
        self._budgets = budgets

    async def grants(self) -> tuple[Grant, ...]:
        """Return the grants in force."""
        return await self._storage.read(grants.active, self._clock.now())

    def version(self, active: Sequence[Grant], commands: Collection[str]) -> str:
        """Return the digest of the rules, and of the grants for these commands, that a plan is judged by."""
        spoken = sorted(grant.id for grant in active if grant.command in commands)
        return digest([self._policy.rules().version, *spoken], domain="steward-policy-v1")

    def limits(self) -> Limits:
        """Return the ceilings in force."""
        return self._policy.rules().limits

    async def decide(self, plan: Plan, actor: Principal, active: Sequence[Grant]) -> Decision:
        """Judge every step with the reach of the whole plan; the worst decides.

        A plan runs without asking only if a grant covers each of its steps; a step uses its grant up for the next.
        """
        whole = await self._request(plan, actor)
        quota = await self._storage.read(self._budgets.over_quota, plan)
        return self._of_steps(whole, plan, active, quota)

    def replay(self, plan: Plan, grant: Grant, at: datetime, used: int) -> Decision | None:
        """Judge a plan of the past as if nothing but this grant had been in force then, on a machine at `granted`.

        None when a machine of the plan is no longer there. The rules are today's; brakes and limits are left out.
        """
        machines = [self._workspace.inventory().find(target.machine) for target in plan.targets]
        present = [self._target_facts(machine) for machine in machines if machine is not None]
        if len(present) != len(machines):
            return None
        asker = plan.requester
        actor = Principal(id=asker.id, kind=asker.kind, name=asker.id, channel=asker.channel, rights=tuple(Right))
        whole = replace(
            self._blank(plan, actor),
            targets=tuple(replace(target, autonomy=Autonomy.GRANTED, quarantined="") for target in present),
            now=at.astimezone(self._clock.local().tzinfo),
            uses_today={grant.id: used},
        )
        return self._of_steps(whole, plan, (grant,), {})

    def _of_steps(self, whole: Request, plan: Plan, active: Sequence[Grant], quota: Mapping[str, str]) -> Decision:
        if not plan.steps:
            return self._of_waits(plan)
        used = Counter(whole.uses_today or {})
        decisions: list[Decision] = []
        for step in plan.steps:
            request = replace(
                self._of_step(whole, plan, step),
                over_quota=quota.get(step.command.name, ""),
                uses_today=None if whole.uses_today is None else dict(used),
            )
            decisions.append(self._policy.decide(request, tuple(active)))
            used[decisions[-1].grant or ""] += 1
        judged = [*decisions, *self._of_ways_back(whole, plan, active)]
        worst = max(judged, key=lambda decision: (_STRICTNESS.index(decision.verdict), decision.risk.rank))
        risk = max((decision.risk for decision in judged), key=lambda risk: risk.rank)
        least = max((decision.least for decision in judged), key=lambda strength: strength.rank)
        granted = tuple(decision.grant or "" for decision in decisions) if worst.verdict is Verdict.ALLOW else ()
        return replace(worst, risk=risk, least=least, grants=granted)

    def _of_waits(self, plan: Plan) -> Decision:
        """Judge a plan that only asks and waits: it reaches no machine, and still somebody says that it begins."""
        why = "it changes no machine; people are asked, and it waits for them"
        asked = Reason(verdict=Verdict.ASK, rule="changes are asked", why=why)
        least = self._policy.rules().least_strength(plan.risk)
        return Decision(verdict=Verdict.ASK, risk=plan.risk, least=least, reasons=(asked,))

    def _of_ways_back(self, whole: Request, plan: Plan, active: Sequence[Grant]) -> list[Decision]:
        """Judge commands that put a step back in place of its own way: no grant covers what else may be started."""
        decisions: list[Decision] = []
        for step in plan.steps:
            other = step.flow.undone_by if step.flow else None
            if other is not None:
                known = other.name in self._operations
                asked = {"command": other.name, "is_known": known, "input": other.input, "is_grantable": False}
                decisions.append(self._policy.decide(replace(whole, risk=step.risk, **asked), tuple(active)))
        return decisions

    async def _request(self, plan: Plan, actor: Principal) -> Request:
        """Return what holds for every step of the plan; the rest is filled in for each."""
        since = self._clock.now() - _DAY
        used = await self._storage.read(steps.count_since, since)
        return replace(
            self._blank(plan, actor),
            targets=tuple(self._target_facts(self._workspace.require(target.machine)) for target in plan.targets),
            brake=(await self._brakes.state()).brake,
            mutations_today=used + len(plan.steps) - 1,
            uses_today=await self._storage.read(grants.uses_since, since),
        )

    def _blank(self, plan: Plan, actor: Principal) -> Request:
        return Request(
            command="",
            is_known=False,
            input={},
            risk=plan.risk,
            actor=actor,
            taint=plan.taint,
            targets=(),
            fleet_size=len(self._workspace.inventory().machines),
            brake=Brake.NONE,
            now=self._clock.local(),
            mutations_today=0,
        )

    def _of_step(self, whole: Request, plan: Plan, step: PlanStep) -> Request:
        return replace(
            whole,
            command=step.command.name,
            is_known=step.command.name in self._operations or plan.undoes is not None,
            input=step.command.input,
            risk=step.risk,
            is_grantable=plan.undoes is None and not self.why_never_granted(step),
        )

    def _target_facts(self, machine: Machine) -> TargetFacts:
        """Return what policy looks at; a guest is trusted no further than the machine that runs it."""
        parent = parent_of(machine, self._workspace.inventory())
        return TargetFacts(
            machine=machine.id,
            name=machine.name,
            groups=machine.groups,
            autonomy=autonomy_of(machine, parent),
            quarantined=quarantine_of(machine, parent),
        )

    def why_never_granted(self, step: PlanStep) -> str:
        """Say why no grant covers this step whatever it says, or nothing when one may."""
        operation = self._operations.get(step.command.name)
        if operation is None or not operation.is_grantable:
            return f"`{step.command.name}` is always asked"
        if not step.undo.is_possible or not step.undo.verify or not step.verify:
            return "its success and its undo cannot both be proven"
        if step.flow is not None and step.flow.undone_by is not None:
            return f"it is put back by `{step.flow.undone_by.name}`"
        if program := next((found for argv in _words(step) if (found := runs_others(argv))), ""):
            return f"`{program}` starts other programs"
        if step.resource.owner is not ResourceOwner.HAND:
            return f"{step.resource.owner.value} owns it"
        why = why_protected((step.resource.name,))
        return f"{step.resource.name} is protected: {why}" if why else ""


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


def _words(step: PlanStep) -> list[tuple[str, ...]]:
    return [action.argv for action in (step.action, *step.undo.actions)]
