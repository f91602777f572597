"""A server that has numbers of machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from steward.model.history import Point
from steward.model.secret import Secret
from steward.model.telemetry import Numbers, TelemetrySource


class TelemetryServer(Protocol):
    """Asks a server for numbers. What it answers is text from outside: bounded here, and never more than numbers.

    Every call raises Unreachable when there is no answer or none that can be used, and NeedsPerson when the server
    refuses the secret or its certificate is not trusted.
    """

    async def hosts(self, source: TelemetrySource, secret: Secret | None) -> Sequence[str]:
        """Return the values of the label that tells machines apart."""
        ...

    async def now(self, source: TelemetrySource, host: str, secret: Secret | None) -> Numbers:
        """Return the numbers of one of them as they are now; those that are stale are left out."""
        ...

    async def hours(
        self, source: TelemetrySource, host: str, secret: Secret | None, *, begin: datetime, end: datetime
    ) -> Mapping[str, Mapping[str, tuple[Point, ...]]]:
        """Return the numbers of each whole hour between two times, by fact and name; hours without any are left out."""
        ...
