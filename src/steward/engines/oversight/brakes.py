"""Pause, freeze, stop, resume."""

from __future__ import annotations

from datetime import timedelta

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.lib.record import record
from steward.model.access import Right
from steward.model.brake import Brake, BrakeState
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.risk import Risk, Strength

_MOST_MINUTES = 525_600
"""A year."""


@record
class PauseInput:
    """Let Steward start nothing by itself; you still can."""

    minutes: int | None = None
    """Lift it by itself after so many minutes; without, it stays until `steward resume`."""
    reason: str = ""
    """Why."""


@record
class FreezeInput:
    """Let nothing run that changes anything; looking goes on."""

    reason: str = ""
    """Why."""


@record
class StopInput:
    """End everything that runs and start nothing; only you can lift it."""

    reason: str = ""
    """Why."""


@record
class ResumeInput:
    """Take every brake off."""


async def pause(desk: Desk, given: PauseInput) -> BrakeState:
    """Put pause on."""
    if given.minutes is not None and not 1 <= given.minutes <= _MOST_MINUTES:
        raise InvalidInput(
            f"a pause cannot last {given.minutes} minutes",
            why=f"it lasts from 1 to {_MOST_MINUTES} minutes, or until `steward resume`",
            next_step="steward pause --minutes 120, or steward pause",
        )
    until = None if given.minutes is None else desk.clock.now() + timedelta(minutes=given.minutes)
    return await desk.brakes.put(Brake.PAUSE, by=desk.actor.name, reason=given.reason, until=until)


async def freeze(desk: Desk, given: FreezeInput) -> BrakeState:
    """Put freeze on."""
    return await desk.brakes.put(Brake.FREEZE, by=desk.actor.name, reason=given.reason)


async def stop(desk: Desk, given: StopInput) -> BrakeState:
    """Put stop on and end what runs here; workers elsewhere see the flag or the database within a second."""
    state = await desk.brakes.put(Brake.STOP, by=desk.actor.name, reason=given.reason)
    await desk.performer.end_all()
    return state


async def resume(desk: Desk, _input: ResumeInput) -> BrakeState:
    """Take every brake off and start what was approved meanwhile."""
    state = await desk.brakes.lift(by=desk.actor.name)
    await desk.proposals.resume_approved()
    return state


def _says(text: str):  # noqa: ANN202 - the type is CommandSpec.preview's
    async def preview(_desk: Desk, _input: object) -> str:
        return text

    return preview


COMMANDS = (
    CommandSpec(
        name="pause",
        right=Right.BRAKE,
        input=PauseInput,
        output=BrakeState,
        handler=pause,
        preview=_says("Steward would start nothing by itself"),
        undo="steward resume",
        verify="`steward status` says pause is on",
        risk=Risk.REVERSIBLE,
        remarks=frozenset({"reason"}),
        examples=(
            Example(line="pause", does="Start nothing by itself until `steward resume`"),
            Example(line="pause --minutes 120", does="The same for two hours"),
        ),
    ),
    CommandSpec(
        name="freeze",
        right=Right.BRAKE,
        input=FreezeInput,
        output=BrakeState,
        handler=freeze,
        preview=_says("nothing that changes anything would run"),
        undo="steward resume",
        verify="`steward status` says freeze is on",
        risk=Risk.REVERSIBLE,
        remarks=frozenset({"reason"}),
        examples=(
            Example(line="freeze", does="Only look until `steward resume`"),
            Example(line='freeze --reason "guests tonight"', does="The same, with the reason on record"),
        ),
    ),
    CommandSpec(
        name="stop",
        right=Right.BRAKE,
        input=StopInput,
        output=BrakeState,
        handler=stop,
        preview=_says("everything that runs would be ended and nothing would start"),
        undo="steward resume",
        verify="`steward status` says stop is on",
        risk=Risk.REVERSIBLE,
        remarks=frozenset({"reason"}),
        examples=(
            Example(line="stop", does="End everything now; works without the daemon too"),
            Example(line='stop --reason "that was the wrong disk"', does="The same, with the reason on record"),
        ),
    ),
    CommandSpec(
        name="resume",
        right=Right.GOVERN,
        input=ResumeInput,
        output=BrakeState,
        handler=resume,
        preview=_says("every brake would be taken off, and plans approved meanwhile would start"),
        undo="steward pause, steward freeze or steward stop",
        verify="`steward status` names no brake",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="resume", does="Take every brake off"),
            Example(line="resume --dry-run", does="Only say what would happen"),
        ),
    ),
)
