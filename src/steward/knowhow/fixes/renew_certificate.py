"""Cure a certificate that soon expires by letting certbot renew it."""

from __future__ import annotations

from steward.knowhow.facts.certificates import PLUGIN as CERTIFICATES
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one renewal; loading it is left to certbot's hooks, and found when they do not."""
    certificates, key = snapshot.of(CERTIFICATES), finding.resource.name
    served = None if certificates is None else certificates.served.get(key)
    name = "" if certificates is None or served is None else certificates.renewal_of(served)
    if not name:
        why = "certbot does not keep what is served there now"
        raise InvalidInput(f"{visible_line(key)} cannot be renewed this way", where=snapshot.machine.name, why=why)
    return Workflow(
        name="renew-certificate",
        title=f"Renew certificate {visible_line(name)} on {snapshot.machine.name}",
        goal="a certificate that is valid for its full time lies on disk, and certbot's hooks have loaded it",
        steps=(
            WorkflowStep(
                id="renew",
                command="certificate.renew",
                input={"machine": snapshot.machine.id, "certificate": name},
            ),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="renew_certificate",
    summary="Let certbot renew a certificate that is due, where nothing did so in time.",
    needs=(CERTIFICATES.name,),
    propose=propose,
)
