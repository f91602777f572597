"""Tokens: keys for programs. `stw_ID_SECRET` is shown once; a digest is kept; the rights only ever shrink."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets as entropy
from dataclasses import replace
from datetime import timedelta

from steward.core.owner import OWNER
from steward.core.storage import Storage
from steward.lib.io.ids import new_id
from steward.lib.redact import Redactor
from steward.lib.text import visible_line
from steward.model.access import LONGEST_TOKEN, Right, Role, Token, may_mint
from steward.model.errors import Conflict, InvalidInput, NotAllowed, NotFound
from steward.model.ids import PrincipalId, TokenId
from steward.model.principal import Principal, PrincipalKind
from steward.ports.clock import Clock
from steward.store import people as people_table
from steward.store import tokens as table
from steward.store.database import Connection

_VALUE = re.compile(r"stw_([0-9a-z]{10})_([A-Za-z0-9_-]{43})")
_PREFIX = "token"
_MOST = 200
_LONGEST_NAME = 60
_MINUTE = timedelta(minutes=1)


class Tokens:
    """Makes, recognizes and revokes tokens."""

    def __init__(self, *, storage: Storage, clock: Clock, redactor: Redactor) -> None:
        self._storage = storage
        self._clock = clock
        self._redactor = redactor

    async def mint(self, by: Principal, *, name: str, rights: frozenset[Right], lasts: timedelta) -> tuple[Token, str]:
        """Make a token; its value is returned here and nowhere again.

        Raises:
            InvalidInput: the name or the time does not fit.
            NotAllowed: it would have a right that whoever makes it lacks, or that no token may have.
            Conflict: there are too many.
        """
        _check(by, name, rights, lasts)
        now = self._clock.now()
        token = Token(
            id=TokenId(new_id(_PREFIX)),
            name=name,
            rights=tuple(right for right in Right if right in rights),
            created=now,
            created_by=by.id,
            expires=now + lasts,
        )
        value = f"stw_{token.id.removeprefix(f'{_PREFIX}-')}_{entropy.token_urlsafe(32)}"
        await self._storage.write(_insert, token, _digest(value))
        self._redactor.add("steward-token", value)
        return token, value

    async def recognize(self, value: str) -> Principal:
        """Return whom a value speaks for, with the rights it has left.

        Raises:
            NotAllowed: it is unknown, expired or revoked, or whoever made it is shut out; nobody is told which.
        """
        fits = _VALUE.fullmatch(value)
        token_id = TokenId(f"{_PREFIX}-{fits[1]}" if fits else "")
        token, digest, left = await self._storage.read(_found, token_id)
        is_right = hmac.compare_digest(digest or "0" * 64, _digest(value))
        now = self._clock.now()
        if token is None or not is_right or token.revoked is not None or not token.created <= now < token.expires:
            raise _refused()
        rights = tuple(right for right in token.rights if right in left)
        if not rights:
            raise _refused()
        if token.last_used is None or now - token.last_used >= _MINUTE or now < token.last_used:
            await self._storage.write(table.use, token.id, at=now.replace(second=0, microsecond=0))
            self._redactor.add("steward-token", value)
        return Principal(
            id=PrincipalId(token.id),
            kind=PrincipalKind.TOKEN,
            name=visible_line(token.name),
            channel="api",
            on_behalf_of=token.created_by,
            rights=rights,
        )

    async def is_live(self, token_id: TokenId) -> bool:
        """Tell whether a token that was recognized still is."""
        token, _, left = await self._storage.read(_found, token_id)
        return (
            token is not None
            and token.revoked is None
            and self._clock.now() < token.expires
            and any(right in left for right in token.rights)
        )

    async def listing(self) -> tuple[Token, ...]:
        """Return every token, newest first."""
        return await self._storage.read(table.listing)

    async def revoke(self, token_id: TokenId) -> Token:
        """Take a token back; streams that it opened end within a second.

        Raises:
            NotFound: there is none in force of this id.
        """
        now = self._clock.now()
        if not await self._storage.write(table.revoke, token_id, at=now):
            raise NotFound(f"there is no token `{token_id}` to revoke", next_step="`steward tokens ls`")
        token = await self._storage.read(table.get, token_id)
        if token is None:
            raise NotFound(f"there is no token `{token_id}`")
        return replace(token, revoked=now)


def _check(by: Principal, name: str, rights: frozenset[Right], lasts: timedelta) -> None:
    if not name.strip() or len(name) > _LONGEST_NAME or visible_line(name) != name:
        raise InvalidInput("the name does not fit", next_step=f"take 1 to {_LONGEST_NAME} visible characters")
    if not timedelta(0) < lasts <= LONGEST_TOKEN:
        raise InvalidInput("the time does not fit", next_step=f"take 1 to {LONGEST_TOKEN.days} days")
    if by.kind is not PrincipalKind.PERSON:
        raise NotAllowed("only a person makes tokens", next_step="ask the owner")
    if not may_mint(frozenset(by.rights), rights):
        why = "no token may decide or govern, and none may do more than whoever makes it"
        raise NotAllowed("a token may not have these rights", why=why, next_step="take glance, read, propose or brake")


def _insert(connection: Connection, token: Token, digest: str) -> None:
    if table.count_active(connection, token.created) >= _MOST:
        raise Conflict(f"there are {_MOST} tokens", next_step="revoke one: `steward tokens ls`")
    table.insert(connection, token, digest=digest)


def _found(connection: Connection, token_id: TokenId) -> tuple[Token | None, str | None, tuple[Right, ...]]:
    """Return a token, its digest, and the rights whoever made it has today."""
    token = table.get(connection, token_id)
    if token is None:
        return None, None, ()
    return token, table.digest_of(connection, token_id), rights_of(connection, token.created_by)


def rights_of(connection: Connection, person: PrincipalId) -> tuple[Right, ...]:
    """Return what a person may do today; nothing when they are unknown or shut out."""
    if person == OWNER:
        return Role.OWNER.rights
    found = people_table.get(connection, person)
    return found.role.rights if found is not None and found.disabled is None else ()


def _refused() -> NotAllowed:
    return NotAllowed("this token is not accepted", next_step="make one: `steward tokens mint`")


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
