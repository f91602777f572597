"""Cure a certificate that was renewed and not loaded by reloading its server."""

from __future__ import annotations

from steward.knowhow.facts.certificates import PLUGIN as CERTIFICATES
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one reload, proven by what is served afterwards."""
    certificates, key = snapshot.of(CERTIFICATES), finding.resource.name
    served = None if certificates is None else certificates.served.get(key)
    if certificates is None or served is None or not certificates.newer_than(served):
        why = "what is served is no older than what lies on disk"
        raise InvalidInput(f"{visible_line(key)} needs no reload any more", where=snapshot.machine.name, why=why)
    return Workflow(
        name="load-certificate",
        title=f"Load the renewed certificate of {visible_line(key)} on {snapshot.machine.name}",
        goal="the server serves the certificate that lies on disk for it",
        steps=(
            WorkflowStep(
                id="load",
                command="certificate.load",
                input={"machine": snapshot.machine.id, "certificate": key},
            ),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="load_certificate",
    summary="Reload the server of a certificate that was renewed on disk; proven by what it serves afterwards.",
    needs=(CERTIFICATES.name, PORTS.name, UNITS.name),
    propose=propose,
)
