"""Addresses that are a secret themselves: whoever knows one may use it, and nothing of it is kept.

An address is made from a key of this installation, from what it is for, and from a number that counts up. One more
makes every address before it worthless: that is how one is taken back.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from steward.core.storage import Storage
from steward.model.trigger import TriggerState
from steward.ports.clock import Clock
from steward.store import trigger_states
from steward.store.database import Connection

PING_KEY = "ping key"
"""The address under which every ping trigger answers to its name; a blank is in no trigger's name."""
CALENDAR = "calendar feed"
"""The address of the calendar feed."""


class PrivateAddresses:
    """Makes addresses, knows them again, and takes them back."""

    def __init__(self, *, storage: Storage, clock: Clock, key: bytes, origin: str) -> None:
        """`origin` is where people reach this Steward: `https://steward.lan`."""
        self._storage = storage
        self._clock = clock
        self._key = key
        self.origin = origin

    async def of(self, name: str) -> str:
        """Return the secret part of the address that counts now."""
        return self._made(name, await self._storage.read(_number, name))

    async def renew(self, name: str) -> str:
        """Make the address worthless and return the next one."""
        return self._made(name, await self._storage.write(self._counted_up, name))

    async def find(self, given: str, names: Iterable[str]) -> str:
        """Return which of these has this address; empty for none. All are compared, however early one fits."""
        states = await self._storage.read(trigger_states.listing)
        numbers = {name: state.address_number for name, state in states.items()}
        fitting = [name for name in names if self._is(given, name, numbers.get(name, 0))]
        return fitting[0] if fitting else ""

    def _is(self, given: str, name: str, number: int) -> bool:
        return hmac.compare_digest(self._made(name, number).encode(), given.encode())

    def _made(self, name: str, number: int) -> str:
        text = f"{name}\0{number}" if number else name
        return hmac.digest(self._key, text.encode(), sha256).hex()[:32]

    def _counted_up(self, connection: Connection, name: str) -> int:
        state = trigger_states.get(connection, name)
        if state is None:
            state = TriggerState(name=name, digest="", seen_until=self._clock.now(), memory={})
        trigger_states.put(connection, replace(state, address_number=state.address_number + 1))
        return state.address_number + 1


def _number(connection: Connection, name: str) -> int:
    state = trigger_states.get(connection, name)
    return state.address_number if state else 0
