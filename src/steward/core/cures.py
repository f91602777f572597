"""From a finding to the wish that its fix makes of it."""

from __future__ import annotations

from dataclasses import replace

from steward.core.desk import Desk
from steward.core.wishes import Wish
from steward.model.errors import Conflict, InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.machine import Machine


async def wish_for(desk: Desk, finding: Finding, machine: Machine, *, is_fresh: bool) -> Wish:
    """Return the wish that a finding's fix makes of it; `is_fresh` looks at the machine again first.

    Raises:
        Conflict: it has no fix, or the fresh look no longer shows it.
        InvalidInput: its fix cannot help as things stand.
    """
    fix = desk.fixes.get(finding.fix or "")
    if fix is None:
        raise Conflict(f"there is no fix for {finding.id}", why=finding.title, next_step="this needs you")
    seen = None if is_fresh else desk.seen(machine.id)
    snapshot = seen or await desk.look.at(machine)
    if is_fresh:
        finding = _still_there(desk, finding, snapshot)
    workflow = replace(fix.propose(finding, snapshot), finding=finding.id)
    return Wish(
        workflow=workflow,
        actor=desk.actor,
        if_nothing=finding.if_nothing,
        finding=finding,
        snapshots={machine.id: snapshot},
    )


def _still_there(desk: Desk, finding: Finding, snapshot: Snapshot) -> Finding:
    """Look again before planning: the finding may be gone, or hold other values."""
    check = next((check for check in desk.checks if check.name == finding.check), None)
    missing = [name for name in (check.needs if check else ()) if name not in snapshot.values]
    if check is None or missing:
        raise InvalidInput(f"cannot look at {finding.title} again", why=f"not readable: {', '.join(missing)}")
    present = next((found for found in check.run(snapshot) if found.id == finding.id), None)
    if present is None:
        raise Conflict(f"it is no longer so: {finding.title}", next_step="`steward why` looks again")
    return replace(present, since=finding.since)
