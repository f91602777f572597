"""Webhooks: take what is signed as an event, once; take what is not as something seen; tell a stranger nothing.

Every delivery is counted before it is looked at, and one that proves right is forgiven. Its content is text from
outside: masked, cut to a size, and marked as such wherever it is kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from steward.core.arrivals import Arrival, Arrivals
from steward.core.events import Events
from steward.core.hook_file import NO_HOOKS, parse_hooks
from steward.core.limits import Attempt, Attempts, Limit
from steward.core.secrets import Secrets
from steward.core.signatures import Claim, Headers, NotSigned, claim_of, delivery_of, key_of
from steward.core.sources import InForce
from steward.core.storage import Storage
from steward.lib.json_read import read_json
from steward.lib.redact import Redactor
from steward.lib.text import visible_line
from steward.model.errors import InvalidFile, StewardError, TooMany, TryLater
from steward.model.hook import HOOKS_FILE, Hook, HookFile, Scheme
from steward.model.ids import ResourceId, derived
from steward.model.observation import Observation
from steward.model.taint import Taint
from steward.model.trigger import TriggerKind
from steward.ports.clock import Clock
from steward.ports.repository import Repository
from steward.store import deliveries, observations
from steward.store.database import Connection

_log = logging.getLogger("steward.hooks")
SIGNED = Limit(what="deliveries", per_address=20, overall=300, window_seconds=60.0)
UNSIGNED = Limit(what="deliveries", per_address=30, overall=60, window_seconds=60.0)
"""Nothing proves an unsigned one right, so that none of these is ever forgiven."""
MOST_KEPT = 65_536
"""Characters of a signed delivery that are kept."""
MOST_SEEN = 4_096
"""Characters of an unsigned one."""
_SEEN_KEPT = 100
_LONGEST_EVENT = 100
_EVENT_HEADERS = ("x-github-event", "x-gitea-event", "x-gitlab-event")


class Outcome(StrEnum):
    """What became of a delivery."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    OBSERVED = "observed"
    REFUSED = "refused"
    LIMITED = "limited"


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """A delivery whose body is worth reading."""

    hook: Hook
    """Where it goes."""
    claim: Claim | None
    """What its headers say; None for an unsigned one."""
    key: bytes
    """What it must be signed with."""
    event: str
    """What the sender calls it; not signed, from outside."""
    attempt: Attempt
    """To be forgiven when it proves right."""


class Hooks:
    """Receives webhooks."""

    def __init__(  # noqa: PLR0913 - the ports of receiving
        self,
        *,
        storage: Storage,
        repository: Repository,
        secrets: Secrets,
        events: Events,
        redactor: Redactor,
        clock: Clock,
        arrivals: Arrivals | None = None,
    ) -> None:
        """Without `arrivals` a delivery is only noted, and starts nothing."""
        self._arrivals = arrivals
        self._storage = storage
        self._file = InForce(repository=repository, path=HOOKS_FILE, parse=parse_hooks, absent=NO_HOOKS)
        self._secrets = secrets
        self._events = events
        self._redactor = redactor
        self._clock = clock
        self._signed = Attempts(SIGNED, clock=clock)
        self._unsigned = Attempts(UNSIGNED, clock=clock)
        self.counts: Counter[tuple[str, Outcome]] = Counter()
        """Deliveries since the start, by webhook and what became of them; all strangers count under no name."""

    def file(self) -> HookFile:
        """Return the webhooks in force; none while no version of the file was ever good."""
        try:
            return self._file.current()
        except InvalidFile:
            return HookFile(hooks=())

    def problems(self) -> tuple[InvalidFile, ...]:
        """Return what is wrong with the file as it is now."""
        return self._file.problems()

    def trouble(self, hook: Hook) -> str:
        """Say why a webhook could not be checked; empty when it can."""
        try:
            self._key(hook)
        except StewardError as error:
            return str(error)
        return ""

    async def admit(self, name: str, headers: Headers, *, address: str) -> Admitted:
        """Look at a delivery before its body is read.

        Raises:
            NotSigned: there is no such webhook, or the headers cannot be right.
            TooMany: too many wrong ones lately.
            TryLater: the key to check it with is not there.
        """
        hook = (await asyncio.to_thread(self.file)).find(name)
        known = hook.name if hook else ""
        try:
            attempt = (self._unsigned if hook and hook.scheme is Scheme.NONE else self._signed).begin(address)
            if hook is None:
                raise NotSigned  # noqa: TRY301 - counted like a wrong signature, and told no more
            claim = None if hook.scheme is Scheme.NONE else claim_of(hook, headers, self._clock.now())
        except TooMany:
            self.counts[known, Outcome.LIMITED] += 1
            raise
        except NotSigned:
            self._refused(known, address)
            raise
        key = b"" if claim is None else await asyncio.to_thread(self._key_now, hook)
        return Admitted(hook=hook, claim=claim, key=key, event=_event(headers), attempt=attempt)

    async def receive(self, admitted: Admitted, body: bytes, *, address: str) -> Outcome:
        """Take a delivery.

        Raises:
            NotSigned: its signature is wrong.
            TryLater: it could not be stored; nothing of it was kept.
        """
        hook, claim = admitted.hook, admitted.claim
        if claim is None:
            return await self._seen(hook, body)
        try:
            digest = delivery_of(claim, body, admitted.key)
        except NotSigned:
            self._refused(hook.name, address)
            raise
        self._signed.forgive(admitted.attempt)
        data = {"hook": hook.name, "event": admitted.event, "delivery": digest[:16], "taint": Taint.OUTSIDE.value}
        content = await asyncio.to_thread(told, body, self._redactor)
        arrival = await asyncio.to_thread(self._arrival, hook, digest, data | content)
        outcome = await self._storage.write(self._keep, hook, digest, data | content, arrival)
        self.counts[hook.name, outcome] += 1
        return outcome

    def _arrival(self, hook: Hook, digest: str, data: dict[str, Any]) -> Arrival | None:
        if self._arrivals is None:
            return None
        return self._arrivals.prepared(TriggerKind.HOOK, hook.name, f"{hook.name} {digest}", data)

    def _keep(
        self, connection: Connection, hook: Hook, digest: str, data: dict[str, Any], arrival: Arrival | None
    ) -> Outcome:
        """Mark a delivery as seen and keep what it starts, both or neither."""
        if not deliveries.take(connection, hook.name, digest, at=self._clock.now()):
            return Outcome.DUPLICATE
        actor = f"hook:{hook.name}"
        self._events.add(connection, "hook.received", actor, actor=actor, data=data)
        if self._arrivals is not None and arrival is not None:
            self._arrivals.take(connection, arrival)
        return Outcome.ACCEPTED

    async def _seen(self, hook: Hook, body: bytes) -> Outcome:
        text = await asyncio.to_thread(self._redactor.text, body.decode("utf-8", "replace"))
        seen = Observation(
            resource=seen_by(hook.name),
            name="said",
            value=text[:MOST_SEEN],
            source=f"webhook {hook.name}, unsigned",
            at=self._clock.now(),
            taint=Taint.OUTSIDE,
        )
        await self._storage.write(_store_seen, seen)
        self.counts[hook.name, Outcome.OBSERVED] += 1
        return Outcome.OBSERVED

    def _key(self, hook: Hook) -> bytes:
        return b"" if hook.scheme is Scheme.NONE else key_of(hook, self._secrets.resolve(hook.secret).reveal())

    def _key_now(self, hook: Hook) -> bytes:
        try:
            return self._key(hook)
        except StewardError as error:
            _log.warning("webhook %s cannot be checked: %s", hook.name, error)
            raise TryLater("the delivery cannot be checked now") from error

    def _refused(self, hook: str, address: str) -> None:
        self.counts[hook, Outcome.REFUSED] += 1
        _log.warning("refused a delivery to webhook %s from %s", hook or "(none of this name)", address)


def seen_by(name: str) -> ResourceId:
    """Return what the observations of an unsigned webhook are about."""
    return ResourceId(derived("res", "hook", name))


def told(body: bytes, redactor: Redactor) -> dict[str, Any]:
    """Return what is kept of a signed body: `payload` as JSON where it is that and fits, else `text`, masked first.

    Masking JSON looks at every string by itself; of what would be cut anyway the text is masked as one, which is soon
    done.
    """
    written = body.decode("utf-8", "replace")
    if len(written) <= MOST_KEPT:
        try:
            return {"payload": redactor.json(read_json(written)), "is_whole": True}
        except (ValueError, RecursionError):  # no JSON, or JSON nested too deep to be looked at
            pass
    masked = redactor.text(written)
    return {"text": masked[:MOST_KEPT], "is_whole": len(masked) <= MOST_KEPT}


def _store_seen(connection: Connection, seen: Observation) -> None:
    observations.append(connection, (seen,))
    observations.keep_newest(connection, resource=seen.resource, name=seen.name, count=_SEEN_KEPT)


def _event(headers: Headers) -> str:
    said = next((headers[name][0] for name in _EVENT_HEADERS if headers.get(name)), "")
    return visible_line(said[:_LONGEST_EVENT])
