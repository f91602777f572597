"""Signs of life: `/ping/ID`, `/ping/ID/start`, `/fail`, `/log` and an exit code, as Healthchecks takes them.

An address is a secret of its trigger (`core.private_addresses`). With the ping key a trigger is addressed by its name,
and `create=1` makes one that only watches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from steward.core.arrivals import Arrivals
from steward.core.events import Events
from steward.core.limits import Attempts, Limit
from steward.core.private_addresses import PING_KEY, PrivateAddresses
from steward.core.storage import Storage
from steward.core.trigger_files import ReadTrigger, TriggerFiles
from steward.core.trigger_text import NAME
from steward.lib.redact import Redactor
from steward.lib.text import moment_of
from steward.model.access import Right
from steward.model.errors import StewardError, TryLater
from steward.model.ids import PrincipalId
from steward.model.principal import Principal, PrincipalKind
from steward.model.trigger import TriggerKind, TriggerState
from steward.ports.clock import Clock
from steward.store import trigger_states
from steward.store.database import Connection

WRONG = Limit(what="ping addresses", per_address=30, overall=600, window_seconds=60.0)
"""Nobody guesses 128 bits; this keeps the log and the store quiet."""
PINGS = Limit(what="pings", per_address=120, overall=1_200, window_seconds=60.0)
"""Right ones too: counted and not forgiven, five in a minute are plenty for one check."""
MOST_BODY = 100_000
"""Bytes of a body that are looked at and kept."""
_KEPT = 30
_LAST_EXIT = 255
_EXIT_DIGITS = 3
_MOST_MADE = 500
"""Triggers from which on a ping makes no more: the ping key lies in scripts on machines."""
_NEW = "kind: ping\nsays: Made by the first ping\nschedule: {every: 1d}\nstartWithin: 1h\n"


class PingKind(StrEnum):
    """What a ping says."""

    SUCCESS = "success"
    START = "start"
    FAIL = "fail"
    LOG = "log"


class UnknownPing(Exception):
    """There is no such address, or it says nothing that is understood; a stranger is told no more."""


@dataclass(frozen=True, kw_only=True)
class Ping:
    """One ping as it came."""

    id: str
    """Address of a trigger, or the ping key."""
    slug: str = ""
    """Name of the trigger, after the ping key."""
    action: str = ""
    """`start`, `fail`, `log` or an exit code; empty for success."""
    body: bytes = b""
    """What was sent along."""
    create: bool = False
    """Whether a trigger is made where there is none."""


def kind_of(action: str) -> PingKind:
    """Return what a ping says.

    Raises:
        UnknownPing: nothing that is understood.
    """
    if action.isascii() and action.isdigit() and len(action) <= _EXIT_DIGITS and int(action) <= _LAST_EXIT:
        return PingKind.SUCCESS if int(action) == 0 else PingKind.FAIL
    try:
        return PingKind(action) if action else PingKind.SUCCESS
    except ValueError:
        raise UnknownPing from None


class Pings:
    """Takes signs of life."""

    def __init__(  # noqa: PLR0913 - the ports of receiving
        self,
        *,
        storage: Storage,
        files: TriggerFiles,
        arrivals: Arrivals,
        events: Events,
        redactor: Redactor,
        clock: Clock,
        addresses: PrivateAddresses,
    ) -> None:
        self._storage = storage
        self._files = files
        self._arrivals = arrivals
        self._events = events
        self._redactor = redactor
        self._clock = clock
        self.addresses = addresses
        self._wrong = Attempts(WRONG, clock=clock)
        self._right = Attempts(PINGS, clock=clock)

    async def is_ping_key(self, given: str) -> bool:
        """Tell whether this is the ping key."""
        return bool(await self.addresses.find(given, (PING_KEY,)))

    async def receive(self, ping: Ping, *, address: str) -> PingKind:
        """Take a ping; return what it said.

        Raises:
            UnknownPing: nothing is there.
            TooMany: too many wrong ones, or too many at all, lately.
            TryLater: it could not be kept; ping again.
        """
        attempt = self._wrong.begin(address)
        kind = kind_of(ping.action)
        read = await self._addressed(ping)
        self._wrong.forgive(attempt)
        self._right.begin(address)
        text = await asyncio.to_thread(self._redactor.text, ping.body[:MOST_BODY].decode("utf-8", "replace"))
        await self._storage.write(self._keep, read, kind, ping.action, text)
        return kind

    async def _addressed(self, ping: Ping) -> ReadTrigger:
        known = (await asyncio.to_thread(self._files.look)).triggers
        if not ping.slug:
            every = [name for name, read in known.items() if read.trigger.kind is TriggerKind.PING]
            found = known.get(await self.addresses.find(ping.id, every))
        elif await self.is_ping_key(ping.id):
            found = known.get(ping.slug)
            if found is None and ping.create and NAME.fullmatch(ping.slug):
                return await asyncio.to_thread(self._created, ping.slug, len(known))
        else:
            found = None
        if found is None or found.trigger.kind is not TriggerKind.PING:
            raise UnknownPing
        return found

    def _created(self, name: str, known: int) -> ReadTrigger:
        """Make a trigger that only watches: it starts nothing, so that nothing about it has to be allowed.

        A file that is there and cannot be read is somebody's work, and left to them.
        """
        if known >= _MOST_MADE:
            raise TryLater("the check cannot be made", why=f"there are {known} triggers; write its file yourself")
        if self._files.text_of(name):
            raise TryLater("the check cannot be made", why=f"its file has a problem: `steward trigger check {name}`")
        author = Principal(
            id=PrincipalId("ping"), kind=PrincipalKind.ALERT, name="a ping", channel="ping", rights=(Right.READ,)
        )
        try:
            self._files.write(name, _NEW, author)
            return self._files.require(name)
        except StewardError as error:
            raise TryLater("the check cannot be made now", why=str(error)) from error

    def _keep(self, connection: Connection, read: ReadTrigger, kind: PingKind, action: str, text: str) -> None:
        trigger, now = read.trigger, self._clock.now()
        state = trigger_states.get(connection, trigger.name)
        if state is None:
            state = TriggerState(name=trigger.name, digest=read.digest, seen_until=now, memory={})
        memory = _remembered(state.memory, kind, text, now)
        trigger_states.put(connection, replace(state, memory=memory))
        name = f"trigger-{trigger.name}"
        if kind is PingKind.SUCCESS and trigger_states.recover(connection, trigger.name):
            self._events.add(
                connection,
                "trigger.recovered",
                trigger.name,
                actor=name,
                data={"text": f"{trigger.name} is well again"},
            )
        if kind is PingKind.FAIL and trigger.is_on and state.paused is None:
            why = f"it said at {now:%Y-%m-%d %H:%M} UTC that it failed" + (
                f": exit {action}" if action.isdigit() else ""
            )
            self._events.add(
                connection, "trigger.failed", trigger.name, actor=name, data={"text": f"{trigger.name}: {why}"}
            )
            trigger_states.trouble(connection, trigger.name, why=why, at=now)
            data = {"kind": kind.value, "exit": action, "body": text}
            arrival = self._arrivals.prepared(TriggerKind.PING, trigger.name, f"ping {now.isoformat()}", data)
            self._arrivals.take(connection, arrival, trigger.name)


def _remembered(memory: Mapping[str, Any], kind: PingKind, text: str, now: datetime) -> dict[str, Any]:
    """Return what is remembered after a ping: the last of each kind, how long it took, the newest thirty."""
    kept = dict(memory)
    seconds: float | None = None
    if kind is PingKind.START:
        kept["started"] = now.isoformat()
    if kind in (PingKind.SUCCESS, PingKind.FAIL):
        begun = moment_of(str(kept.pop("started", "")))
        seconds = round((now - begun).total_seconds(), 3) if begun else None
        kept["ended"] = now.isoformat()
        kept.pop("down", None)
    if kind is PingKind.SUCCESS:
        kept["last"] = now.isoformat()
    line = {"at": now.isoformat(), "kind": kind.value, "seconds": seconds}
    kept["pings"] = [line, *kept.get("pings", [])][:_KEPT]
    if text:
        kept["body"] = text
    return kept
