"""An event of Steward itself starts it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from steward.lib.record import record
from steward.model.trigger import TriggerKind
from steward.model.trigger_source import Problem, SourceKind

_EVENT = re.compile(r"[a-z_]+\.(?:[a-z_]+|\*)")


@record
class EventSource:
    """Which events."""

    events: tuple[str, ...]
    """Kinds such as `finding.opened`, or all of a noun: `run.*`."""
    subject: str = ""
    """Only about what has this id; empty for all."""


def _check(source: EventSource) -> tuple[Problem, ...]:
    if not source.events:
        return (("events", "`events` is empty", "name at least one, such as `finding.opened`"),)
    return tuple(
        ("events", f"`{kind}` is no kind of event", "write `noun.verb`, or `noun.*` for all of a noun")
        for kind in source.events
        if not _EVENT.fullmatch(kind) or kind.startswith("trigger.")
    )


def _takes(source: EventSource, _name: str, key: str, data: Mapping[str, Any]) -> bool:
    if source.subject and data.get("subject") != source.subject:
        return False
    return key in source.events or f"{key.partition('.')[0]}.*" in source.events


_EXAMPLE = """kind: event
says: Check every machine when something new is wrong
events: [finding.opened]  # or all of a noun: run.*
coalesce: 10m             # events so close together are one
starts:
  goal: health-check
"""

PLUGIN = SourceKind(
    kind=TriggerKind.EVENT,
    summary="An event of Steward itself: `finding.opened`, `run.failed`.",
    example=_EXAMPLE,
    record=EventSource,
    check=_check,
    takes=_takes,
)
