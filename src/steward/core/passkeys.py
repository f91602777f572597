"""Passkeys (WebAuthn): what is asked of a browser, and whether its answer proves who somebody is.

Every challenge is random, serves once and for five minutes, and belongs to one session (or, before there is one, to
a ticket that only the page that asked holds). A proof for a decision belongs to the address of that decision besides.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets as entropy
from dataclasses import dataclass, replace
from typing import Any, cast

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from steward.core.storage import Storage
from steward.lib.io.ids import new_id
from steward.lib.text import visible_line
from steward.model.errors import Conflict, InvalidInput, NotAllowed, NotFound
from steward.model.ids import PasskeyId, PrincipalId
from steward.model.proof import CHALLENGE_LASTS, Passkey, RelyingParty
from steward.ports.clock import Clock
from steward.store import challenges
from steward.store import passkeys as table
from steward.store.challenges import Challenge, Purpose
from steward.store.database import Connection
from steward.store.passkeys import Credential

_NAME = "Steward"
_CHALLENGE_BYTES = 32
_HANDLE_BYTES = 32
_MOST = 20
_LONGEST_NAME = 60
_LONGEST_ANSWER = 60_000
_TIMEOUT = int(CHALLENGE_LASTS.total_seconds() * 1000)
_UNREADABLE = (
    WebAuthnException,
    InvalidSignature,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    RecursionError,
)
"""What the library raises for an answer that cannot be read: bytes of a browser, whatever they hold, are a no."""


class Copied(NotAllowed):
    """The device counts fewer uses than were seen of this very passkey: somebody has a copy of it."""

    def __init__(self, passkey: Passkey) -> None:
        self.passkey = passkey
        super().__init__(
            "this passkey is not accepted",
            why="it counts fewer uses than were seen of it, so that there may be a copy",
            next_step="sign in another way, remove this passkey and add it anew",
        )


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the page hands to the browser."""

    options: str
    """Options of the question, as JSON."""
    ticket: str = ""
    """What must come back with the answer when there is no session yet."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What an answer must be to."""

    purpose: Purpose
    """What it is for."""
    bound: str
    """Session, or digest of the ticket."""
    party: RelyingParty
    """Where."""
    about: str = ""
    """The one thing that is proven."""


class Passkeys:
    """Adds passkeys and recognizes people by them."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    async def listing(self, person: PrincipalId) -> tuple[Passkey, ...]:
        """Return a person's passkeys, oldest first."""
        return tuple(each.passkey for each in await self._storage.read(table.of_person, person))

    async def ask_to_register(self, person: PrincipalId, name: str, expected: Expected) -> Asked:
        """Ask a browser for a new passkey of somebody who just proved who they are.

        Raises:
            Conflict: they have too many.
        """
        known = await self._storage.read(table.of_person, person)
        if len(known) >= _MOST:
            raise Conflict(f"you have {_MOST} passkeys", next_step="remove one first")
        handle = known[0].handle if known else _text(entropy.token_bytes(_HANDLE_BYTES))
        challenge = await self._challenge(replace(expected, about=handle), person)
        options = generate_registration_options(
            rp_id=expected.party.id,
            rp_name=_NAME,
            user_name=name,
            user_id=base64url_to_bytes(handle),
            challenge=challenge,
            timeout=_TIMEOUT,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=list(_descriptors(known, expected.party)),
        )
        return Asked(options=options_to_json(options))

    async def register(self, answer: str, name: str, expected: Expected) -> Passkey:
        """Keep a new passkey of whoever was asked for one.

        Raises:
            NotAllowed: the answer is not to this question, or came too late.
            InvalidInput: the name does not fit.
            Conflict: this passkey is known already.
        """
        called = _checked_name(name)
        given = _registration(answer)
        waiting = await self._answered(given.response.client_data_json, expected)
        verified = _registered(given, expected)
        passkey = Passkey(
            id=PasskeyId(new_id("passkey")),
            person=waiting.person,
            name=called,
            host=expected.party.id,
            created=self._clock.now(),
            is_synced=verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        )
        made = Credential(
            passkey=passkey,
            credential=_text(verified.credential_id),
            handle=waiting.about,
            public_key=_text(verified.credential_public_key),
            uses=verified.sign_count,
        )
        await self._storage.write(_insert, made)
        return passkey

    async def ask_to_sign_in(self, party: RelyingParty) -> Asked:
        """Ask a browser without a session for any passkey that it has for this place."""
        ticket = entropy.token_urlsafe(32)
        expected = Expected(purpose=Purpose.SIGN_IN, bound=digest_of(ticket), party=party)
        options = await self._question(await self._challenge(expected, PrincipalId("")), (), expected)
        return Asked(options=options, ticket=ticket)

    async def ask_to_prove(self, person: PrincipalId, expected: Expected) -> Asked:
        """Ask a session's browser for a passkey of its own person.

        Raises:
            NotFound: they have none for this place.
        """
        known = await self._storage.read(table.of_person, person)
        mine = _descriptors(known, expected.party)
        if not mine:
            raise NotFound("you have no passkey for this address", next_step="add one under Settings, Security")
        return Asked(options=await self._question(await self._challenge(expected, person), mine, expected))

    async def recognize(self, answer: str, expected: Expected) -> Passkey:
        """Return the passkey that answered.

        Raises:
            NotAllowed: the answer is not to this question, came too late or twice, or is of no passkey that counts.
            Copied: there may be a copy of the passkey.
        """
        given = _assertion(answer)
        waiting = await self._answered(given.response.client_data_json, expected)
        known = await self._storage.read(table.by_credential, given.id)
        if known is None or known.passkey.host != expected.party.id:
            raise NotAllowed("this passkey is not known here", next_step="sign in with your password")
        if waiting.person and waiting.person != known.passkey.person:
            raise NotAllowed("this passkey is somebody else's", next_step="take one of your own")
        if given.response.user_handle is not None and _text(given.response.user_handle) != known.handle:
            raise NotAllowed("this passkey is somebody else's", next_step="take one of your own")
        uses = _verified(given, known, expected)
        if (uses or known.uses) and uses <= known.uses:
            raise Copied(known.passkey)
        now = self._clock.now()
        if not await self._storage.write(table.use, known.passkey.id, before=known.uses, uses=uses, at=now):
            raise NotAllowed("this passkey was used elsewhere at the same moment", next_step="try again")
        return replace(known.passkey, last_used=now)

    async def rename(self, person: PrincipalId, passkey: str, name: str) -> Passkey:
        """Call a passkey something else.

        Raises:
            NotFound: this person has none of this id.
            InvalidInput: the name does not fit.
        """
        found = next((each for each in await self.listing(person) if each.id == passkey), None)
        if found is None:
            raise _missing(passkey)
        renamed = replace(found, name=_checked_name(name))
        if not await self._storage.write(table.rename, renamed):
            raise _missing(passkey)
        return renamed

    async def remove(self, person: PrincipalId, passkey: str) -> None:
        """Forget a passkey; it is accepted no more.

        Raises:
            NotFound: this person has none of this id.
        """
        if not await self._storage.write(table.remove, PasskeyId(passkey), person=person):
            raise _missing(passkey)

    async def _challenge(self, expected: Expected, person: PrincipalId) -> bytes:
        challenge, now = entropy.token_bytes(_CHALLENGE_BYTES), self._clock.now()
        waiting = Challenge(
            digest=hashlib.sha256(challenge).hexdigest(),
            purpose=expected.purpose,
            bound=expected.bound,
            about=expected.about,
            person=person,
            expires=now + CHALLENGE_LASTS,
        )
        await self._storage.write(challenges.put, waiting, now=now)
        return challenge

    async def _question(
        self, challenge: bytes, allowed: tuple[PublicKeyCredentialDescriptor, ...], expected: Expected
    ) -> str:
        options = generate_authentication_options(
            rp_id=expected.party.id,
            challenge=challenge,
            timeout=_TIMEOUT,
            allow_credentials=list(allowed),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    async def _answered(self, client_data: bytes, expected: Expected) -> Challenge:
        """Take away the challenge that an answer says it is to: whatever comes of the answer, there is no second."""
        digest, now = hashlib.sha256(_challenge_in(client_data)).hexdigest(), self._clock.now()
        waiting = await self._storage.write(challenges.use, digest, now=now)
        if waiting is None:
            raise NotAllowed("this answer of a passkey came too late, or came before", next_step="try again")
        is_about = waiting.about == expected.about or waiting.purpose is Purpose.REGISTER
        if (
            waiting.purpose is not expected.purpose
            or not is_about
            or not hmac.compare_digest(waiting.bound, expected.bound)
        ):
            raise NotAllowed("this answer of a passkey is to another question", next_step="load the page and try again")
        return waiting


def digest_of(ticket: str) -> str:
    """Return what is kept of a ticket."""
    return hashlib.sha256(ticket.encode()).hexdigest()


def _insert(connection: Connection, made: Credential) -> None:
    if table.by_credential(connection, made.credential) is not None:
        raise Conflict("this passkey is known already", next_step="take another device, or remove the one before")
    table.insert(connection, made)


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > _LONGEST_ANSWER:
        raise _unreadable()
    try:
        found: Any = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise _unreadable() from error
    if not isinstance(found, dict):
        raise _unreadable()
    return cast("dict[str, Any]", found)


def _registration(answer: str) -> RegistrationCredential:
    plain = _read(answer)
    try:
        return parse_registration_credential_json(plain)
    except _UNREADABLE as error:
        raise _unreadable() from error


def _assertion(answer: str) -> AuthenticationCredential:
    plain = _read(answer)
    try:
        return parse_authentication_credential_json(plain)
    except _UNREADABLE as error:
        raise _unreadable() from error


def _challenge_in(client_data: bytes) -> bytes:
    try:
        return parse_client_data_json(client_data).challenge
    except _UNREADABLE as error:
        raise _unreadable() from error


def _registered(given: RegistrationCredential, expected: Expected) -> VerifiedRegistration:
    try:
        return verify_registration_response(
            credential=given,
            expected_challenge=_challenge_in(given.response.client_data_json),
            expected_rp_id=expected.party.id,
            expected_origin=expected.party.origin,
            require_user_verification=True,
        )
    except _UNREADABLE as error:
        raise _refused(error) from error


def _verified(given: AuthenticationCredential, known: Credential, expected: Expected) -> int:
    """Check the signature and everything it covers; return how often the device says that it was used.

    The library would refuse a count that goes back before it looks at the signature; whether somebody holds a copy
    can only be said of an answer that is signed, so the count is compared by the caller.
    """
    try:
        verified = verify_authentication_response(
            credential=given,
            expected_challenge=_challenge_in(given.response.client_data_json),
            expected_rp_id=expected.party.id,
            expected_origin=expected.party.origin,
            credential_public_key=base64url_to_bytes(known.public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _UNREADABLE as error:
        raise _refused(error) from error
    return verified.new_sign_count


def _descriptors(known: tuple[Credential, ...], party: RelyingParty) -> tuple[PublicKeyCredentialDescriptor, ...]:
    here = (each for each in known if each.passkey.host == party.id)
    return tuple(PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential)) for each in here)


def _checked_name(name: str) -> str:
    called = name.strip()
    if not called or len(called) > _LONGEST_NAME or visible_line(called) != called:
        step = f"take 1 to {_LONGEST_NAME} visible characters"
        raise InvalidInput("the name of the passkey does not fit", next_step=step)
    return called


def _text(raw: bytes) -> str:
    return bytes_to_base64url(raw)


def _missing(passkey: str) -> NotFound:
    return NotFound(f"you have no passkey `{visible_line(passkey[:40])}`", next_step="`steward passkeys ls`")


def _unreadable() -> NotAllowed:
    return NotAllowed("the answer of the passkey cannot be read", next_step="load the page and try again")


def _refused(error: Exception) -> NotAllowed:
    return NotAllowed(
        "this passkey is not accepted", why=visible_line(str(error)[:200]), next_step="try again, or another way"
    )
