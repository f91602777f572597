"""Who is it: the one place where a credential of a way in over HTTP becomes a caller.

Every check is counted before it is made (`core.limits`); a right one is forgiven. What is recognized here is a
principal with rights; what it may do with them is policy's to say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from steward.core.audit import Audit
from steward.core.limits import CODES, PASSWORDS, SESSIONS, TOKENS, Attempts, counted
from steward.core.owner import OWNER, Owner
from steward.core.passkeys import Expected, digest_of
from steward.core.people import People
from steward.core.proving import HalfWay, Proving, proven_person, signed_in, to_prove
from steward.core.routes import Caller
from steward.core.sealed import Seal
from steward.core.sessions import Known, Sessions
from steward.core.storage import Storage
from steward.core.tokens import Tokens
from steward.lib.redact import Redactor
from steward.model.errors import NotAllowed, NotFound
from steward.model.ids import PrincipalId, SessionId, TokenId
from steward.model.principal import Principal
from steward.model.proof import RelyingParty
from steward.model.risk import Strength
from steward.ports.clock import Clock
from steward.store.challenges import Purpose
from steward.store.database import Connection
from steward.store.people import Invitation


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A session that was just opened or proven."""

    cookie: str
    """What the browser is to hold from now on: give it to `core.routes.keep_session`."""
    caller: Caller
    """Who it is now."""


class Access:
    """Recognizes tokens and sessions, signs people in and out."""

    def __init__(
        self, *, storage: Storage, clock: Clock, owner: Owner, audit: Audit, redactor: Redactor, seal: Seal
    ) -> None:
        """`seal` encrypts what the store keeps of authenticator apps, and marks the forms of a session."""
        self.tokens = Tokens(storage=storage, clock=clock, redactor=redactor)
        self.people = People(storage=storage, clock=clock, owner=owner)
        self.sessions = Sessions(storage=storage, clock=clock)
        self.proving = Proving(storage=storage, clock=clock, audit=audit, seal=seal)
        self._storage = storage
        self._owner = owner
        self._audit = audit
        self._redactor = redactor
        self._seal = seal
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
        with counted(self._token_tries, address):
            principal = await self.tokens.recognize(value)
        is_live = partial(self.tokens.is_live, TokenId(principal.id))
        return Caller(principal=principal, credential=principal.id, address=address, is_live=is_live)

    async def by_cookie(self, cookie: str, *, address: str) -> Caller:
        """Return the caller whose session a cookie is.

        Raises:
            NotAllowed: there is no such session, or it is over.
            TooMany: too many wrong ones from there.
        """
        with counted(self._session_tries, address):
            known = await self.sessions.recognize(cookie)
            if known is None:
                raise NotAllowed("this session is not known", next_step="sign in")
        return self._caller(known, address)

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
        with counted(self._codes, address):
            await self._owner.set_first(password, code=code)
        return await self._open(OWNER, "access.set_up", address=address, agent=agent)

    async def sign_in(self, name: str, password: str, *, address: str, agent: str) -> SignedIn | HalfWay:
        """Open a session for whoever has this name and password; the owner's name is `owner`.

        Whoever has an authenticator app is half way only: `sign_in_with_code` is the rest.

        Raises:
            NotAllowed: they do not belong together.
            TooMany, TryLater: too many wrong ones.
        """
        with counted(self._passwords, address):
            person = await self.people.check(name, password)
        if await self.proving.authenticators.is_on(person):
            return await self.proving.half_way(person)
        return await self._open(person, "access.signed_in", address=address, agent=agent)

    async def sign_in_with_code(self, ticket: str, code: str, *, address: str, agent: str) -> SignedIn:
        """Open a session for whoever gave their password a moment ago and gives a code of their app now.

        Raises:
            NotAllowed: the code does not fit, or the password was given too long ago.
            TooMany: too many wrong codes.
        """
        person = await self.proving.waiting(ticket)
        await self.proving.check_code(person, code)
        await self.proving.finish(ticket)
        return await self._open(person, "access.signed_in", address=address, agent=agent)

    async def sign_in_with_passkey(
        self, answer: str, ticket: str, party: RelyingParty, *, address: str, agent: str
    ) -> SignedIn:
        """Open a session for whoever a passkey belongs to; it stands for the password and the code.

        Raises:
            NotAllowed: the answer does not count, or that person is shut out.
            TooMany: too many wrong ones from there.
        """
        expected = Expected(purpose=Purpose.SIGN_IN, bound=digest_of(ticket), party=party)
        passkey = await self.proving.recognize(answer, expected, address)
        return await self._open(passkey.person, "access.signed_in_with_passkey", address=address, agent=agent)

    async def accept(self, code: str, *, name: str, password: str, address: str, agent: str) -> SignedIn:
        """Make a person of whoever was invited, and sign them in.

        Raises:
            NotAllowed: the code is unknown, used or void.
            InvalidInput, Conflict: name or password does not fit, or the name is taken; the code still holds.
            TooMany: too many wrong codes.
        """
        with counted(self._codes, address):
            person = await self.people.accept(code, name=name, password=password)
        return await self._open(person, "access.accepted", address=address, agent=agent)

    async def step_up(self, caller: Caller, password: str, code: str = "") -> SignedIn:
        """Prove the person of a session again: decisions and changes are theirs for five minutes.

        Whoever has an authenticator app gives a code of it too, or a recovery code.

        Raises:
            NotAllowed: the password or the code is wrong, or the caller is no signed-in person.
            TooMany, TryLater: too many wrong ones.
        """
        person = signed_in(caller)
        with counted(self._passwords, caller.address):
            await self.people.check_again(person.id, password)
        if await self.proving.authenticators.is_on(person.id):
            if not code.strip():
                step = "give both, or take a passkey"
                raise NotAllowed("this needs the code of your authenticator app too", next_step=step)
            await self.proving.check_code(person.id, code)
        return await self.prove_unasked(caller, "access.proven")

    async def step_up_with_passkey(self, caller: Caller, answer: str, about: str, party: RelyingParty) -> SignedIn:
        """Prove the person of a session by a passkey: strongest for this very request, then for five minutes.

        Raises:
            NotAllowed: the answer does not count, or the caller is no signed-in person.
            TooMany: too many wrong ones.
        """
        signed_in(caller)
        await self.proving.recognize(answer, to_prove(caller, about, party), caller.address)
        proven = await self.prove_unasked(caller, "access.proven_with_passkey")
        principal = replace(proven.caller.known, strength=Strength.PASSKEY)
        return replace(proven, caller=replace(proven.caller, principal=principal))

    async def renew(self, caller: Caller, *, agent: str) -> SignedIn:
        """Open a new session for somebody who just proved who they are and whose sessions were all ended.

        Raises:
            NeedsProof: they have not.
        """
        person = proven_person(caller)
        return await self._open(person.id, "access.signed_in", address=caller.address, agent=agent)

    async def sign_out(self, caller: Caller) -> None:
        """End the session of this caller; one that is over already is no error."""
        try:
            await self.sessions.revoke(SessionId(caller.credential))
        except NotFound:
            return
        await self._write_down("access.signed_out", caller.known, caller.credential)

    async def invitation(self, code: str, *, address: str) -> Invitation:
        """Return the invitation of a code, which still holds after.

        Raises:
            NotAllowed: the code is unknown, used or void.
            TooMany: too many wrong codes.
        """
        with counted(self._codes, address):
            return await self.people.invited(code)

    async def open_unproven(self, person: PrincipalId, kind: str, *, address: str, agent: str) -> SignedIn:
        """Open a session for somebody whom others vouch for: it decides nothing before they prove who they are.

        Raises:
            NotAllowed: they are shut out.
        """
        agent = self._redactor.text(agent)
        cookie, known = await self.sessions.open(person, address=address, agent=agent, is_proven=False)
        await self._write_down(kind, known.principal, known.session.id)
        return SignedIn(cookie=cookie, caller=self._caller(known, address))

    async def prove_unasked(self, caller: Caller, kind: str) -> SignedIn:
        """Take a session for proven, because something as good as a password was just given elsewhere.

        Raises:
            NotAllowed: the session is over.
        """
        cookie, known = await self.sessions.prove(SessionId(caller.credential))
        await self._write_down(kind, known.principal, caller.credential)
        return SignedIn(cookie=cookie, caller=self._caller(known, caller.address))

    async def _open(self, person: PrincipalId, kind: str, *, address: str, agent: str) -> SignedIn:
        cookie, known = await self.sessions.open(person, address=address, agent=self._redactor.text(agent))
        await self._write_down(kind, known.principal, known.session.id)
        return SignedIn(cookie=cookie, caller=self._caller(known, address))

    async def _write_down(self, kind: str, actor: Principal, session: str) -> None:
        def write(connection: Connection) -> None:
            self._audit.append(connection, kind=kind, actor=actor, subject=session)

        await self._storage.write(write)

    def _caller(self, known: Known, address: str) -> Caller:
        return Caller(
            principal=known.principal,
            credential=known.session.id,
            csrf=self._seal.mark(f"forms of {known.session.id}"),
            address=address,
            is_live=partial(self.sessions.is_live, known.session.id),
        )
