"""The one path of every command, whoever asks and by whichever way in.

    who ─> policy ─> preview ─> approval ─> job ─> verify ─> audit

A command about Steward itself is judged, audited and done here. A command that changes a machine is an operation:
it becomes a plan of one step and goes on as a proposal; its approval, job, verification and audit are durable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from steward.core.catalogue import AnySpec, CommandSpec
from steward.core.desk import Desk, Emit
from steward.core.judge import denied
from steward.core.wishes import PlanCard, Wish
from steward.lib.canonical import digest
from steward.lib.codec import Json, encode
from steward.model.brake import Brake
from steward.model.command import Command
from steward.model.errors import Bug, Conflict, Denied, InvalidInput, NeedsProof, NotAllowed, NotFound, StewardError
from steward.model.operation import AnyOperation
from steward.model.policy import Decision, Request, Verdict
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Risk, Strength
from steward.model.taint import Taint
from steward.model.workflow import Workflow, WorkflowStep
from steward.store.database import Connection

_REFUSALS = (Denied, NotAllowed, InvalidInput, NotFound, Conflict)
"""What is a no, and not a machine or a store that does not answer now."""
OpenDesk = Callable[[Principal, bool, Emit], Desk]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of a command."""

    result: Any
    """The command's output as plain JSON."""
    exit_code: int = 0
    """How a program should end that ran just this."""
    shown_once: str = ""
    """Field of the result that carries a secret made just now, or empty."""

    def masked(self, redact: Callable[[Any], Any]) -> Any:
        """Return the result as it leaves: masked, but for what is shown this once to whoever made it."""
        if not self.shown_once:
            return redact(self.result)
        return {**redact({**self.result, self.shown_once: ""}), self.shown_once: self.result[self.shown_once]}


class Dispatch:
    """The only door to everything Steward does."""

    def __init__(self, *, desk: OpenDesk) -> None:
        self._desk = desk

    async def __call__(
        self,
        actor: Principal,
        command: Command,
        *,
        is_dry_run: bool = False,
        is_interactive: bool = False,
        emit: Emit | None = None,
    ) -> Answer:
        """Carry out one command for an actor, or stop at the first no; `is_interactive` at a terminal.

        Raises:
            StewardError: the class tells the caller what to do.
        """
        desk = replace(self._desk(actor, is_dry_run, emit or _silent), is_interactive=is_interactive)
        entry = desk.catalogue.find(command.name)
        typed = desk.catalogue.parse(command.name, command.input)
        if isinstance(entry, CommandSpec):
            return await self._control(desk, entry, command, typed)
        return _answer(await self._operation(desk, entry, command))

    async def _control(self, desk: Desk, spec: AnySpec, command: Command, typed: object) -> Answer:
        decision = await judge(desk, spec, command)
        if decision.verdict is not Verdict.ALLOW:
            raise _refusal(spec, decision, desk.actor)
        if desk.is_dry_run and spec.preview is not None:
            return Answer(result={"preview": await spec.preview(desk, typed)})
        if spec.risk is Risk.READ:
            return _answer(await spec.handler(desk, typed))
        if desk.is_dry_run:
            return Answer(result={"preview": f"`{spec.name}` has no preview; nothing was changed"})
        return await self._audited(desk, spec, command, _remarked(desk, spec, typed))

    async def _audited(self, desk: Desk, spec: AnySpec, command: Command, typed: object) -> Answer:
        """Write down what is about to be done before it is done, and how it ended after, however that was."""
        await desk.storage.write(_audit, desk, f"{spec.name}.intended", command, "")
        ending, note = "done", ""
        try:
            return replace(_answer(await spec.handler(desk, typed)), shown_once=spec.shown_once)
        except StewardError as error:
            ending, note = ("failed" if isinstance(error, Bug) else "refused"), str(error)
            raise
        except BaseException as error:  # a mistake of ours, or who asked went away; its text may hold anything
            ending, note = "failed", type(error).__name__
            raise
        finally:
            await desk.storage.write(_audit, desk, f"{spec.name}.{ending}", command, note)

    async def _operation(self, desk: Desk, operation: AnyOperation, command: Command) -> PlanCard:
        """Turn one operation into a plan of one step and propose it."""
        step = WorkflowStep(id="step-1", command=operation.name, input=command.input)
        return await propose(desk, Wish(workflow=Workflow(name="one-command", steps=(step,)), actor=desk.actor))


async def propose(desk: Desk, wish: Wish) -> PlanCard:
    """Draft a plan and, unless only a preview is wanted, put it before a person.

    Raises:
        Denied: policy says no, or whoever asks turns in circles. A preview shows that instead.
    """
    wish = replace(wish, is_interactive=desk.is_interactive)
    if desk.is_dry_run:
        return await desk.proposals.draft(wish)
    await desk.budgets.demand_open(desk.actor)
    try:
        card = await _submitted(desk, wish)
    except _REFUSALS as error:
        await desk.budgets.note(desk.actor, _what(wish), type(error).__name__, is_refused=True)
        raise
    await desk.budgets.note(desk.actor, _what(wish), card.decision.verdict.value, is_refused=False)
    return card


async def _submitted(desk: Desk, wish: Wish) -> PlanCard:
    card = await desk.proposals.draft(wish)
    if card.decision.verdict is Verdict.DENY:
        raise denied(card.decision)
    return await desk.proposals.submit(card, wish)


def _what(wish: Wish) -> str:
    """Return a digest of what is asked for: the same commands with the same input are the same request."""
    steps: list[Json] = [[step.command, step.input] for step in wish.workflow.steps]
    if wish.given is not None:
        steps = [[wish.workflow.name, encode(wish.workflow), dict(wish.given)]]
    return digest([wish.undoes or "", *steps], domain="steward-asked-v1")


async def judge(desk: Desk, spec: AnySpec, command: Command) -> Decision:
    """Ask policy about a command on Steward itself; brakes hold machines, never the hand that lifts a brake."""
    request = Request(
        command=spec.name,
        is_known=True,
        input=command.input,
        risk=spec.risk,
        actor=desk.actor,
        taint=Taint.TRUSTED,
        targets=(),
        fleet_size=0,
        brake=Brake.NONE,
        now=desk.clock.local(),
        mutations_today=0,
        proof=spec.proof,
        right=spec.right,
    )
    return desk.policy.decide(request, ())


def _refusal(spec: AnySpec, decision: Decision, actor: Principal) -> StewardError:
    """Say no; where only proof is missing, say which, so that the way in can ask for it and try again.

    Whoever proved nothing may turn out to hold more rights; whoever is known holds those they have.
    """
    said = {reason.rule for reason in decision.reasons if reason.verdict is not Verdict.ALLOW}
    if actor.may_be_an_agent and said <= {"proof", "rights"}:
        return NeedsProof(max(spec.proof, Strength.STEP_UP, key=lambda strength: strength.rank).value)
    if said <= {"proof"} and actor.kind is PrincipalKind.PERSON and not actor.strength.meets(spec.proof):
        return NeedsProof(spec.proof.value)
    return denied(decision)


def _remarked(desk: Desk, spec: AnySpec, typed: Any) -> object:
    """Mask secrets in what somebody remarks, for it is kept; no brake is refused for the words it is put on with."""
    masked = {name: desk.events.masked(getattr(typed, name)) for name in spec.remarks}
    return replace(typed, **masked) if masked else typed


def _audit(connection: Connection, desk: Desk, kind: str, command: Command, note: str) -> None:
    payload: Json = {"input": _without_secrets(desk, command), "note": note}
    desk.audit.append(connection, kind=kind, actor=desk.actor, subject=command.name, payload=payload)


def _without_secrets(desk: Desk, command: Command) -> dict[str, Any]:
    spec = desk.catalogue.find(command.name)
    hidden = spec.secret_fields if isinstance(spec, CommandSpec) else frozenset[str]()
    return {name: "***" if name in hidden else value for name, value in command.input.items()}


def _answer(result: object) -> Answer:
    code = cast("int", getattr(result, "exit_code", 0))
    return Answer(result=encode(result), exit_code=code)


async def _silent(_event: dict[str, Any]) -> None:
    """Drop events nobody asked for."""
