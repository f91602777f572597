"""Let a machine no longer keep which of its services fail."""

from __future__ import annotations

from steward.knowhow import unit_failure_files as files
from steward.knowhow.facts.unit_failures import PLUGIN as FAILURES
from steward.knowhow.facts.unit_failures import Keeping
from steward.knowhow.unit_failure_keeping import keeping_is, keeping_of, resource
from steward.lib.record import record
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.risk import Risk


@record
class UnwatchFailures:
    """Remove what `unit watch-failure` wrote; what was kept stays until the machine's owner deletes it."""

    machine: str
    """Machine, by name or id."""


def build(_command: UnwatchFailures, snapshot: Snapshot) -> Blueprint:
    """Work it out; where nothing of it is there it is refused."""
    seen = keeping_of(snapshot)
    if seen.keeping is Keeping.ABSENT:
        raise InvalidInput("it does not keep failures", where=snapshot.machine.name)
    return Blueprint(
        resource=resource(snapshot),
        action=Action(argv=files.argv("drop"), timeout_seconds=60),
        says=f"Let {snapshot.machine.name} no longer keep which services fail",
        effects=(
            *(f"removes {path}" for path in files.FILES),
            f"triggers on failed units hear no more of it; what was kept stays in {files.SPOOL}",
        ),
        preconditions=(keeping_is(snapshot, seen.keeping),),
        verify=(keeping_is(snapshot, Keeping.ABSENT, within_seconds=20),),
        undo=Undo(
            says="Write the four files again",
            actions=(Action(argv=files.argv("put"), timeout_seconds=60),),
            verify=(keeping_is(snapshot, Keeping.ON, within_seconds=20),),
        ),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[UnwatchFailures](
    name="unit.unwatch_failure",
    input=UnwatchFailures,
    risk=Risk.REVERSIBLE,
    needs=(FAILURES.name,),
    build=build,
    sudoers=files.rights(),
    examples=(
        Example(line="unit unwatch_failure m1", does="Remove from m1 what keeps failures."),
        Example(line="unit unwatch_failure nas", does="The same on nas."),
    ),
)
