"""Policy: what would happen, and why; and whether the files of the workspace are sound."""

from __future__ import annotations

import json
from typing import Any

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.dispatch import judge
from steward.core.proposals import Wish
from steward.lib.record import record
from steward.model.command import Command, Example
from steward.model.errors import InvalidInput
from steward.model.policy import Decision
from steward.model.risk import Risk
from steward.model.workflow import Workflow, WorkflowStep

_AS_JSON = 'write it as {"machine": "nas"}'


@record
class ExplainInput:
    """Say what would happen to a command, and why; nothing is kept and nobody is asked."""

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
    """Check the workspace's files and show every problem with its line."""


@record
class Checked:
    """What is wrong with the workspace's files."""

    problems: tuple[str, ...]
    """One line each; empty when all is well."""

    @property
    def exit_code(self) -> int:
        """0 when sound, 10 otherwise: the last good version stays in force."""
        return 10 if self.problems else 0


async def explain(desk: Desk, given: ExplainInput) -> Explanation:
    """Explain a decision."""
    command = Command(name=given.command.replace(" ", "."), input=_json(given.given))
    entry = desk.catalogue.find(command.name)
    if isinstance(entry, CommandSpec):
        return Explanation(command=command.name, decision=await judge(desk, entry, command))
    desk.catalogue.parse(command.name, command.input)
    step = WorkflowStep(id="step-1", command=command.name, input=command.input)
    workflow = Workflow(name="explain", title=command.name, goal="explain", steps=(step,))
    card = await desk.proposals.draft(Wish(workflow=workflow, actor=desk.actor))
    return Explanation(command=command.name, decision=card.decision)


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
    found = (*desk.workspace.problems(), *desk.policy.problems())
    return Checked(problems=tuple(str(problem) for problem in found))


COMMANDS = (
    CommandSpec(
        name="policy.explain",
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
        input=CheckInput,
        output=Checked,
        handler=check,
        risk=Risk.READ,
        examples=(
            Example(line="policy check", does="Check policy.yaml and inventory.yaml"),
            Example(line="policy check --json", does="The same as one JSON object"),
        ),
    ),
)
