"""A state that must last before it counts: `to: "on"`, `for: 5m`. Pure; the time is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Lasting:
    """What is remembered of one state."""

    value: str | None = None
    """The state as it was seen last; None before the first."""
    before: str | None = None
    """The one before it."""
    since: float = 0.0
    """Since when it is so (seconds since 1970)."""
    is_told: bool = True
    """Whether this stay in it was told, or need not be."""

    def seen(self, value: str, now: float) -> Lasting:
        """Return what to remember once a state was seen; the same again changes nothing."""
        if value == self.value:
            return self
        return Lasting(value=value, before=self.value, since=now, is_told=False)

    def is_due(self, *, to: str | None, came_from: str | None, seconds: float, now: float) -> bool:
        """Tell whether it has to be told now."""
        if self.is_told or self.value is None or (to is not None and self.value != to):
            return False
        if came_from is not None and self.before != came_from:
            return False
        # a clock that was put back must not hold it forever
        return now - self.since >= seconds or self.since > now

    def told(self) -> Lasting:
        """Return what to remember once it was told, or found not worth telling."""
        return replace(self, is_told=True)

    def memory(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"value": self.value, "before": self.before, "since": self.since, "is_told": self.is_told}


def lasting_of(memory: Mapping[str, Any]) -> Lasting:
    """Return what was remembered; what cannot be read of it counts as nothing."""
    value, before, since = memory.get("value"), memory.get("before"), memory.get("since")
    if not isinstance(value, str) or not isinstance(since, int | float):
        return Lasting()
    is_told = memory.get("is_told") is not False
    return Lasting(value=value, before=before if isinstance(before, str) else None, since=since, is_told=is_told)
