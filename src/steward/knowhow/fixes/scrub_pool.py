"""Cure an old scrub with a new one."""

from __future__ import annotations

from steward.knowhow.facts.pools import PLUGIN as POOLS
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one scrub."""
    pools, name = snapshot.of(POOLS), finding.resource.name
    one = None if pools is None else pools.pools.get(name)
    if one is None or one.scan_state in {"running", "paused"}:
        why = f"a {one.scan_kind} is {one.scan_state}" if one is not None else "it is not there"
        raise InvalidInput(f"pool {visible_line(name)} needs no scrub now", where=snapshot.machine.name, why=why)
    return Workflow(
        name="scrub-pool",
        title=f"Scrub pool {visible_line(name)} on {snapshot.machine.name}",
        goal="all data of the pool has been read, and what was damaged and has a good copy is mended",
        steps=(WorkflowStep(id="scrub", command="pool.scrub", input={"machine": snapshot.machine.id, "pool": name}),),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="scrub_pool",
    summary="Scrub a ZFS pool that nobody has read through for long.",
    needs=(POOLS.name,),
    propose=propose,
)
