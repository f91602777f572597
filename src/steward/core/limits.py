"""How often somebody may try: counted before the check, by address and overall, forgiven when it proves right.

Counts live in memory, bounded, and slide out of their window: no lockout lasts, and a restart forgets them. The
owner's secret is counted in the store besides.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict, deque
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from steward.model.errors import NotAllowed, StewardError, TooMany
from steward.ports.clock import Clock

_IPV6_HOUSEHOLD = 64
_MOST_ADDRESSES = 10_000


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What may be tried in one window."""

    what: str
    """What is tried, for whoever meets the limit: `wrong passwords`."""
    per_address: int
    """Tries from one address."""
    overall: int
    """Tries from everywhere."""
    window_seconds: float
    """How long a try counts."""


PASSWORDS = Limit(what="passwords", per_address=4, overall=20, window_seconds=300.0)
"""Fewer from one address than the owner's secret takes in all, so that one address cannot shut the owner out."""
CODES = Limit(what="one-time codes", per_address=5, overall=30, window_seconds=300.0)
TOKENS = Limit(what="tokens", per_address=20, overall=300, window_seconds=60.0)
"""Nobody guesses 256 bits; this keeps the log and the store quiet."""
SECOND_STEPS = Limit(what="codes of the authenticator app", per_address=5, overall=60, window_seconds=900.0)
"""Counted by person instead of by address: whoever gets so far has the password, and locks nobody out."""
PASSKEYS = Limit(what="passkeys", per_address=20, overall=300, window_seconds=60.0)
"""Nobody guesses a signature; this keeps the log and the store quiet."""
QUESTIONS = Limit(what="questions for a passkey", per_address=30, overall=600, window_seconds=300.0)
"""Each is kept for five minutes, for whoever asks: counted and never forgiven."""
SESSIONS = Limit(what="sessions", per_address=30, overall=300, window_seconds=60.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Attempt:
    """One try that was counted."""

    address: str
    """Where it came from."""
    at: float
    """When (monotonic)."""


class Attempts:
    """Counts the tries of one kind."""

    def __init__(self, limit: Limit, *, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._overall: deque[Attempt] = deque()
        self._by_address: OrderedDict[str, deque[Attempt]] = OrderedDict()

    def begin(self, address: str) -> Attempt:
        """Count a try before it is looked at.

        Raises:
            TooMany: with the seconds to wait.
        """
        now, key = self._clock.monotonic(), household(address)
        own = self._by_address.setdefault(key, deque())
        self._by_address.move_to_end(key)
        for tries, most in ((own, self._limit.per_address), (self._overall, self._limit.overall)):
            self._refuse(tries, most, now)
        attempt = Attempt(address=key, at=now)
        own.append(attempt)
        self._overall.append(attempt)
        if len(self._by_address) > _MOST_ADDRESSES:
            self._by_address.popitem(last=False)
        return attempt

    def forgive(self, attempt: Attempt) -> None:
        """Take back a try that proved right, or was no guess."""
        for tries in (self._by_address.get(attempt.address), self._overall):
            if tries is not None and attempt in tries:
                tries.remove(attempt)

    def _refuse(self, tries: deque[Attempt], most: int, now: float) -> None:
        while tries and tries[0].at <= now - self._limit.window_seconds:
            tries.popleft()
        if len(tries) >= most:
            wait = max(1, math.ceil(tries[0].at + self._limit.window_seconds - now))
            raise TooMany(f"too many wrong {self._limit.what} lately", after_seconds=wait)


def household(address: str) -> str:
    """Return what is counted as one address: an IPv4 address, or the /64 that one IPv6 household has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), _IPV6_HOUSEHOLD), strict=False))
    return str(parsed)


@contextmanager
def counted(attempts: Attempts, address: str) -> Generator[None]:
    """Count a try before it is looked at; it is forgiven when it proves right or was never looked at."""
    attempt = attempts.begin(address)
    try:
        yield
    except NotAllowed:
        raise
    except StewardError:
        attempts.forgive(attempt)
        raise
    attempts.forgive(attempt)
