"""What the operations share that let a machine keep failures, or no longer."""

from __future__ import annotations

from steward.knowhow.facts.unit_failures import PLUGIN as FAILURES
from steward.knowhow.facts.unit_failures import Keeping, UnitFailures
from steward.knowhow.unit_failure_files import UNIT
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.probe import Probe
from steward.model.resource import Resource, ResourceKind, resource_on


def keeping_of(snapshot: Snapshot) -> UnitFailures:
    """Return what is known of it.

    Raises:
        InvalidInput: nobody could read it.
    """
    seen = snapshot.of(FAILURES)
    if seen is None:
        why = snapshot.unread.get(FAILURES.name, "it was not looked at")
        raise InvalidInput("cannot tell what it keeps", where=snapshot.machine.name, why=why)
    return seen


def resource(snapshot: Snapshot) -> Resource:
    """Return the template unit as a resource."""
    return resource_on(snapshot.machine.id, ResourceKind.UNIT, UNIT)


def keeping_is(snapshot: Snapshot, keeping: Keeping, *, within_seconds: int = 0) -> Probe:
    """Return the probe that a machine keeps failures, or does not."""
    return Probe(
        machine=snapshot.machine.id,
        says=f"keeping of failed services is {keeping.value}",
        fact=FAILURES.name,
        path=("keeping",),
        expected=keeping.value,
        within_seconds=within_seconds,
    )
