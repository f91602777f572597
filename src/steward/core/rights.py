"""Whether the machines let Steward's user do what a plan wants of them: asked before a person is."""

from __future__ import annotations

from collections.abc import Iterator

from steward.core.compile import SUDO
from steward.core.look import Look
from steward.core.workspace import WorkspaceFiles
from steward.lib.text import visible_line
from steward.model.errors import NeedsPerson
from steward.model.plan import Plan, PlannedAction, PlanStep


async def demand_rights(plan: Plan, look: Look, workspace: WorkspaceFiles) -> None:
    """Refuse a plan that would end at a missing right of sudo, in the middle or on the way back.

    Raises:
        NeedsPerson: a right is missing; the text names the command.
        Unreachable: a machine does not answer.
    """
    for target in plan.targets:
        steps = [step for step in plan.steps if step.machine == target.machine]
        wanted = dict.fromkeys(command for step in steps for command in _as_root(step))
        if not wanted:
            continue
        refused = await look.refused(workspace.require(target.machine), tuple(wanted))
        if refused:
            raise NeedsPerson(
                f"sudo on {target.name} does not let Steward's user do this",
                where=visible_line(refused[0]),
                why="the right was never given there, or was taken back",
                next_step=f"put there what `steward machines rights {target.name}` prints, then plan it again",
            )


def _as_root(step: PlanStep) -> Iterator[tuple[str, ...]]:
    """Name what a step and its undo run through sudo."""
    actions: tuple[PlannedAction, ...] = (step.action, *step.undo.actions)
    for action in actions:
        if action.argv[: len(SUDO)] == SUDO:
            yield action.argv[len(SUDO) :]
