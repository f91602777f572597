"""A value that was seen."""

from __future__ import annotations

from datetime import datetime

from steward.lib.record import record
from steward.model.ids import ResourceId
from steward.model.taint import DataClass, Taint


@record
class Observation:
    """One value of one resource, seen at one time from one source. Findings and evidence are made of these."""

    resource: ResourceId
    """What was looked at."""
    name: str
    """What was measured, with its unit where it has one: `used_percent`, `active_state`."""
    value: bool | int | float | str
    """The value seen."""
    source: str
    """Where it was seen, for example `systemctl on nuc-2`."""
    at: datetime
    """When it was seen (UTC)."""
    taint: Taint = Taint.TRUSTED
    """`outside` when the value is text somebody else wrote, such as a log line."""
    data_class: DataClass = DataClass.INTERNAL
    """Who may see it."""
