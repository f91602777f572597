"""Sessions: what a browser holds is 256 random bits, of which a digest is kept; revoking one ends it everywhere."""

from __future__ import annotations

import hashlib
import secrets as entropy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from steward.core.owner import OWNER, STEP_UP_LASTS
from steward.core.people import OWNER_NAME
from steward.core.storage import Storage
from steward.core.tokens import rights_of
from steward.lib.io.ids import new_id
from steward.lib.text import visible_line
from steward.model.access import SESSION_IDLE, SESSION_LASTS, Right, Session
from steward.model.errors import NotAllowed, NotFound
from steward.model.ids import PrincipalId, SessionId
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Strength
from steward.ports.clock import Clock
from steward.store import people
from steward.store import sessions as table
from steward.store.database import Connection

_MINUTE = timedelta(minutes=1)
_GRACE_SECONDS = 30.0
_MOST_OF_ONE = 20
_LONGEST_AGENT = 200


@dataclass(frozen=True, kw_only=True)
class Known:
    """A session that was recognized."""

    session: Session
    """It."""
    principal: Principal
    """Whose it is, with the proof given in it."""


class Sessions:
    """Opens, recognizes, proves and ends sessions."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._replaced: dict[str, tuple[SessionId, float]] = {}

    async def open(self, person: PrincipalId, *, address: str, agent: str, is_proven: bool = True) -> tuple[str, Known]:
        """Open a session for somebody who just gave their password, or whom others vouch for; return its cookie.

        Raises:
            NotAllowed: they were shut out meanwhile.
        """
        cookie, now = entropy.token_urlsafe(32), self._clock.now()
        session = Session(
            id=SessionId(new_id("session")),
            person=person,
            created=now,
            last_used=now,
            address=address,
            agent=visible_line(agent[:_LONGEST_AGENT]),
            proven=now if is_proven else None,
        )
        await self._storage.write(_open, session, _digest(cookie))
        return cookie, await self._known(session)

    async def recognize(self, cookie: str) -> Known | None:
        """Return the session of a cookie, or None when nobody ever had that one.

        A cookie that was just replaced is good for what is on its way in the same browser, such as a page in another
        tab that fetches itself anew while the answer with the new cookie is not there yet. It proves nothing.

        Raises:
            NotAllowed: it is over: sign in again.
        """
        digest = _digest(cookie)
        session = await self._storage.read(table.by_digest, digest) or await self._just_replaced(digest)
        if session is None:
            return None
        known = await self._known(session)
        now = self._clock.now()
        if now - session.last_used >= _MINUTE:
            await self._storage.write(table.use, session.id, at=now.replace(second=0, microsecond=0))
        return known

    async def prove(self, session_id: SessionId) -> tuple[str, Known]:
        """Write down that the password was just given again; return the cookie that replaces the one before.

        Raises:
            NotAllowed: the session is over.
        """
        cookie = entropy.token_urlsafe(32)
        before = await self._storage.write(table.prove, session_id, digest=_digest(cookie), at=self._clock.now())
        session = await self._storage.read(table.get, session_id)
        if before is None or session is None:
            raise _over()
        self._replace(before, session_id)
        return cookie, await self._known(session)

    async def is_live(self, session_id: SessionId) -> bool:
        """Tell whether a session that was recognized still is."""
        session, rights = await self._storage.read(_with_rights, session_id)
        return session is not None and bool(rights) and _is_live(session, self._clock.now())

    async def listing(self) -> tuple[Session, ...]:
        """Return the sessions that live, last used first."""
        now = self._clock.now()
        found = await self._storage.read(table.listing, used_since=now - SESSION_IDLE)
        return tuple(session for session in found if _is_live(session, now))

    async def revoke(self, session_id: SessionId) -> None:
        """End a session; streams that it opened end within a second.

        Raises:
            NotFound: no session of this id lives.
        """
        if not await self._storage.write(table.revoke, session_id, at=self._clock.now()):
            raise NotFound(f"there is no session `{session_id}` to end", next_step="`steward sessions ls`")

    async def end_all(self, person: PrincipalId) -> None:
        """End every session of a person: whoever knew the password before may have opened one."""
        await self._storage.write(table.revoke_of, person, at=self._clock.now())

    async def tidy(self) -> None:
        """Forget sessions that ended long ago."""
        await self._storage.write(table.forget, before=self._clock.now() - 2 * SESSION_LASTS)

    def _replace(self, digest: str, session_id: SessionId) -> None:
        now = self._clock.monotonic()
        self._replaced = {old: (of, until) for old, (of, until) in self._replaced.items() if until > now}
        self._replaced[digest] = (session_id, now + _GRACE_SECONDS)

    async def _just_replaced(self, digest: str) -> Session | None:
        session_id, until = self._replaced.get(digest, (None, 0.0))
        if session_id is None or until <= self._clock.monotonic():
            return None
        session = await self._storage.read(table.get, session_id)
        return None if session is None else replace(session, proven=None)

    async def _known(self, session: Session) -> Known:
        now = self._clock.now()
        name, rights = await self._storage.read(_whose, session.person)
        if not rights or not _is_live(session, now):
            raise _over()
        is_proven = session.proven is not None and timedelta(0) <= now - session.proven <= STEP_UP_LASTS
        principal = Principal(
            id=session.person,
            kind=PrincipalKind.PERSON,
            name=name,
            strength=Strength.STEP_UP if is_proven else Strength.SESSION,
            channel="web",
            rights=rights,
        )
        return Known(session=session, principal=principal)


def _open(connection: Connection, session: Session, digest: str) -> None:
    """Store a session; of too many of one person the ones used longest ago end."""
    alive = table.listing(connection, used_since=session.created - SESSION_IDLE)
    own = [each for each in alive if each.person == session.person]
    for old in own[_MOST_OF_ONE - 1 :]:
        table.revoke(connection, old.id, at=session.created)
    table.insert(connection, session, digest=digest)


def _with_rights(connection: Connection, session_id: SessionId) -> tuple[Session | None, tuple[Right, ...]]:
    session = table.get(connection, session_id)
    return session, rights_of(connection, session.person) if session is not None else ()


def _whose(connection: Connection, person: PrincipalId) -> tuple[str, tuple[Right, ...]]:
    found = None if person == OWNER else people.get(connection, person)
    return found.name if found is not None else f"the {OWNER_NAME}", rights_of(connection, person)


def _is_live(session: Session, now: datetime) -> bool:
    return session.revoked is None and now < session.created + SESSION_LASTS and now < session.last_used + SESSION_IDLE


def _over() -> NotAllowed:
    return NotAllowed("this session is over", next_step="sign in again")


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
