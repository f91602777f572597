"""Let a trigger start a goal: dispatched like the command a person types, as the trigger."""

from __future__ import annotations

from steward.core.dispatch import Dispatch
from steward.core.work_starting import Begun, Start
from steward.model.command import Command


class GoalWork:
    """Runs a goal for a trigger; what it proposes is judged plan by plan."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch

    async def __call__(self, start: Start) -> Begun:
        """Run it; tried again after a crash, it finds the plans that wait already."""
        command = Command(name="goal.run", input={**start.starts.input, "name": start.starts.goal})
        report = (await self._dispatch(start.actor, command)).result
        return Begun(says=f"{report['sentence']} {report['no_model']}", is_in_vain=not report["is_met"])
