"""A signed delivery to a webhook starts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from steward.lib.record import record
from steward.model.trigger import TriggerKind
from steward.model.trigger_source import SourceKind


@record
class HookSource:
    """Which deliveries."""

    hook: str = ""
    """Webhook of `hooks.yaml`; empty: the one of the trigger's own name. An unsigned one never starts anything."""
    events: tuple[str, ...] = ()
    """Only deliveries that the sender calls so (`push`, `release`); empty for all. Not signed by every sender."""


def _takes(source: HookSource, name: str, key: str, data: Mapping[str, Any]) -> bool:
    return key == (source.hook or name) and (not source.events or data.get("event") in source.events)


_EXAMPLE = """kind: hook
says: Look into whatever the alert manager reports
hook: alerts              # a webhook of hooks.yaml; only a signed delivery starts anything
# events: [push]          # only what the sender calls so
coalesce: 2m              # deliveries so close together are one
starts:
  goal: incident
"""

PLUGIN = SourceKind(
    kind=TriggerKind.HOOK,
    summary="A signed delivery to `/hooks/NAME`.",
    example=_EXAMPLE,
    record=HookSource,
    takes=_takes,
)
