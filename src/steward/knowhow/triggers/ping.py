"""A sign of life that stays away, or says that something failed, starts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from steward.lib.record import record
from steward.model.trigger import TriggerKind
from steward.model.trigger_source import SourceKind


@record
class PingSource:
    """What of it starts something; all of it is told."""

    on_absent: bool = True
    """Whether staying away starts what the trigger starts."""
    on_fail: bool = True
    """Whether a sign that something failed does."""


def _takes(source: PingSource, name: str, key: str, data: Mapping[str, Any]) -> bool:
    wanted = {"absent": source.on_absent, "fail": source.on_fail}
    return key == name and wanted.get(str(data.get("kind")), False)


_EXAMPLE = """kind: ping
says: The backup of the network storage says each night that it went well
schedule: {every: 1d}     # when a sign of life is expected; `steward trigger address NAME` tells where it goes
startWithin: 2h           # so much later it is missed, and told
# onFail: false           # a sign that says it failed is only told
# starts: {goal: incident}  # without it the trigger only watches and tells
"""

PLUGIN = SourceKind(
    kind=TriggerKind.PING,
    summary="A sign of life at `/ping/ID` that stays away longer than `startWithin`, or says that something failed.",
    example=_EXAMPLE,
    record=PingSource,
    takes=_takes,
    needs_schedule=True,
)
