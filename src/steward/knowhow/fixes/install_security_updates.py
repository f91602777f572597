"""Cure waiting security updates by installing them, each by name and version."""

from __future__ import annotations

from steward.knowhow.facts.updates import PLUGIN as UPDATES
from steward.knowhow.upgradable import upgradable
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one step with at most 20 packages; kernels and boot loaders are left to a person."""
    updates = snapshot.of(UPDATES)
    names = () if updates is None else upgradable(updates)
    if not names:
        why = "what waits is a kernel or boot loader, comes new, or is gone"
        raise InvalidInput("no security update can be installed by name", where=snapshot.machine.name, why=why)
    given = {"machine": snapshot.machine.id, "packages": ",".join(names)}
    return Workflow(
        name="install-security-updates",
        title=f"Install security updates on {snapshot.machine.name}",
        goal="the holes that these updates close are closed; services that were running run again",
        steps=(WorkflowStep(id="upgrade", command="packages.upgrade", input=given),),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="install_security_updates",
    summary="Install waiting security updates by name and exact version; 20 at once, kernels and boot loaders not.",
    needs=(UPDATES.name,),
    propose=propose,
)
