"""Cure services that use replaced files by restarting them, one after the other."""

from __future__ import annotations

from steward.knowhow.facts.stale_programs import PLUGIN as STALE
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.stale_services import restartable
from steward.lib.text import plural
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return a restart of each, at most eight; when one does not come back the rest is left alone."""
    stale, machine = snapshot.of(STALE), snapshot.machine
    names = () if stale is None else restartable(snapshot, tuple(stale.services))
    if not names:
        why = "what uses replaced files is protected, or gone"
        raise InvalidInput("no service can be restarted for this", where=machine.name, why=why)
    steps = tuple(
        WorkflowStep(
            id=f"restart-{number}",
            command="unit.restart",
            input={"machine": machine.id, "unit": name},
            needs=(f"restart-{number - 1}",) if number > 1 else (),
        )
        for number, name in enumerate(names, start=1)
    )
    return Workflow(
        name="restart-outdated-services",
        title=f"Restart {plural(len(names), 'service')} on {machine.name} that use replaced files",
        goal="they run with what is installed now",
        steps=steps,
        finding=finding.id,
    )


PLUGIN = Fix(
    name="restart_outdated_services",
    summary="Restart the services that still use replaced files, one after the other, at most eight.",
    needs=(STALE.name, UNITS.name),
    propose=propose,
)
