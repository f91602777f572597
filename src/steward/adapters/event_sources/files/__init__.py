"""Files of this computer."""

from __future__ import annotations

from steward.adapters.event_sources.files.source import FileSource
from steward.model.trigger import TriggerKind
from steward.ports.event_source import EventSourcePlugin

PLUGIN = EventSourcePlugin(kind=TriggerKind.FILES, build=FileSource)
