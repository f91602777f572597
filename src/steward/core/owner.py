"""The owner's password: what makes a person out of a process on the local socket.

The first password is set with a one-time code that only the terminal of `steward up` shows; later ones with the
present password. Wrong attempts are counted before the password is even looked at.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets as entropy
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from steward.core.storage import Storage
from steward.lib.text import age
from steward.model.access import Role
from steward.model.errors import Conflict, InvalidInput, NotAllowed, TryLater
from steward.model.ids import PrincipalId
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Strength
from steward.ports.clock import Clock
from steward.store import owner as table
from steward.store.database import Connection

STEP_UP_LASTS = timedelta(minutes=5)
"""How long one proof serves, in the terminal it was given in."""
_WINDOW = timedelta(minutes=5)
_MOST_FAILURES = 5
_LEAST_LENGTH = 8
OWNER = PrincipalId("owner")


class Owner:
    """Checks and sets the owner's password."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._hasher = PasswordHasher()
        self._proven: dict[str, float] = {}

    async def is_set(self) -> bool:
        """Tell whether there is a password yet."""
        return await self._storage.read(table.get_hash) is not None

    async def new_setup_code(self) -> str:
        """Make the one-time code for the first password; a code made before is void."""
        code = "-".join(entropy.token_hex(2) for _ in range(3))
        await self._storage.write(table.set_setup_code, _digest(code))
        return code

    async def check_code(self, code: str) -> None:
        """Check the one-time code for the first password; a wrong one is counted.

        Raises:
            Conflict: there is a password already.
            NotAllowed: the code is not the one shown by `steward up`.
            TryLater: too many wrong codes.
        """
        if await self.is_set():
            raise Conflict("there is an owner password already", next_step="give the present one to change it")
        tried = self._clock.now()
        await self._storage.write(_count_guess, tried)
        expected = await self._storage.read(table.get_setup_code)
        if expected is None or not entropy.compare_digest(expected, _digest(code.strip().lower())):
            raise _not_the_code(code)
        await self._storage.write(table.forget_failures, before=tried + _WINDOW)

    async def set_first(self, password: str, *, code: str) -> None:
        """Set the first password.

        Raises:
            Conflict, NotAllowed, TryLater: as for `check_code`.
            InvalidInput: the password is too short.
        """
        await self.check_code(code)
        await self.set(password)

    async def set(self, password: str) -> None:
        """Replace the password; the caller has made sure who asks.

        Raises:
            InvalidInput: it is too short.
        """
        if len(password) < _LEAST_LENGTH:
            raise InvalidInput(
                f"the password is shorter than {_LEAST_LENGTH} characters", next_step="take a longer one"
            )
        await self._storage.write(table.set_hash, await asyncio.to_thread(self._hasher.hash, password))
        await self._storage.write(table.set_setup_code, None)
        self._proven.clear()

    async def prove(self, password: str, *, channel: str, terminal: str) -> Principal:
        """Check the password and return the owner with step-up strength.

        Raises:
            NotAllowed: it is wrong, or none is set.
            TryLater: too many wrong ones lately.
        """
        stored = await self._storage.read(table.get_hash)
        if stored is None:
            raise NotAllowed("there is no owner password yet", next_step="`steward owner password`")
        tried = self._clock.now()
        await self._storage.write(_count_guess, tried)
        try:
            await asyncio.to_thread(self._hasher.verify, stored, password)
        except VerifyMismatchError:
            raise NotAllowed("that is not the owner's password", next_step="try again") from None
        await self._storage.write(table.forget_failures, before=tried + _WINDOW)
        if terminal:
            self._proven[terminal] = self._clock.monotonic()
        return self._owner(channel)

    def proven_in(self, terminal: str, *, channel: str) -> Principal | None:
        """Return the owner when this very terminal session gave the password in the last five minutes."""
        at = self._proven.get(terminal)
        if not terminal or at is None:
            return None
        if self._clock.monotonic() - at > STEP_UP_LASTS.total_seconds():
            del self._proven[terminal]
            return None
        return self._owner(channel)

    @staticmethod
    def _owner(channel: str) -> Principal:
        return Principal(
            id=OWNER,
            kind=PrincipalKind.PERSON,
            name="the owner",
            strength=Strength.STEP_UP,
            channel=channel,
            rights=Role.OWNER.rights,
        )


def _count_guess(connection: Connection, at: datetime) -> None:
    """Count a guess as wrong until it proves right, and refuse it after too many: in one turn, whoever else guesses."""
    failures = table.failures_since(connection, at - _WINDOW)
    if failures >= _MOST_FAILURES:
        raise TryLater(
            f"{failures} wrong passwords in {age(_WINDOW)}", next_step=f"wait {age(_WINDOW)}, then try again"
        )
    table.count_failure(connection, at)


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _not_the_code(code: str) -> NotAllowed:
    if not code.strip():
        how = "give `--code CODE`, with the code in the terminal of `steward up`"
        return NotAllowed("nobody owns this Steward yet", why="the first password needs the setup code", next_step=how)
    return NotAllowed("that is not the setup code", next_step="read it in the terminal of `steward up`")
