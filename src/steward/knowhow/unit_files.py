"""What the operations share that change whether a unit starts by itself."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.facts.units import Unit, Units
from steward.knowhow.unit_operations import unit_of
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.probe import Probe


def with_file_state(snapshot: Snapshot, name: str, state: str) -> tuple[Units, Unit]:
    """Return the unit a command names when its file stands so.

    Raises:
        InvalidInput: it is not there, no typed command touches it, or its file stands otherwise.
    """
    units, unit = unit_of(snapshot, name)
    if unit.file_state != state:
        why = f"it is {unit.file_state or 'without a file'}, not {state}"
        raise InvalidInput(f"`{unit.name}` cannot be changed so", where=snapshot.machine.name, why=why)
    return units, unit


def file_state_is(snapshot: Snapshot, unit: Unit, state: str) -> Probe:
    """Return the probe that the file of a unit stands so."""
    return Probe(
        machine=snapshot.machine.id,
        says=f"{unit.name} is {state}",
        fact=UNITS.name,
        path=("units", unit.name, "file_state"),
        expected=state,
        within_seconds=10,
    )
