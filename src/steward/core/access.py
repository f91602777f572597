"""Who is it: the one place where a credential of a way in over HTTP becomes a caller.

Every check is counted before it is made (`core.limits`); a right one is forgiven. What is recognized here is a
principal with rights; what it may do with them is policy's to say.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from steward.core.audit import Audit
from steward.core.limits import CODES, PASSWORDS, SESSIONS, TOKENS, Attempts
from steward.core.owner import OWNER, Owner
from steward.core.people import People
from steward.core.routes import Caller
from steward.core.sessions import Known, Sessions, forgery_token
from steward.core.storage import Storage
from steward.core.tokens import Tokens
from steward.lib.redact import Redactor
from steward.model.errors import NotAllowed, NotFound, StewardError
from steward.model.ids import PrincipalId, SessionId, TokenId
from steward.model.principal import Principal, PrincipalKind
from steward.ports.clock import Clock
from steward.store.database import Connection


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A session that was just opened or proven."""

    cookie: str
    """What the browser is to hold from now on: give it to `core.routes.keep_session`."""
    caller: Caller
    """Who it is now."""


class Access:
    """Recognizes tokens and sessions, signs people in and out."""

    def __init__(self, *, storage: Storage, clock: Clock, owner: Owner, audit: Audit, redactor: Redactor) -> None:
        self.tokens = Tokens(storage=storage, clock=clock, redactor=redactor)
        self.people = People(storage=storage, clock=clock, owner=owner)
        self.sessions = Sessions(storage=storage, clock=clock)
        self._storage = storage
        self._owner = owner
        self._audit = audit
        self._redactor = redactor
        self._passwords = Attempts(PASSWORDS, clock=clock)
        self._codes = Attempts(CODES, clock=clock)
        self._token_tries = Attempts(TOKENS, clock=clock)
        self._session_tries = Attempts(SESSIONS, clock=clock)

    async def by_token(self, value: str, *, address: str) -> Caller:
        """Return the caller a bearer token speaks for.

        Raises:
            NotAllowed: it is not accepted.
            TooMany: too many wrong ones from there.
        """
        with _counted(self._token_tries, address):
            principal = await self.tokens.recognize(value)
        is_live = partial(self.tokens.is_live, TokenId(principal.id))
        return Caller(principal=principal, credential=principal.id, address=address, is_live=is_live)

    async def by_cookie(self, cookie: str, *, address: str) -> Caller:
        """Return the caller whose session a cookie is.

        Raises:
            NotAllowed: there is no such session, or it is over.
            TooMany: too many wrong ones from there.
        """
        with _counted(self._session_tries, address):
            known = await self.sessions.recognize(cookie)
            if known is None:
                raise NotAllowed("this session is not known", next_step="sign in")
        return self._caller(known, cookie, address)

    async def is_owned(self) -> bool:
        """Tell whether there is an owner yet; before that the only page is the one that makes the owner."""
        return await self._owner.is_set()

    async def set_up(self, code: str, password: str, *, address: str, agent: str) -> SignedIn:
        """Set the first owner's secret with the one-time code of `steward up`, and sign the owner in.

        Raises:
            Conflict: there is an owner already.
            NotAllowed: the code is not the one that was shown.
            InvalidInput: the secret is too short; the code still holds.
            TooMany, TryLater: too many wrong codes.
        """
        with _counted(self._codes, address):
            await self._owner.set_first(password, code=code)
        return await self._open(OWNER, "access.set_up", address=address, agent=agent)

    async def sign_in(self, name: str, password: str, *, address: str, agent: str) -> SignedIn:
        """Open a session for whoever has this name and password; the owner's name is `owner`.

        Raises:
            NotAllowed: they do not belong together.
            TooMany, TryLater: too many wrong ones.
        """
        with _counted(self._passwords, address):
            person = await self.people.check(name, password)
        return await self._open(person, "access.signed_in", address=address, agent=agent)

    async def accept(self, code: str, *, name: str, password: str, address: str, agent: str) -> SignedIn:
        """Make a person of whoever was invited, and sign them in.

        Raises:
            NotAllowed: the code is unknown, used or void.
            InvalidInput, Conflict: name or password does not fit, or the name is taken; the code still holds.
            TooMany: too many wrong codes.
        """
        with _counted(self._codes, address):
            person = await self.people.accept(code, name=name, password=password)
        return await self._open(person, "access.accepted", address=address, agent=agent)

    async def step_up(self, caller: Caller, password: str) -> SignedIn:
        """Prove the person of a session again: decisions and changes are theirs for five minutes.

        Raises:
            NotAllowed: the password is wrong, or the caller is no signed-in person.
            TooMany, TryLater: too many wrong ones.
        """
        person = caller.known
        if person.kind is not PrincipalKind.PERSON or not caller.csrf:
            raise NotAllowed("only a signed-in person can give their password")
        with _counted(self._passwords, caller.address):
            await self.people.check_again(person.id, password)
        cookie, known = await self.sessions.prove(SessionId(caller.credential))
        await self._write_down("access.proven", known.principal, caller.credential)
        return SignedIn(cookie=cookie, caller=self._caller(known, cookie, caller.address))

    async def sign_out(self, caller: Caller) -> None:
        """End the session of this caller; one that is over already is no error."""
        try:
            await self.sessions.revoke(SessionId(caller.credential))
        except NotFound:
            return
        await self._write_down("access.signed_out", caller.known, caller.credential)

    async def _open(self, person: PrincipalId, kind: str, *, address: str, agent: str) -> SignedIn:
        cookie, known = await self.sessions.open(person, address=address, agent=self._redactor.text(agent))
        await self._write_down(kind, known.principal, known.session.id)
        return SignedIn(cookie=cookie, caller=self._caller(known, cookie, address))

    async def _write_down(self, kind: str, actor: Principal, session: str) -> None:
        def write(connection: Connection) -> None:
            self._audit.append(connection, kind=kind, actor=actor, subject=session)

        await self._storage.write(write)

    def _caller(self, known: Known, cookie: str, address: str) -> Caller:
        return Caller(
            principal=known.principal,
            credential=known.session.id,
            csrf=forgery_token(cookie),
            address=address,
            is_live=partial(self.sessions.is_live, known.session.id),
        )


@contextmanager
def _counted(attempts: Attempts, address: str) -> Generator[None]:
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
