"""Asking again: what is proposed by itself after a run ended at a value nobody had agreed to.

    run ends stale ─> noted in the same transaction ─> proposed as its requester ─┬─> waits for a person
                                                                                  └─> refused: its reason says so

The note outlives every crash, and the plan is kept in the transaction that answers the note: it is asked at least
once, and at most one plan comes of it.
"""

from __future__ import annotations

import logging
from typing import Any

from steward.core.dispatch import OpenDesk, propose
from steward.core.events import Events
from steward.core.resuming import GoOn, wish_to_go_on
from steward.core.runs import load
from steward.core.storage import Storage
from steward.model.access import Right
from steward.model.errors import StewardError, TryLater, Unreachable
from steward.model.ids import RunId
from steward.model.plan import Requester
from steward.model.principal import STEWARD, Principal
from steward.store import resumptions, runs
from steward.store.database import Connection

_log = logging.getLogger("steward.asking")


class AskingAgain:
    """Proposes how runs go on that ended at a value nobody had agreed to."""

    def __init__(self, *, storage: Storage, desk: OpenDesk, events: Events) -> None:
        self._storage = storage
        self._desk = desk
        self._events = events

    async def tick(self) -> None:
        """Ask about every run that was noted and not asked about yet."""
        for asking in await self._storage.read(resumptions.unanswered):
            await self._ask(asking.run)

    async def _ask(self, run_id: RunId) -> None:
        run, stored = await self._storage.read(load, run_id)
        desk = self._desk(_as_before(stored.plan.requester), False, _unheard)  # noqa: FBT003 - a port's shape
        try:
            card = await propose(desk, await wish_to_go_on(desk, GoOn(run=run.id, is_asked_again=True)))
        except Unreachable as error:  # whoever looks after the machine decides when it goes on
            await self._storage.write(self._refuse, run_id, error)
        except TryLater as error:
            _log.info("asking again about %s waits: %s", run_id, error)
        except StewardError as error:
            await self._storage.write(self._refuse, run_id, error)
        else:
            if card.run is not None:  # the same waited already, by somebody's own hand
                await self._storage.write(resumptions.answer, run_id, successor=card.run)

    def _refuse(self, connection: Connection, run_id: RunId, error: StewardError) -> None:
        """Say why it is not asked again, where people look for why the run ended."""
        why = self._events.masked(str(error).rstrip("."))
        if not resumptions.refuse(connection, run_id, why=why):
            return
        more = f"not asked again by itself: {why}; to go on: steward runs resume {run_id}"
        runs.add_reason(connection, run_id, more)
        self._events.add(connection, "run.not_resumed", run_id, actor=STEWARD.id, data={"text": more})


def _as_before(requester: Requester) -> Principal:
    """Return whoever asked for the first plan, with no more rights than to look and to propose."""
    rights = (Right.READ, Right.PROPOSE)
    return Principal(id=requester.id, kind=requester.kind, name=requester.id, channel=requester.channel, rights=rights)


async def _unheard(_event: dict[str, Any]) -> None:
    """Drop what nobody follows."""
