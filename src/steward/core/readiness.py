"""Whether this Steward can do its work now: its store takes writes, its durable work runs, it looks around."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from steward.core.pulse import Pulse
from steward.core.storage import Storage
from steward.lib.record import record
from steward.model.errors import StewardError
from steward.ports.clock import Clock
from steward.store import identity

_log = logging.getLogger("steward.ready")
LOOK = "look"
"""Name of the look at every machine in the pulse."""
_REMEMBERED_SECONDS = 2.0
_STORE_SECONDS = 3.0
_PATIENCE_SECONDS = 30.0


@record
class Part:
    """One part of being ready."""

    is_ready: bool
    """Whether it works."""
    says: str
    """What is known of it; nothing about the lab."""


@record
class Ready:
    """Whether Steward can do its work."""

    is_ready: bool
    """Whether every part works."""
    parts: dict[str, Part]
    """`store`, `jobs` and `scanner`."""


class Readiness:
    """Looks at the parts; an answer is remembered for two seconds, for anybody may ask."""

    def __init__(
        self,
        *,
        storage: Storage,
        pulse: Pulse,
        are_jobs_launched: Callable[[], bool],
        scan_seconds: float,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._pulse = pulse
        self._are_jobs_launched = are_jobs_launched
        self._scan_seconds = scan_seconds
        self._clock = clock
        self._asking = asyncio.Lock()
        self._known: tuple[float, Ready] | None = None

    async def now(self) -> Ready:
        """Return whether everything works."""
        async with self._asking:
            time = self._clock.monotonic()
            if self._known is None or not 0 <= time - self._known[0] < _REMEMBERED_SECONDS:
                parts = {"store": await self._store(), "jobs": self._jobs(), "scanner": self._scanner()}
                ready = Ready(is_ready=all(part.is_ready for part in parts.values()), parts=parts)
                self._known = (self._clock.monotonic(), ready)
            return self._known[1]

    async def _store(self) -> Part:
        try:
            await asyncio.wait_for(self._storage.write(identity.touch), _STORE_SECONDS)
        except TimeoutError:
            return Part(is_ready=False, says=f"no write within {_STORE_SECONDS:g} s")
        except StewardError as error:
            _log.warning("the store is not ready: %s", error)
            return Part(is_ready=False, says=error.what)
        return Part(is_ready=True, says="takes writes")

    def _jobs(self) -> Part:
        is_ready = self._are_jobs_launched()
        return Part(is_ready=is_ready, says="launched" if is_ready else "not launched")

    def _scanner(self) -> Part:
        age = self._pulse.age_seconds(LOOK)
        if age is None:
            return Part(is_ready=False, says="has not looked yet")
        is_ready = age <= 2 * self._scan_seconds + _PATIENCE_SECONDS
        return Part(is_ready=is_ready, says=f"looked {age:.0f} s ago")
