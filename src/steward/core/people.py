"""People: the owner, whose secret is `core.owner`'s, and whoever was invited with a one-time code."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import re
import secrets as entropy
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from steward.core.owner import OWNER, Owner
from steward.core.storage import Storage
from steward.lib.io.ids import new_id
from steward.model.access import Person, Role
from steward.model.errors import Conflict, InvalidInput, NotAllowed, NotFound
from steward.model.ids import PrincipalId
from steward.ports.clock import Clock
from steward.store import people as table
from steward.store import sessions
from steward.store.database import Connection

INVITATION_LASTS = timedelta(hours=24)
OWNER_NAME = "owner"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_RESERVED = frozenset({OWNER_NAME, "steward", "root", "admin", "agent", "system"})
_LEAST_LENGTH = 8
_LONGEST_PASSWORD = 1024
_HASHES_AT_ONCE = 2
_MOST_WAITING = 20
_CODE_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


class People:
    """Invites people, checks their passwords, shuts them out."""

    def __init__(self, *, storage: Storage, clock: Clock, owner: Owner) -> None:
        self._storage = storage
        self._clock = clock
        self._owner = owner
        self._hasher = PasswordHasher()
        self._decoy = _decoy()
        self._turn = asyncio.Semaphore(_HASHES_AT_ONCE)

    async def check(self, name: str, password: str) -> PrincipalId:
        """Return who signs in; as slow for an unknown name as for a wrong password.

        Raises:
            NotAllowed: name and password do not belong together, or that person is shut out.
            TryLater: too many wrong owner's secrets lately.
        """
        if name.strip().lower() == OWNER_NAME:
            return (await self._owner.prove(password, channel="web", terminal="")).id
        person = await self._storage.read(table.by_name, name.strip().lower())
        await self._verify(person, password)
        if person is None or person.disabled is not None:
            raise _wrong()
        return person.id

    async def check_again(self, person_id: PrincipalId, password: str) -> None:
        """Check the password of somebody who is signed in.

        Raises:
            NotAllowed, TryLater: as for `check`.
        """
        if person_id == OWNER:
            await self._owner.prove(password, channel="web", terminal="")
            return
        person = await self._storage.read(table.get, person_id)
        await self._verify(person, password)
        if person is None or person.disabled is not None:
            raise _wrong()

    async def invite(self, by: PrincipalId, role: Role) -> str:
        """Return a one-time code with which somebody sets their name and password within 24 hours.

        Raises:
            Conflict: too many codes wait to be used.
        """
        code = "-".join("".join(entropy.choice(_CODE_LETTERS) for _ in range(4)) for _ in range(4))
        now = self._clock.now()
        invitation = table.Invitation(
            digest=_digest(code), role=role, created=now, created_by=by, expires=now + INVITATION_LASTS
        )
        await self._storage.write(_invite, invitation)
        return code

    async def accept(self, code: str, *, name: str, password: str) -> PrincipalId:
        """Make a person of whoever has an invitation; the code is void after.

        Raises:
            NotAllowed: the code is unknown, used or void.
            InvalidInput: name or password does not fit; the code still holds.
            Conflict: the name is taken; the code still holds.
        """
        invitation, now = await self.invited(code), self._clock.now()
        person = Person(id=PrincipalId(new_id("person")), name=checked_name(name), role=invitation.role, created=now)
        await self._storage.write(_accept, invitation, person, await self._hash(password))
        return person.id

    async def invited(self, code: str) -> table.Invitation:
        """Return the invitation of a code, which still holds after.

        Raises:
            NotAllowed: the code is unknown, used or void.
        """
        invitation = await self._storage.read(table.invitation, _digest(code), now=self._clock.now())
        if invitation is None:
            raise NotAllowed("this invitation does not hold", why="it is unknown, used or older than a day")
        return invitation

    async def listing(self) -> tuple[tuple[Person, ...], tuple[table.Invitation, ...]]:
        """Return everybody beside the owner, and the invitations that wait."""
        people = await self._storage.read(table.listing)
        return people, await self._storage.read(table.invitations, now=self._clock.now())

    async def disable(self, name: str) -> Person:
        """Shut a person out: their sessions end, and their tokens work no more.

        Raises:
            NotFound: nobody beside the owner has that name.
        """
        person = await self.find(name)
        await self._storage.write(_disable, person, self._clock)
        return await self.find(name)

    async def set_role(self, name: str, role: Role) -> Person:
        """Change what a person may do, their sessions and tokens included, and let them in again if they were out.

        Raises:
            NotFound: nobody beside the owner has that name.
        """
        person = await self.find(name)
        await self._storage.write(_set_role, person, role)
        return await self.find(name)

    async def set_password(self, person_id: PrincipalId, password: str) -> None:
        """Replace the password of somebody who just proved the present one, and end their sessions.

        Raises:
            InvalidInput: it is too short or too long.
            NotAllowed: they were shut out meanwhile.
        """
        hashed = await self._hash(password)
        if not await self._storage.write(_set_password, person_id, hashed, self._clock):
            raise _wrong()

    async def find(self, name: str) -> Person:
        """Return the person of this name or id.

        Raises:
            NotFound: nobody beside the owner is called so.
        """
        wanted = name.strip().lower()
        found = await self._storage.read(table.by_name, wanted)
        found = found or await self._storage.read(table.get, PrincipalId(wanted))
        if found is None:
            raise NotFound(f"there is no person `{name}` beside the owner", next_step="`steward people ls`")
        return found

    async def _hash(self, password: str) -> str:
        if not _LEAST_LENGTH <= len(password) <= _LONGEST_PASSWORD:
            step = f"take one of {_LEAST_LENGTH} to {_LONGEST_PASSWORD} characters"
            raise InvalidInput("the password is too short or too long", next_step=step)
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _verify(self, person: Person | None, password: str) -> None:
        stored = None if person is None else await self._storage.read(table.password_hash, person.id)
        async with self._turn:
            try:
                await asyncio.to_thread(self._hasher.verify, stored or self._decoy, password[:_LONGEST_PASSWORD])
            except VerifyMismatchError:
                raise _wrong() from None


def _invite(connection: Connection, invitation: table.Invitation) -> None:
    if len(table.invitations(connection, now=invitation.created)) >= _MOST_WAITING:
        raise Conflict(f"{_MOST_WAITING} invitations wait to be used", next_step="wait until some are void")
    table.invite(connection, invitation)


def _accept(connection: Connection, invitation: table.Invitation, person: Person, password_hash: str) -> None:
    if table.by_name(connection, person.name) is not None:
        raise Conflict(f"the name {person.name} is taken", next_step="take another")
    if not table.use_invitation(connection, invitation.digest, now=person.created):
        raise NotAllowed("this invitation does not hold", why="it was used a moment ago")
    table.insert(connection, person, password_hash=password_hash)


def _disable(connection: Connection, person: Person, clock: Clock) -> None:
    table.set_disabled(connection, person.id, clock.now())
    sessions.revoke_of(connection, person.id, at=clock.now())


def _set_password(connection: Connection, person: PrincipalId, password_hash: str, clock: Clock) -> bool:
    if not table.set_password_hash(connection, person, password_hash):
        return False
    sessions.revoke_of(connection, person, at=clock.now())
    return True


def _set_role(connection: Connection, person: Person, role: Role) -> None:
    table.set_role(connection, person.id, role)
    table.set_disabled(connection, person.id, None)


def checked_name(name: str) -> str:
    """Return a name as it is kept.

    Raises:
        InvalidInput: it does not fit, or is reserved.
    """
    wanted = name.strip().lower()
    if not _NAME.fullmatch(wanted) or wanted in _RESERVED or wanted.startswith(("uid-", "person-", "token-")):
        step = "take 2 to 32 of a-z, 0-9, dot, dash and underscore"
        raise InvalidInput(f"the name `{name}` does not fit", why="or it is reserved", next_step=step)
    return wanted


@functools.cache
def _decoy() -> str:
    """Return the hash of a password nobody has; made once, for that takes as long as a check does."""
    return PasswordHasher().hash(entropy.token_hex(16))


def _wrong() -> NotAllowed:
    return NotAllowed("name and password do not belong together", next_step="try again")


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().lower().encode()).hexdigest()
