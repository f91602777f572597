"""Cure an old self-test with a new one."""

from __future__ import annotations

from steward.knowhow.facts.disk_health import PLUGIN as HEALTH
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one long test, which reads the whole surface."""
    health, key = snapshot.of(HEALTH), finding.resource.name
    one = None if health is None else health.disks.get(key)
    if one is None or one.is_testing:
        why = "it tests itself now" if one is not None else "it is not there"
        raise InvalidInput(f"disk {visible_line(key)} needs no test", where=snapshot.machine.name, why=why)
    return Workflow(
        name="test-disk",
        title=f"Let {visible_line(one.name)} on {snapshot.machine.name} test itself",
        goal="the disk has read its whole surface; if it could not, the check of self-tests says so",
        steps=(
            WorkflowStep(
                id="test",
                command="disk.test",
                input={"machine": snapshot.machine.id, "disk": key, "kind": "long"},
            ),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="test_disk",
    summary="Let a disk read its whole surface that has not tested itself for long.",
    needs=(HEALTH.name,),
    propose=propose,
)
