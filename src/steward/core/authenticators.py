"""Codes of an authenticator app (RFC 6238), and the recovery codes that stand in when the app is lost.

A code serves once: its time step is written down in the same statement that takes it, and no step before is taken
after. The shared secret is sealed with a key outside the store; of recovery codes a digest is kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets as entropy
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from steward.core.sealed import Seal
from steward.core.storage import Storage
from steward.model.errors import Conflict, NotAllowed, NotFound
from steward.model.ids import PrincipalId
from steward.model.proof import RECOVERY_CODES
from steward.ports.clock import Clock
from steward.store import authenticators as table
from steward.store.authenticators import Authenticator
from steward.store.database import Connection

_ISSUER = "Steward"
_SECRET_BYTES = 20
_DIGITS = 6
_STEP_SECONDS = 30
_WINDOW = (0, -1, 1)
_CODE = re.compile(rf"[0-9]{{{_DIGITS}}}")
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What an authenticator app takes over, as a picture or by hand."""

    uri: str = field(repr=False)
    """`otpauth://...`, for the QR code."""
    secret: str = field(repr=False)
    """The same secret to type in, in groups of four."""


class Authenticators:
    """Sets up, checks and forgets authenticator apps."""

    def __init__(self, *, storage: Storage, clock: Clock, seal: Seal) -> None:
        self._storage = storage
        self._clock = clock
        self._seal = seal

    async def is_on(self, person: PrincipalId) -> bool:
        """Tell whether this person's codes are asked for."""
        found = await self._storage.read(table.get, person)
        return found is not None and found.confirmed is not None

    async def begin(self, person: PrincipalId) -> None:
        """Make a new secret, which counts for nothing until a code of it was given.

        Raises:
            Conflict: an app is set up already.
        """
        if await self.is_on(person):
            raise Conflict("an authenticator app is set up already", next_step="turn it off first")
        sealed = self._seal.close(entropy.token_bytes(_SECRET_BYTES), about=person)
        made = Authenticator(person=person, sealed=sealed, created=self._clock.now())
        await self._storage.write(table.put, made)

    async def waiting(self, person: PrincipalId, name: str) -> Enrolment | None:
        """Return what to take over into the app while no code of it was given yet, under this name."""
        found = await self._storage.read(table.get, person)
        if found is None or found.confirmed is not None:
            return None
        secret = self._seal.open(found.sealed, about=person)
        text = base64.b32encode(secret).decode().rstrip("=")
        grouped = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
        return Enrolment(uri=_totp(secret).get_provisioning_uri(name, _ISSUER), secret=grouped)

    async def confirm(self, person: PrincipalId, code: str) -> tuple[str, ...]:
        """Ask for codes from now on, after a first right one; return the recovery codes, which are shown this once.

        Raises:
            NotFound: nothing was begun.
            NotAllowed: the code is not of this app, or of another minute.
        """
        found = await self._storage.read(table.get, person)
        if found is None or found.confirmed is not None:
            raise NotFound("no authenticator app waits for its first code", next_step="begin again")
        await self._take(found, code)
        codes = _new_codes()
        await self._storage.write(_confirm, person, codes, self._clock)
        return codes

    async def check(self, person: PrincipalId, code: str) -> None:
        """Take a code of the app, or a recovery code; each serves once.

        Raises:
            NotAllowed: it is neither, or was used before.
            NeedsPerson: the app's secret cannot be read.
        """
        plain = re.sub(r"[\s-]", "", code).lower()
        if not _CODE.fullmatch(plain):
            if await self._storage.write(table.use_code, person, _digest(person, plain)):
                return
            raise _wrong()
        found = await self._storage.read(table.get, person)
        if found is None or found.confirmed is None:
            raise _wrong()
        await self._take(found, plain)

    async def renew_codes(self, person: PrincipalId) -> tuple[str, ...]:
        """Make new recovery codes; those before are void.

        Raises:
            NotFound: there is no app they would stand in for.
        """
        if not await self.is_on(person):
            raise NotFound("there is no authenticator app", next_step="set one up first")
        codes = _new_codes()
        await self._storage.write(table.set_codes, person, [_digest(person, _plain(code)) for code in codes])
        return codes

    async def disable(self, person: PrincipalId) -> None:
        """Forget a person's app and recovery codes: the password alone serves again.

        Raises:
            NotFound: there is none.
        """
        if not await self._storage.write(table.remove, person):
            raise NotFound("there is no authenticator app to turn off")

    async def _take(self, found: Authenticator, code: str) -> None:
        secret = self._seal.open(found.sealed, about=found.person)
        step = _step_of(secret, re.sub(r"\s", "", code), at=self._clock.now().timestamp())
        if step is None:
            raise _wrong()
        if not await self._storage.write(table.take, found, step=step):
            raise NotAllowed("this code was used before", next_step="wait for the next one")


def _totp(secret: bytes) -> TOTP:
    # SHA-1 and a step of 30 seconds are what every app understands; HMAC does not need a hash without collisions.
    return TOTP(secret, _DIGITS, SHA1(), _STEP_SECONDS)  # noqa: S303


def _step_of(secret: bytes, code: str, *, at: float) -> int | None:
    """Return the time step that a code is of, at most one away from now; None when it is of none."""
    totp, now = _totp(secret), int(at) // _STEP_SECONDS
    steps = [now + away for away in _WINDOW]
    fitting = [step for step in steps if hmac.compare_digest(totp.generate(step * _STEP_SECONDS), code.encode())]
    return max(fitting, default=None)


def _confirm(connection: Connection, person: PrincipalId, codes: tuple[str, ...], clock: Clock) -> None:
    if not table.confirm(connection, person, at=clock.now()):
        raise Conflict("an authenticator app is set up already", next_step="load the page again")
    table.set_codes(connection, person, [_digest(person, _plain(code)) for code in codes])


def _new_codes() -> tuple[str, ...]:
    return tuple(
        "-".join("".join(entropy.choice(_LETTERS) for _ in range(4)) for _ in range(4)) for _ in range(RECOVERY_CODES)
    )


def _plain(code: str) -> str:
    return code.replace("-", "")


def _digest(person: PrincipalId, plain: str) -> str:
    return hashlib.sha256(f"{person}\0{plain}".encode()).hexdigest()


def _wrong() -> NotAllowed:
    return NotAllowed(
        "this code does not fit",
        why="codes of an authenticator app change every 30 seconds; a recovery code serves once",
        next_step="give the present one, and look at the clocks of both devices when it goes on",
    )
