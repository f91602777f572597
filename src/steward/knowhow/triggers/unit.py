"""A service of a machine failed, as the machine itself kept it."""

from __future__ import annotations

from steward.model.trigger import TriggerKind
from steward.model.trigger_source import SourceKind
from steward.model.watches import UnitWatch, problems_of

_EXAMPLE = """kind: unit
says: Look into a backup that failed on its machine
# machines: [nas]         # none: every machine; `steward unit watch-failure` makes a machine keep its failures
units: ["backup-*.service"]
starts:
  goal: incident
"""

PLUGIN = SourceKind[UnitWatch](
    kind=TriggerKind.UNIT,
    summary="A service of a machine failed, as the machine itself kept it.",
    example=_EXAMPLE,
    record=UnitWatch,
    check=problems_of,
)
