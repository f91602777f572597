"""A readable line about a machine comes true, or a command says so."""

from __future__ import annotations

from steward.model.trigger import TriggerKind
from steward.model.trigger_source import SourceKind
from steward.model.watches import ConditionWatch, problems_of

_EXAMPLE = """kind: condition
says: Look for a cure when a disk is nearly full
machine: MACHINE
line: "[DISK_FREE_PERCENT /] < 10"
for: 10m                  # it must stay true so long
everySeconds: 300
starts:
  goal: health-check
"""

PLUGIN = SourceKind[ConditionWatch](
    kind=TriggerKind.CONDITION,
    summary="A readable line about a machine comes true, or a command says so.",
    example=_EXAMPLE,
    record=ConditionWatch,
    check=problems_of,
)
