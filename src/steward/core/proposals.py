"""From a wish to a plan somebody can decide on, and from a yes to a run.

draft    fresh facts -> steps -> policy -> the text a person is shown -> fingerprint
submit   refuse a repeated no, keep plan, change, run and approval together in one transaction
start    look whether the world is still the one that was approved, then consume the approval
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from steward.core.approvals import Approvals, Enqueue, not_whole
from steward.core.audit import Audit
from steward.core.brakes import Brakes
from steward.core.budgets import Budgets, NoRoom
from steward.core.carrying import Past
from steward.core.compile import INTERACTIVE_LIFETIME, QUEUED_LIFETIME, PlanContext, assemble, compile_steps, seal
from steward.core.events import Events
from steward.core.judge import Judge, denied, refuse_too_many, verdict_with_reasons
from steward.core.look import Look
from steward.core.owned import changes_declared, with_owners
from steward.core.policy import Policy
from steward.core.reach import interrupted, interrupts
from steward.core.rights import demand_rights
from steward.core.secret_versions import with_versions
from steward.core.secrets import Secrets
from steward.core.storage import Storage
from steward.core.ways import require_reachable, why_another
from steward.core.wishes import Claim, PlanCard, Wish
from steward.core.workflow_plans import Planner, course_of, sources_of
from steward.core.workspace import WorkspaceFiles
from steward.lib.codec import encode
from steward.lib.io.ids import new_code, new_id
from steward.model.access import Role
from steward.model.approval import Approval, ApprovalState, fingerprint, intent_hash, is_whole, name_to_type
from steward.model.change import Change, ChangeState
from steward.model.errors import Braked, Conflict, NotFound, Stale
from steward.model.fact import Snapshot
from steward.model.flow import Course
from steward.model.graph import Graph
from steward.model.ids import ApprovalId, ChangeId, GrantId, MachineId, PlanId, PrincipalId, RunId
from steward.model.machine import Machine
from steward.model.measure import AnyMeasure
from steward.model.operation import AnyOperation
from steward.model.plan import Plan, Requester
from steward.model.policy import Limits, Verdict
from steward.model.principal import STEWARD, Principal, PrincipalKind
from steward.model.resumed import Resumption
from steward.model.risk import Strength
from steward.model.run import Run, RunState
from steward.model.taint import Taint
from steward.model.workflow import Workflow
from steward.ports.clock import Clock
from steward.store import approvals as approvals_table
from steward.store import blobs, changes, grants, occurrences, plans, resumptions, runs
from steward.store.database import Connection

_CODE_TRIES = 40
NO_MEASURES: Mapping[str, AnyMeasure] = MappingProxyType({})


class Proposals:
    """Makes plans and starts what was approved."""

    def __init__(  # noqa: PLR0913 - the ports of a proposal
        self,
        *,
        storage: Storage,
        workspace: WorkspaceFiles,
        policy: Policy,
        approvals: Approvals,
        brakes: Brakes,
        secrets: Secrets,
        look: Look,
        audit: Audit,
        events: Events,
        clock: Clock,
        operations: Mapping[str, AnyOperation],
        enqueue: Enqueue,
        reached: Callable[[str], None],
        budgets: Budgets,
        graph: Callable[[], Awaitable[Graph]],
        measures: Mapping[str, AnyMeasure] = NO_MEASURES,
    ) -> None:
        self._storage = storage
        self._graph = graph
        self._workspace = workspace
        self.judge = Judge(
            storage=storage,
            workspace=workspace,
            policy=policy,
            brakes=brakes,
            clock=clock,
            operations=operations,
            budgets=budgets,
        )
        """Asks policy about plans."""
        self._budgets = budgets
        self._approvals = approvals
        self._brakes = brakes
        self._secrets = secrets
        self._look = look
        self._audit = audit
        self._events = events
        self._clock = clock
        self.planner = Planner(workspace=workspace, look=look, measures=measures)
        """Expands workflows."""
        self._operations = operations
        self._enqueue = enqueue
        self._reached = reached

    async def draft(self, wish: Wish) -> PlanCard:
        """Work out what would happen and what policy says; nothing is kept and nobody is asked.

        Raises:
            NotFound, InvalidInput: a name or an input that does not fit, or one that holds a secret's value.
            Unreachable, NeedsPerson: a machine that cannot be looked at.
            Conflict: what it would change belongs to Flux, which would put it back; what an earlier run did cannot be
                taken over.
        """
        wish, course, sources = await self._expanded(wish)
        workflow = self._resolved(wish.workflow)
        plan_id = PlanId(new_id("plan"))
        machines = {step.machine for step in wish.ready_steps} or _machines(workflow)
        by_id = {machine: self._workspace.require(machine) for machine in machines}
        plan_steps = wish.ready_steps
        inputs: list[str] = []
        if not plan_steps:
            missing = [machine for machine in by_id.values() if machine.id not in wish.snapshots]
            snapshots = {**wish.snapshots, **await self._snapshots(missing)}
            probe = self.planner.probe
            plan_steps = compile_steps(
                workflow, snapshots, self._operations, plan_id, keep=inputs.append, course=course, probe=probe
            )
            plan_steps = with_versions(plan_steps, self._secrets.version)
            if changes_declared(plan_steps, self._operations):
                plan_steps = with_owners(plan_steps, by_id, await self._graph(), self._operations)
        services = interrupted(plan_steps, by_id, await self._graph()) if interrupts(plan_steps) else 0
        active = await self.judge.grants()
        context = PlanContext(
            id=plan_id,
            requester=Requester(id=wish.actor.id, kind=wish.actor.kind, channel=wish.actor.channel),
            policy_version=self.judge.version(active, {step.command.name for step in plan_steps}),
            now=self._clock.now(),
            lifetime=INTERACTIVE_LIFETIME if wish.is_interactive else QUEUED_LIFETIME,
            if_nothing=wish.if_nothing,
            undoes=wish.undoes,
            services=services,
            taint=wish.taint,
        )
        plan = assemble(workflow, plan_steps, by_id, context, course)
        decision = await self.judge.decide(plan, wish.actor, active)
        sealed, shown = seal(plan, decision.risk)
        self._secrets.refuse_in([encode(sealed), *({"text": text} for text in (*inputs, sources))])
        return PlanCard(
            plan=sealed,
            shown=shown,
            fingerprint=fingerprint(sealed),
            decision=decision,
            inputs=tuple(inputs),
            sources=sources,
            to_type=name_to_type(sealed),
        )

    async def submit(self, card: PlanCard, wish: Wish) -> PlanCard:
        """Put a drafted plan before a person, or start it where a grant covers it.

        Raises:
            Denied: policy says no, or a person said no to the same within 24 hours.
            NeedsPerson: sudo of a machine would refuse a step, or the way back from it.
            TryLater: so many plans wait already that nobody would read one more.
        """
        if card.decision.verdict is Verdict.DENY:
            raise denied(card.decision)
        intent = intent_hash(card.plan)
        await self._approvals.refuse_repeated(intent)
        waiting = await self._waiting_for(intent)
        if waiting is not None:
            return await self.card(waiting)
        await demand_rights(card.plan, self._look, self._workspace)
        self._reached("plan.commit.before")
        approval, run = await self._storage.write(self._keep, card, wish, self.judge.limits())
        self._reached("plan.commit.after")
        return replace(card, inputs=(), sources="", approval=approval, run=run, next=_next(approval, run))

    async def card(self, approval: Approval) -> PlanCard:
        """Return the card of an approval.

        Raises:
            Conflict: what lies in the store is not what was put before a person.
        """
        stored = await self._storage.read(plans.get, approval.plan)
        if stored is None or not is_whole(stored.plan, stored.shown, approval.fingerprint):
            raise not_whole(approval)
        active = await self.judge.grants()
        decision = await self.judge.decide(stored.plan, _decider(approval), active)
        return PlanCard(
            plan=stored.plan,
            shown=stored.shown,
            fingerprint=stored.fingerprint,
            decision=decision,
            approval=approval,
            run=approval.run,
            next=_next(approval, approval.run),
            to_type=name_to_type(stored.plan),
        )

    async def start(self, approval: Approval) -> bool:
        """Consume a yes if the world is still the one that was approved; False when nothing was started now.

        It was consumed before then, or its time is not there yet: `resume_approved` starts it when it is.

        Raises:
            Stale: something that was approved has changed; the approval is void and must be asked again.
            Braked: freeze or stop is on; the yes stays valid until it expires.
            NoRoom: a budget has no room for it; the yes stays valid until it expires.
        """
        await self._brakes.demand_clear()
        stored = await self._storage.read(plans.get, approval.plan)
        if stored is None or not is_whole(stored.plan, stored.shown, approval.fingerprint):
            raise await self._stale(approval, "the stored plan is not the one that was approved")
        changed = await self._changed(stored.plan, _decider(approval))
        if changed:
            raise await self._stale(approval, changed)
        limits = self.judge.limits()

        def enqueue(connection: Connection, run: RunId) -> None:
            self._budgets.reserve(connection, stored.plan, limits)
            self._enqueue(connection, run)

        return await self._approvals.consume(approval, enqueue=enqueue)

    async def resume_approved(self) -> None:
        """Start every plan that was approved before a crash and is not consumed yet."""
        for approval in await self._approvals.waiting():
            if approval.state is ApprovalState.APPROVED:
                try:
                    await self.start(approval)
                except (Conflict, NoRoom):
                    continue  # stale or cancelled, stored and shown as such; or no room yet; the others go on
                except NotFound as error:  # a secret or machine that was approved is gone: no other plan waits for it
                    await self._stale(approval, str(error))
                except Braked:
                    return  # every yes stays valid until it expires or the brake is lifted

    async def _stale(self, approval: Approval, why: str) -> Stale:
        await self._approvals.lapse(approval, to=ApprovalState.STALE, reason=why)
        return Stale("the plan no longer fits", where=approval.code, why=why, next_step="plan it again")

    async def _changed(self, plan: Plan, decider: Principal) -> str:
        inventory = self._workspace.inventory()
        if other := next((why for target in plan.targets if (why := why_another(target, inventory))), ""):
            return other
        for secret in (v.secret for s in plan.steps for v in s.action.environment if v.secret):
            if self._secrets.version(secret.name) != secret.version:
                return f"secret {secret.name} has another value"
        active = await self.judge.grants()
        if self.judge.version(active, {step.command.name for step in plan.steps}) != plan.policy_version:
            return "the policy has changed"
        decision = await self.judge.decide(plan, decider, active)
        if decision.verdict is Verdict.DENY:
            return decision.reasons[0].why
        return ""

    async def _snapshots(self, machines: Sequence[Machine]) -> dict[MachineId, Snapshot]:
        looked = await asyncio.gather(*(self._look.at(machine) for machine in machines))
        return {machine.id: snapshot for machine, snapshot in zip(machines, looked, strict=True)}

    async def _expanded(self, wish: Wish) -> tuple[Wish, Course | None, str]:
        """Expand the workflow of a wish that gives it inputs, and return its text; other wishes mean what they say."""
        if wish.given is None or wish.ready_steps:
            return wish, None, ""
        planned = await self.planner.expand(wish.workflow, wish.given, wish.find, wish.snapshots, wish.past)
        expanded, snapshots = planned
        workflow = replace(wish.workflow, steps=expanded.steps, title=_title(wish))
        is_course = wish.is_named or wish.past is not None or expanded.is_more_than_steps
        course = course_of(workflow, expanded) if is_course else None
        taint = Taint.OUTSIDE if expanded.is_told_by_outside else wish.taint
        wish = replace(wish, workflow=workflow, snapshots=snapshots, taint=taint)
        return wish, course, sources_of(expanded) if is_course else ""

    def _resolved(self, workflow: Workflow) -> Workflow:
        """Replace machine names by inventory ids; an unknown name is refused with the nearest one."""
        machines = [self._workspace.require(str(step.input.get("machine"))) for step in workflow.steps]
        for machine in machines:
            require_reachable(machine)
        resolved = tuple(
            replace(step, input={**step.input, "machine": machine.id})
            for step, machine in zip(workflow.steps, machines, strict=True)
        )
        return replace(workflow, steps=resolved)

    async def _waiting_for(self, intent: str) -> Approval | None:
        return next((a for a in await self._approvals.waiting() if a.intent_hash == intent), None)

    def _keep(
        self, connection: Connection, card: PlanCard, wish: Wish, limits: Limits
    ) -> tuple[Approval | None, RunId]:
        if card.decision.verdict is Verdict.ASK:
            refuse_too_many(approvals_table.count_waiting(connection, self._clock.now()), card.plan.requester, limits)
        now = self._clock.now()
        plan, run_id, change_id = card.plan, RunId(new_id("run")), ChangeId(new_id("change"))
        plans.insert(connection, plan, fingerprint=card.fingerprint, shown=card.shown)
        for text in (*card.inputs, *([card.sources] if card.sources else [])):
            blobs.put(connection, text.encode())
        change = Change(
            id=change_id,
            title=plan.title,
            why=wish.finding.title if wish.finding else plan.goal,
            finding=plan.finding,
            plan=plan.id,
            run=run_id,
            state=ChangeState.OPEN,
            opened=now,
        )
        changes.insert(connection, change)
        state = RunState.WAITING if card.decision.verdict is Verdict.ASK else RunState.PROPOSED
        runs.insert(connection, Run(id=run_id, plan=plan.id, change=change_id, state=state, created=now))
        self._audit.append(
            connection,
            kind="plan.proposed",
            actor=wish.actor,
            subject=run_id,
            fingerprint=card.fingerprint,
            payload={"title": plan.title, "plan": plan.id, **verdict_with_reasons(card.decision)},
        )
        self._events.add(connection, "run.proposed", run_id, actor=wish.actor.id, data={"text": plan.title})
        if wish.past is not None:
            self._go_on(connection, wish, wish.past, run_id)
        if wish.occurrence is not None:
            self._link(connection, wish.occurrence, run_id, is_asked=card.decision.verdict is Verdict.ASK)
        if card.decision.verdict is Verdict.ALLOW:
            self._start_granted(connection, card, run_id, wish.actor)
            return None, run_id
        return self._ask(connection, card, run_id), run_id

    def _link(self, connection: Connection, claim: Claim, run: RunId, *, is_asked: bool) -> None:
        """Let an occurrence have one run: whoever lost the claim meanwhile keeps nothing.

        Raises:
            Conflict: somebody else took it over.
        """
        now = self._clock.now()
        if not occurrences.begin(connection, claim.occurrence, by=claim.by, run=run, at=now, is_asked=is_asked):
            raise Conflict("somebody else starts this occurrence", where=claim.occurrence)

    def _go_on(self, connection: Connection, wish: Wish, past: Past, run: RunId) -> None:
        """Let the earlier run know the new one, in the transaction that keeps it.

        Raises:
            Conflict: somebody asked again meanwhile.
        """
        now = self._clock.now()
        is_first = resumptions.answer(connection, past.run, successor=run)
        if wish.is_asked_again and not is_first:
            raise Conflict("somebody asked again already", where=past.run)
        resumptions.link(connection, Resumption(run=past.run, successor=run, is_fork=past.is_fork, at=now))
        kind, word = ("run.forked", "forked") if past.is_fork else ("run.resumed", "goes on")
        text = f"{word} as {run}" + (": asked again by Steward" if wish.is_asked_again else "")
        self._events.add(connection, kind, past.run, actor=wish.actor.id, data={"text": text, "run": run})

    def _ask(self, connection: Connection, card: PlanCard, run_id: RunId) -> Approval:
        approval = Approval(
            id=ApprovalId(new_id("approval")),
            code=_free_code(connection),
            plan=card.plan.id,
            run=run_id,
            fingerprint=card.fingerprint,
            intent_hash=intent_hash(card.plan),
            requester=card.plan.requester.id,
            risk=card.plan.risk,
            least=card.decision.least,
            created=self._clock.now(),
            created_monotonic=self._clock.monotonic(),
            boot=self._clock.boot(),
            expires=card.plan.expires,
        )
        approvals_table.insert(connection, approval)
        return approval

    def _start_granted(self, connection: Connection, card: PlanCard, run_id: RunId, actor: Principal) -> None:
        """Start what grants cover, if brakes, budgets and each grant still allow it in this very transaction."""
        now = self._clock.now()
        self._brakes.demand_unbraked(connection, actor)
        self._budgets.reserve(connection, card.plan, self.judge.limits())
        for grant in card.decision.grants:
            if not grants.count_use(connection, GrantId(grant), run=run_id, at=now):
                why = "it was revoked, is over, or was used as often as it may be today"
                raise Conflict("the grant no longer covers this", why=why, next_step="plan it again")
        runs.move(connection, run_id, to=RunState.QUEUED, at=now)
        self._audit.append(
            connection,
            kind="run.intended",
            actor=STEWARD,
            subject=run_id,
            fingerprint=card.fingerprint,
            payload={"grant": card.decision.grant, "grants": list(card.decision.grants), "plan": card.plan.id},
        )
        self._enqueue(connection, run_id)


def _title(wish: Wish) -> str:
    """Return what a plan is called; one that goes on from another run says so."""
    title = wish.workflow.title
    return f"Resume: {title or wish.workflow.name}" if wish.past and not wish.past.is_fork else title


def _decider(approval: Approval) -> Principal:
    """Return the person who decided, or whoever will: pause holds Steward, not people."""
    return Principal(
        id=approval.decided_by or PrincipalId("person"),
        kind=PrincipalKind.PERSON,
        name="a person",
        strength=approval.decided_strength or Strength.NONE,
        channel=approval.decided_channel,
        rights=Role.OPERATOR.rights,
    )


def _free_code(connection: Connection) -> str:
    for _ in range(_CODE_TRIES):
        code = new_code()
        if approvals_table.by_code(connection, code) is None:
            return code
    raise Conflict("no free approval code", why="too many plans wait", next_step="decide on some of them")


def _machines(workflow: Workflow) -> set[MachineId]:
    return {MachineId(str(step.input["machine"])) for step in workflow.steps}


def _next(approval: Approval | None, run: RunId) -> str:
    if approval is None:
        return f"steward runs logs {run} --follow"
    return f"steward approvals approve {approval.code}"
