"""Cure a drifted file by writing it as git holds it."""

from __future__ import annotations

from steward.knowhow.facts.kept_files import PLUGIN as KEPT_FILES
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one write; the operation refuses what is as it should be by now."""
    path = finding.resource.name
    return Workflow(
        name="put-back-file",
        title=f"Put {path} on {snapshot.machine.name} back to what git holds",
        goal=f"{path} is again what the workspace holds of it",
        steps=(WorkflowStep(id="write", command="file.write", input={"machine": snapshot.machine.id, "path": path}),),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="put_back_file",
    summary="Write a kept file as git holds it; right when the change on the machine was a mistake.",
    needs=(SYSTEM.name, KEPT_FILES.name),
    propose=propose,
)
