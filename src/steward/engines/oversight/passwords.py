"""Everybody's own password, the owner's and an invited person's alike."""

from __future__ import annotations

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.owner import OWNER
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example
from steward.model.risk import Risk, Strength


@record
class OwnPasswordInput:
    """Change your own password; every browser you are signed in with is signed out.

    In a terminal that is the owner's. Whoever was invited changes theirs on the page `/settings/password`.
    """

    password: str
    """The new password, at least 8 characters."""


@record
class OwnPasswordSet:
    """Somebody's own password is the new one."""

    sentence: str
    """What is so now."""


async def set_own(desk: Desk, given: OwnPasswordInput) -> OwnPasswordSet:
    """Replace the password of whoever asks, and end their sessions: whoever knew the old one may have opened them."""
    if desk.actor.id == OWNER:
        await desk.owner.set(given.password)
        await desk.access.sessions.end_all(OWNER)
    else:
        await desk.access.people.set_password(desk.actor.id, given.password)
    return OwnPasswordSet(sentence="Your password is the new one; every browser you were signed in with is signed out.")


async def preview_own(_desk: Desk, _given: OwnPasswordInput) -> str:
    """Say what would change."""
    return "your password would be replaced, and your browsers signed out"


COMMANDS = (
    CommandSpec(
        name="people.password",
        right=Right.READ,
        input=OwnPasswordInput,
        output=OwnPasswordSet,
        handler=set_own,
        preview=preview_own,
        undo="set another one",
        verify="signing in takes it",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        secret_fields=frozenset({"password"}),
        examples=(
            Example(line="people password", does="Change your password; you are asked for it"),
            Example(line="people password --json", does="The same for a script"),
        ),
    ),
)
