"""The event stream: what happened, stored with the transaction in which it happened."""

from __future__ import annotations

from typing import Any, cast

from steward.lib.redact import Redactor
from steward.model.event import Event
from steward.model.ids import PrincipalId
from steward.ports.clock import Clock
from steward.store import events as table
from steward.store.database import Connection


class Events:
    """Appends events."""

    def __init__(self, *, clock: Clock, redactor: Redactor) -> None:
        self._clock = clock
        self._redactor = redactor

    def add(
        self, connection: Connection, kind: str, subject: str, *, actor: str, data: dict[str, Any] | None = None
    ) -> None:
        """Append one event to the caller's transaction; its data is redacted."""
        event = Event(
            seq=0,
            kind=kind,
            at=self._clock.now(),
            subject=subject,
            actor=PrincipalId(actor),
            data=self.masked_json(data or {}),
        )
        table.append(connection, event)

    def masked(self, text: str) -> str:
        """Return words that are kept beside events, such as a reason, as an event would keep them."""
        return self._redactor.text(text)

    def masked_json(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return what somebody gave, such as an answer, as an event would keep it."""
        return cast("dict[str, Any]", self._redactor.json(data))
