"""The pulse of this process: what it does again and again, when it last managed to, and how long that took."""

from __future__ import annotations

from dataclasses import dataclass

from steward.ports.clock import Clock


@dataclass(kw_only=True)
class Beat:
    """One thing that is done again and again."""

    done: int = 0
    """How often it was done since the start."""
    failed: int = 0
    """How often it could not be."""
    seconds: float = 0.0
    """Time it took in all, failures included."""
    last: float | None = None
    """When it was last done (monotonic), or None."""


class Pulse:
    """Counts what the loops of the daemon do."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.started = clock.now()
        """When this process began (UTC)."""
        self.beats: dict[str, Beat] = {}
        """By name."""

    def time(self) -> float:
        """Return the time to give to `beat` as `began`."""
        return self._clock.monotonic()

    def beat(self, name: str, *, began: float, is_done: bool = True) -> None:
        """Note that something was done, or could not be."""
        now = self._clock.monotonic()
        beat = self.beats.setdefault(name, Beat())
        beat.seconds += now - began
        if is_done:
            beat.done += 1
            beat.last = now
        else:
            beat.failed += 1

    def age_seconds(self, name: str) -> float | None:
        """Return how long ago something was last done; None when it never was."""
        beat = self.beats.get(name)
        return None if beat is None or beat.last is None else self._clock.monotonic() - beat.last
