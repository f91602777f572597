"""What people prove who they are with beside the password: look at it, take it away; it is added in a browser."""

from __future__ import annotations

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.owner import OWNER
from steward.core.people import OWNER_NAME
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example
from steward.model.ids import PasskeyId
from steward.model.proof import Passkey
from steward.model.risk import Risk, Strength


@record
class PasskeysInput:
    """List your own passkeys, whether codes of an app are asked for, and how many recovery codes are left.

    In a terminal that is the owner's. Passkeys and the app are added on the page `/settings/security`.
    """


@record
class OwnProofs:
    """What you can prove who you are with, beside the password."""

    passkeys: tuple[Passkey, ...]
    """Passkeys, oldest first."""
    has_authenticator: bool
    """Whether codes of an authenticator app are asked for."""
    recovery_codes: int
    """Recovery codes that are left."""


@record
class RenameInput:
    """Call one of your passkeys something else."""

    passkey: str
    """Id of the passkey."""
    name: str
    """New name, at most 60 characters."""


@record
class Renamed:
    """A passkey under its new name."""

    passkey: Passkey
    """It."""
    sentence: str
    """What is so now."""


@record
class RemoveInput:
    """Remove one of your passkeys: it is accepted no more. Sessions that it opened go on until they are ended."""

    passkey: str
    """Id of the passkey."""


@record
class Removed:
    """A passkey that is accepted no more."""

    id: PasskeyId
    """Its id."""
    sentence: str
    """What is so now."""


@record
class DisableTotpInput:
    """Turn your authenticator app off: the password alone serves again, and your recovery codes are void."""


@record
class TotpDisabled:
    """Codes are asked for no more."""

    sentence: str
    """What is so now."""


@record
class ResetProofsInput:
    """Take everything but the password from somebody who lost it: passkeys, authenticator app, recovery codes.

    Their sessions end; they sign in with the password alone and set up anew. `owner` in a terminal is the way back
    for the owner.
    """

    person: str
    """Name or id; `owner` for the owner."""


@record
class ProofsReset:
    """Somebody who has the password alone now."""

    person: str
    """Their name."""
    sentence: str
    """What is so now."""


async def passkeys(desk: Desk, _input: PasskeysInput) -> OwnProofs:
    """List what the one who asks has."""
    desk.require(Strength.SESSION)
    found = await desk.access.proving.of(desk.actor.id)
    return OwnProofs(
        passkeys=found.passkeys, has_authenticator=found.has_authenticator, recovery_codes=found.recovery_codes
    )


async def rename(desk: Desk, given: RenameInput) -> Renamed:
    """Rename one's own passkey."""
    passkey = await desk.access.proving.passkeys.rename(desk.actor.id, given.passkey, given.name)
    return Renamed(passkey=passkey, sentence=f"{passkey.id} is called {passkey.name} now.")


async def remove(desk: Desk, given: RemoveInput) -> Removed:
    """Remove one's own passkey."""
    await desk.access.proving.passkeys.remove(desk.actor.id, given.passkey)
    return Removed(id=PasskeyId(given.passkey), sentence=f"{given.passkey} is accepted no more.")


async def disable_totp(desk: Desk, _input: DisableTotpInput) -> TotpDisabled:
    """Turn one's own app off."""
    await desk.access.proving.authenticators.disable(desk.actor.id)
    return TotpDisabled(sentence="No codes are asked for any more; the password alone serves again.")


async def preview_disable(_desk: Desk, _given: DisableTotpInput) -> str:
    """Say what would change."""
    return "no codes would be asked for any more, and your recovery codes would be void"


async def reset(desk: Desk, given: ResetProofsInput) -> ProofsReset:
    """Leave somebody the password alone."""
    name = await _name(desk, given.person)
    person = OWNER if name == OWNER_NAME else (await desk.access.people.find(name)).id
    await desk.access.proving.reset(person)
    sentence = f"{name} signs in with the password alone; passkeys, authenticator app and recovery codes are gone."
    return ProofsReset(person=name, sentence=sentence)


async def preview_reset(desk: Desk, given: ResetProofsInput) -> str:
    """Say what would change."""
    name = await _name(desk, given.person)
    return f"passkeys, authenticator app and recovery codes of {name} would be gone, and their sessions would end"


async def _name(desk: Desk, person: str) -> str:
    if person.strip().lower() == OWNER_NAME:
        return OWNER_NAME
    return (await desk.access.people.find(person)).name


COMMANDS = (
    CommandSpec(
        name="passkeys.ls",
        right=Right.READ,
        input=PasskeysInput,
        output=OwnProofs,
        handler=passkeys,
        risk=Risk.READ,
        examples=(
            Example(line="passkeys ls", does="List your passkeys"),
            Example(line="passkeys ls --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="passkeys.rename",
        right=Right.READ,
        input=RenameInput,
        output=Renamed,
        handler=rename,
        undo="steward passkeys rename PASSKEY, with the name before",
        verify="`steward passkeys ls` shows the name",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        remarks=frozenset({"name"}),
        examples=(
            Example(line="passkeys rename passkey-5k2m8q1x7z phone", does="Call a passkey `phone`"),
            Example(line="passkeys rename passkey-5k2m8q1x7z phone --json", does="The same for a script"),
        ),
    ),
    CommandSpec(
        name="passkeys.remove",
        right=Right.READ,
        input=RemoveInput,
        output=Removed,
        handler=remove,
        undo="add it again on the page /settings/security",
        verify="`steward passkeys ls` no longer shows it",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="passkeys remove passkey-5k2m8q1x7z", does="Accept a passkey no more"),
            Example(line="passkeys remove passkey-5k2m8q1x7z --json", does="The same for a script"),
        ),
    ),
    CommandSpec(
        name="totp.disable",
        right=Right.READ,
        input=DisableTotpInput,
        output=TotpDisabled,
        handler=disable_totp,
        preview=preview_disable,
        undo="set it up again on the page /settings/security",
        verify="signing in asks for no code",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="totp disable", does="Ask for no codes any more"),
            Example(line="totp disable --json", does="The same for a script"),
        ),
    ),
    CommandSpec(
        name="people.reset_proofs",
        right=Right.GOVERN,
        input=ResetProofsInput,
        output=ProofsReset,
        handler=reset,
        preview=preview_reset,
        undo="they set up anew what they have",
        verify="they sign in with the password alone",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="people reset-proofs anna", does="Let Anna in who lost her phone"),
            Example(line="people reset-proofs owner", does="The same for yourself, in a terminal"),
        ),
    ),
)
