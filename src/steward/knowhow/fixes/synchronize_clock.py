"""Cure a clock that nothing keeps right by turning time synchronization on."""

from __future__ import annotations

from steward.knowhow.facts.clock import PLUGIN as CLOCK
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one step."""
    clock = snapshot.of(CLOCK)
    if clock is None or clock.is_enabled is not False:
        why = "time synchronization is on, or systemd does not have it"
        raise InvalidInput("nothing can be turned on", where=snapshot.machine.name, why=why)
    return Workflow(
        name="synchronize-clock",
        title=f"Turn time synchronization on for {snapshot.machine.name}",
        goal=f"the clock of {snapshot.machine.name} is right and stays so",
        steps=(WorkflowStep(id="on", command="clock.synchronize", input={"machine": snapshot.machine.id}),),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="synchronize_clock",
    summary="Turn on the time synchronization that is installed, and see that the clock is synchronized.",
    needs=(CLOCK.name,),
    propose=propose,
)
