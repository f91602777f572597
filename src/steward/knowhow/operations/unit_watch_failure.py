"""Let a machine keep which of its services fail."""

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
class WatchFailures:
    """Let systemd keep each failure of a service in a small file, so that none is missed while Steward is away."""

    machine: str
    """Machine, by name or id."""


def build(_command: WatchFailures, snapshot: Snapshot) -> Blueprint:
    """Work it out; where it is done already, or systemd is too old, it is refused."""
    seen = keeping_of(snapshot)
    if seen.keeping is Keeping.ON:
        raise InvalidInput("it keeps failures already", where=snapshot.machine.name)
    if seen.systemd < files.LEAST_SYSTEMD:
        why = f"it has systemd {seen.systemd}" if seen.systemd else "it has no systemd"
        raise InvalidInput(f"that needs systemd {files.LEAST_SYSTEMD} or newer", where=snapshot.machine.name, why=why)
    return Blueprint(
        resource=resource(snapshot),
        action=Action(argv=files.argv("put"), timeout_seconds=60),
        says=f"Let {snapshot.machine.name} keep which services fail",
        effects=(
            *(f"writes {path}" for path in files.FILES),
            f"a service that fails for good leaves one small file in {files.SPOOL}, the newest {files.MOST_KEPT} stay",
            "systemd reads its files anew; no service is started or stopped",
        ),
        preconditions=(keeping_is(snapshot, seen.keeping),),
        verify=(keeping_is(snapshot, Keeping.ON, within_seconds=20),),
        undo=Undo(
            says=f"Remove the four files again; what was kept stays in {files.SPOOL}",
            actions=(Action(argv=files.argv("drop"), timeout_seconds=60),),
            verify=(keeping_is(snapshot, Keeping.ABSENT, within_seconds=20),),
        ),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[WatchFailures](
    name="unit.watch_failure",
    input=WatchFailures,
    risk=Risk.REVERSIBLE,
    needs=(FAILURES.name,),
    build=build,
    sudoers=files.rights(),
    examples=(
        Example(line="unit watch_failure m1", does="Let m1 keep which of its services fail."),
        Example(line="unit watch_failure nas", does="The same on nas."),
    ),
)
