"""Cure a late backup by running its job now."""

from __future__ import annotations

from steward.knowhow.facts.backups import PLUGIN as BACKUPS
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one run; the check closes the finding once it has ended well."""
    backups, job = snapshot.of(BACKUPS), finding.resource.name
    one = None if backups is None else backups.jobs.get(job)
    if one is None or one.is_running or one.kind != "unit":
        why = "it runs now" if one is not None and one.is_running else "it is no job of systemd there now"
        raise InvalidInput(f"{visible_line(job)} cannot be started", where=snapshot.machine.name, why=why)
    return Workflow(
        name="run-backup",
        title=f"Run backup job {visible_line(job)} on {snapshot.machine.name} now",
        goal="the job runs; when it has ended well there is a backup of today",
        steps=(WorkflowStep(id="run", command="backup.run", input={"machine": snapshot.machine.id, "job": job}),),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="run_backup",
    summary="Run a backup job that is late or failed the last time; right when the reason has passed.",
    needs=(BACKUPS.name, UNITS.name),
    propose=propose,
)
