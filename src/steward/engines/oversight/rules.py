"""Policy: what would happen, and why; and whether the files of the workspace are sound."""

from __future__ import annotations

import asyncio
import json
from dataclasses import MISSING, fields
from typing import Any

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.dispatch import judge
from steward.core.wishes import Wish
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Command, Example
from steward.model.errors import InvalidInput
from steward.model.operation import AnyOperation
from steward.model.policy import Decision
from steward.model.risk import Risk, Strength
from steward.model.workflow import Workflow, WorkflowStep
from steward.model.workspace import INVENTORY_FILE, POLICY_FILE

_AS_JSON = 'write it as {"machine": "nas"}'


@record
class ExplainInput:
    """Say what would happen to a command, and why; nothing is kept and nobody is asked.

    Command lines of a shell are judged too, even where Steward does not run: one with
    `steward policy explain -- 'docker ps | head'`, many with `steward policy explain --jsonl < LINES`, where each line
    is `{"command": "zfs destroy tank/x"}`.
    """

    command: str
    """Command, `unit.restart`."""
    given: str = "{}"
    """Its input as JSON: `{"machine": "nas", "unit": "nginx.service"}`."""


@record
class Explanation:
    """What would happen, and every reason."""

    command: str
    """The command."""
    decision: Decision
    """What policy says."""


@record
class CheckInput:
    """Check the workspace's files and show every problem with its line.

    Inventory, policy, what may be asked from outside, and the tables of the shell gate.
    """


@record
class Checked:
    """What is wrong with the workspace's files."""

    problems: tuple[str, ...]
    """One line each, edits that are not in force included; empty when all is well."""
    version: str
    """Version of policy.yaml as it is written, as `policy accept` asks for it."""

    @property
    def exit_code(self) -> int:
        """0 when sound, 10 otherwise: the last good version stays in force."""
        return 10 if self.problems else 0


@record
class AcceptInput:
    """Put an edit of policy.yaml in force that loosens it; edits that only tighten are in force at once."""

    version: str
    """Version of the file you looked at, as `steward policy check` shows it."""


@record
class Accepted:
    """The rules in force now."""

    version: str
    """Digest of the rules."""
    sentence: str
    """What changed."""


async def explain(desk: Desk, given: ExplainInput) -> Explanation:
    """Explain a decision."""
    dotted = given.command.replace(" ", ".")
    is_known = dotted in desk.catalogue.names()  # else it is named as it was given: changed, it could not be masked
    command = Command(name=dotted if is_known else given.command, input=_json(given.given))
    entry = desk.catalogue.find(command.name)
    if isinstance(entry, CommandSpec):
        return Explanation(command=command.name, decision=await judge(desk, entry, command))
    _require_all(desk, entry, command)
    desk.catalogue.parse(command.name, command.input)
    step = WorkflowStep(id="step-1", command=command.name, input=command.input)
    workflow = Workflow(name="explain", title=command.name, goal="explain", steps=(step,))
    card = await desk.proposals.draft(Wish(workflow=workflow, actor=desk.actor))
    return Explanation(command=command.name, decision=card.decision)


def _require_all(desk: Desk, operation: AnyOperation, command: Command) -> None:
    """Say what is missing with a line to type: whoever asks about a command seldom knows its fields."""
    needed = [
        field.name for field in fields(operation.input) if field.default is MISSING and field.default_factory is MISSING
    ]
    missing = [name for name in needed if name not in command.input]
    if not missing:
        return
    machine = next((each.name for each in desk.workspace.inventory().machines), "nas")
    example = {name: command.input.get(name, machine if name == "machine" else "...") for name in needed}
    raise InvalidInput(
        f"what {command.name} would meet depends on its {', '.join(missing)}",
        next_step=f"steward policy explain {command.name} --given '{json.dumps(example)}'",
    )


def _json(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            "the input is not JSON", why=str(error), next_step='write it as {"machine": "nas"}'
        ) from error
    if not isinstance(data, dict):
        raise InvalidInput("the input is not a JSON object", next_step=_AS_JSON)
    return data  # pyright: ignore[reportUnknownVariableType]


async def check(desk: Desk, _input: CheckInput) -> Checked:
    """Check the files."""
    gate = await asyncio.to_thread(desk.policy.gate.problems)
    outside = await asyncio.to_thread(desk.workspace.outside_problems)
    found = (*desk.workspace.problems(), *desk.policy.problems(), *outside, *gate)
    problems = [str(problem) for problem in found]
    for machine in desk.workspace.written().machines:
        for what, step in desk.workspace.loosened(machine.id):
            problems.append(f"{INVENTORY_FILE} was edited by hand: {what}. Next: `{step}`, or put the text back")
    return Checked(problems=(*problems, *desk.policy.loosened()), version=desk.policy.shown_version())


async def accept(desk: Desk, given: AcceptInput) -> Accepted:
    """Put the policy in force as it is written."""
    changes = desk.policy.loosened()
    rules = await asyncio.to_thread(desk.policy.accept, given.version, desk.actor)
    sentence = f"{POLICY_FILE} is in force as it is written" if changes else "it was in force as it is written already"
    return Accepted(version=rules.version, sentence=sentence)


async def preview_accept(desk: Desk, _given: AcceptInput) -> str:
    """Say what accepting would loosen."""
    return "; ".join(desk.policy.loosened()) or "nothing: policy.yaml is in force as it is written"


COMMANDS = (
    CommandSpec(
        name="policy.explain",
        right=Right.READ,
        input=ExplainInput,
        output=Explanation,
        handler=explain,
        risk=Risk.READ,
        examples=(
            Example(
                line="""policy explain unit.restart --given '{"machine": "nas", "unit": "nginx.service"}'""",
                does="Say what restarting a unit would meet",
            ),
            Example(line="policy explain resume", does="Say who may lift a brake"),
        ),
    ),
    CommandSpec(
        name="policy.check",
        right=Right.READ,
        input=CheckInput,
        output=Checked,
        handler=check,
        risk=Risk.READ,
        examples=(
            Example(line="policy check", does="Check policy.yaml, inventory.yaml, outside.yaml and tools/*.yaml"),
            Example(line="policy check --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="policy.accept",
        right=Right.GOVERN,
        input=AcceptInput,
        output=Accepted,
        handler=accept,
        preview=preview_accept,
        undo="put the text of policy.yaml back: what tightens is in force at once",
        verify="`steward policy check` names no edit any more",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="policy accept 3f2a9c1b40de", does="Put the edit in force that `policy check` showed"),
            Example(line="policy accept 3f2a9c1b40de --dry-run", does="Only say what it would loosen"),
        ),
    ),
)
