"""Proofs beside the password: asking for them, checking and counting them, setting them up and forgetting them.

What they are good for, a session or five minutes of it, is `core.access`'s to say.
"""

from __future__ import annotations

import secrets as entropy
from dataclasses import dataclass

from steward.core.audit import Audit
from steward.core.authenticators import Authenticators, Enrolment
from steward.core.limits import PASSKEYS, QUESTIONS, SECOND_STEPS, Attempts, counted
from steward.core.owner import OWNER
from steward.core.passkeys import Asked, Copied, Expected, Passkeys, digest_of
from steward.core.people import OWNER_NAME
from steward.core.routes import Caller
from steward.core.sealed import Seal
from steward.core.storage import Storage
from steward.model.errors import NeedsProof, NotAllowed
from steward.model.ids import PrincipalId
from steward.model.principal import Principal, PrincipalKind
from steward.model.proof import CHALLENGE_LASTS, Passkey, Proofs, RelyingParty
from steward.model.risk import Strength
from steward.ports.clock import Clock
from steward.store import authenticators as authenticator_table
from steward.store import challenges
from steward.store import passkeys as passkey_table
from steward.store import sessions as session_table
from steward.store.challenges import Challenge, Purpose
from steward.store.database import Connection


@dataclass(frozen=True, kw_only=True)
class HalfWay:
    """The password was right, and the code of the authenticator app is still to come."""

    ticket: str
    """What must come back with the code."""


class Proving:
    """What people prove who they are with, beside the password."""

    def __init__(self, *, storage: Storage, clock: Clock, audit: Audit, seal: Seal) -> None:
        """`seal` encrypts what the store keeps of authenticator apps."""
        self.passkeys = Passkeys(storage=storage, clock=clock)
        self.authenticators = Authenticators(storage=storage, clock=clock, seal=seal)
        self._storage = storage
        self._clock = clock
        self._audit = audit
        self._second_steps = Attempts(SECOND_STEPS, clock=clock)
        self._answers = Attempts(PASSKEYS, clock=clock)
        self._questions = Attempts(QUESTIONS, clock=clock)

    async def of(self, person: PrincipalId) -> Proofs:
        """Return what somebody can prove who they are with, beside the password."""
        return await self._storage.read(_proofs, person)

    async def half_way(self, person: PrincipalId) -> HalfWay:
        """Return what stands for a right password until the code of the app is given."""
        ticket, now = entropy.token_urlsafe(32), self._clock.now()
        digest = digest_of(ticket)
        waiting = Challenge(
            digest=digest, purpose=Purpose.SECOND_STEP, bound=digest, person=person, expires=now + CHALLENGE_LASTS
        )
        await self._storage.write(challenges.put, waiting, now=now)
        return HalfWay(ticket=ticket)

    async def waiting(self, ticket: str) -> PrincipalId:
        """Return whose password was right a moment ago.

        Raises:
            NotAllowed: nobody's, or too long ago.
        """
        waiting = await self._storage.read(challenges.get, digest_of(ticket), now=self._clock.now())
        if waiting is None or waiting.purpose is not Purpose.SECOND_STEP:
            raise NotAllowed("this sign-in took too long", next_step="begin again with your password")
        return waiting.person

    async def finish(self, ticket: str) -> None:
        """Make a ticket void; a second one that came with the same code found the code used already."""
        await self._storage.write(challenges.use, digest_of(ticket), now=self._clock.now())

    async def check_code(self, person: PrincipalId, code: str) -> None:
        """Take a code of the app, or a recovery code.

        Raises:
            NotAllowed: it is neither, or was used before.
            TooMany: too many wrong codes for this person.
        """
        with counted(self._second_steps, person):
            await self.authenticators.check(person, code)

    async def recognize(self, answer: str, expected: Expected, address: str) -> Passkey:
        """Return the passkey that answered; where there may be a copy of it, that is written down.

        Raises:
            NotAllowed: the answer does not count.
            TooMany: too many wrong ones from there.
        """
        try:
            with counted(self._answers, address):
                return await self.passkeys.recognize(answer, expected)
        except Copied as error:
            person = Principal(id=error.passkey.person, kind=PrincipalKind.PERSON, name="", channel="web", rights=())
            await self._write_down("access.passkey_copied", person, error.passkey.id)
            raise

    async def ask_for_passkey(self, party: RelyingParty, *, address: str) -> Asked:
        """Return the question for whoever wants to sign in with a passkey.

        Raises:
            TooMany: too many were asked from there.
        """
        self._questions.begin(address)
        return await self.passkeys.ask_to_sign_in(party)

    async def ask_to_prove(self, caller: Caller, about: str, party: RelyingParty) -> Asked:
        """Return the question for a passkey that is to prove one thing: what is sent to the address `about`.

        Raises:
            NotAllowed: the caller is no signed-in person.
            NotFound: they have no passkey for this place.
        """
        return await self.passkeys.ask_to_prove(signed_in(caller).id, to_prove(caller, about, party))

    async def ask_for_new_passkey(self, caller: Caller, party: RelyingParty) -> Asked:
        """Return the question for a new passkey.

        Raises:
            NeedsProof: the caller did not prove lately who they are.
            Conflict: they have too many.
        """
        person = proven_person(caller)
        return await self.passkeys.ask_to_register(person.id, _name_of(person), _to_register(caller, party))

    async def add_passkey(self, caller: Caller, answer: str, name: str, party: RelyingParty) -> Passkey:
        """Keep a new passkey of the caller.

        Raises:
            NeedsProof: the caller did not prove lately who they are.
            NotAllowed, InvalidInput, Conflict: it cannot be kept.
        """
        person = proven_person(caller)
        passkey = await self.passkeys.register(answer, name, _to_register(caller, party))
        await self._write_down("access.passkey_added", person, passkey.id)
        return passkey

    async def begin_authenticator(self, caller: Caller) -> None:
        """Make the secret of a new authenticator app.

        Raises:
            NeedsProof: the caller did not prove lately who they are.
            Conflict: there is one.
        """
        await self.authenticators.begin(proven_person(caller).id)

    async def waiting_authenticator(self, caller: Caller) -> Enrolment | None:
        """Return what to take over into an app whose first code is still to come; None when there is none.

        Raises:
            NeedsProof: the caller did not prove lately who they are.
        """
        person = proven_person(caller)
        return await self.authenticators.waiting(person.id, _name_of(person))

    async def confirm_authenticator(self, caller: Caller, code: str) -> tuple[str, ...]:
        """Ask for codes from now on; return the recovery codes, which are shown this once.

        Raises:
            NeedsProof: the caller did not prove lately who they are.
            NotAllowed, NotFound: the code does not fit, or nothing was begun.
            TooMany: too many wrong codes.
        """
        person = proven_person(caller)
        with counted(self._second_steps, person.id):
            codes = await self.authenticators.confirm(person.id, code)
        await self._write_down("access.authenticator_on", person, caller.credential)
        return codes

    async def renew_recovery_codes(self, caller: Caller) -> tuple[str, ...]:
        """Return new recovery codes, which are shown this once; those before are void.

        Raises:
            NeedsProof: the caller did not prove lately who they are.
            NotFound: there is no authenticator app.
        """
        person = proven_person(caller)
        codes = await self.authenticators.renew_codes(person.id)
        await self._write_down("access.recovery_codes_renewed", person, caller.credential)
        return codes

    async def reset(self, person: PrincipalId) -> None:
        """Forget passkeys, authenticator app and recovery codes of somebody, and end their sessions."""
        await self._storage.write(_reset, person, self._clock)

    async def _write_down(self, kind: str, actor: Principal, subject: str) -> None:
        def write(connection: Connection) -> None:
            self._audit.append(connection, kind=kind, actor=actor, subject=subject)

        await self._storage.write(write)


def signed_in(caller: Caller) -> Principal:
    """Return the person of a session.

    Raises:
        NotAllowed: this is none.
    """
    if caller.known.kind is not PrincipalKind.PERSON or not caller.csrf:
        raise NotAllowed("only a signed-in person can prove who they are")
    return caller.known


def proven_person(caller: Caller) -> Principal:
    """Return the person of a session who proved lately who they are.

    Raises:
        NotAllowed, NeedsProof: this is none, or they did not.
    """
    person = signed_in(caller)
    if not person.strength.meets(Strength.STEP_UP):
        raise NeedsProof(Strength.STEP_UP.value)
    return person


def to_prove(caller: Caller, about: str, party: RelyingParty) -> Expected:
    """Return what the answer of a passkey must be to, that proves one thing in this session."""
    return Expected(purpose=Purpose.STEP_UP, bound=caller.credential, party=party, about=about)


def _to_register(caller: Caller, party: RelyingParty) -> Expected:
    return Expected(purpose=Purpose.REGISTER, bound=caller.credential, party=party)


def _name_of(person: Principal) -> str:
    return OWNER_NAME if person.id == OWNER else person.name


def _proofs(connection: Connection, person: PrincipalId) -> Proofs:
    authenticator = authenticator_table.get(connection, person)
    return Proofs(
        passkeys=tuple(each.passkey for each in passkey_table.of_person(connection, person)),
        has_authenticator=authenticator is not None and authenticator.confirmed is not None,
        recovery_codes=authenticator_table.count_codes(connection, person),
    )


def _reset(connection: Connection, person: PrincipalId, clock: Clock) -> None:
    passkey_table.remove_of(connection, person)
    authenticator_table.remove(connection, person)
    challenges.forget_of(connection, person)
    session_table.revoke_of(connection, person, at=clock.now())
