"""Build what follows the outside for triggers."""

from __future__ import annotations

import asyncio
from typing import Any

from steward.app.plugins import load_event_sources
from steward.app.settings import Settings
from steward.core.arrivals import Arrivals
from steward.core.audit import Audit
from steward.core.brakes import Brakes
from steward.core.events import Events
from steward.core.secrets import Secrets
from steward.core.storage import Storage
from steward.core.trigger_files import TriggerFiles
from steward.model.brake import Brake
from steward.model.errors import Braked
from steward.model.secret import Secret
from steward.model.trigger import TriggerKind
from steward.ports.event_source import EventSource, EventSourcePlugin, Surroundings
from steward.reactor.failures import FailureSource
from steward.reactor.journals import JournalSource
from steward.reactor.looking import ConditionSource, Eyes
from steward.reactor.watching import BuildSource, Watching


def watching_of(  # noqa: PLR0913 - what it reads, where it keeps, what it looks with
    settings: Settings,
    eyes: Eyes,
    *,
    files: TriggerFiles,
    arrivals: Arrivals,
    storage: Storage,
    events: Events,
    audit: Audit,
    brakes: Brakes,
    secrets: Secrets,
) -> Watching:
    """Build it; nothing is followed yet."""

    async def secret(reference: str) -> Secret:
        return await asyncio.to_thread(secrets.resolve, reference)

    async def may_act() -> None:
        if (await brakes.state()).brake is not Brake.NONE:
            raise Braked("nothing is placed while a brake is on", next_step="steward brakes")

    def outside(plugin: EventSourcePlugin) -> BuildSource:
        def build(watch: Any, name: str) -> EventSource:
            surroundings = Surroundings(
                clock=eyes.clock,
                secret=secret,
                may_act=may_act,
                identity=f"{settings.worker} {settings.data} {name}",
                own_folders=tuple(str(each) for each in (settings.data, settings.keys, settings.workspace)),
            )
            return plugin.build(watch, surroundings)

        return build

    sources = {kind: outside(plugin) for kind, plugin in load_event_sources().items()}
    looking: dict[TriggerKind, BuildSource] = {
        TriggerKind.UNIT: lambda watch, _name: FailureSource(watch, eyes),
        TriggerKind.JOURNAL: lambda watch, _name: JournalSource(watch, eyes),
        TriggerKind.CONDITION: lambda watch, _name: ConditionSource(watch, eyes),
    }
    return Watching(
        files=files,
        arrivals=arrivals,
        storage=storage,
        events=events,
        audit=audit,
        clock=eyes.clock,
        sources={**sources, **looking},
    )
