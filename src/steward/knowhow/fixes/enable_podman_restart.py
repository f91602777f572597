"""Cure containers of Podman that would stay off after a restart by enabling what starts them."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.unit_operations import unit_of
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one step; nothing is started or restarted now."""
    _, unit = unit_of(snapshot, finding.resource.name)
    if unit.file_state != "disabled":
        why = f"it is {unit.file_state}"
        raise InvalidInput(f"{unit.name} is not disabled any more", where=snapshot.machine.name, why=why)
    return Workflow(
        name="enable-podman-restart",
        title=f"Let Podman's containers come back with {snapshot.machine.name}",
        goal=f"{unit.name} is enabled: it starts the containers whose policy is `always` at every boot",
        steps=(
            WorkflowStep(id="enable", command="unit.enable", input={"machine": snapshot.machine.id, "unit": unit.name}),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="enable_podman_restart",
    summary="Enable podman-restart.service, which starts the containers at boot whose policy is `always`.",
    needs=(UNITS.name,),
    propose=propose,
)
