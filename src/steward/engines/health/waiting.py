"""What waits for a person, and which brake is on: what stands at the head of every page."""

from __future__ import annotations

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.lines import ApprovalLine, approval_lines
from steward.engines.health.asking import AskingRun, asking
from steward.lib.record import record
from steward.model.access import Right
from steward.model.approval import ApprovalState
from steward.model.brake import BrakeState
from steward.model.command import Example
from steward.model.risk import Risk


@record
class WaitingInput:
    """Tell which plans wait for your answer, and which brake is on."""


@record
class Waiting:
    """What waits."""

    brake: BrakeState
    """Brake that is on."""
    waiting: tuple[ApprovalLine, ...]
    """What waits for a person, newest first."""
    asking: tuple[AskingRun, ...]
    """What runs that are under way wait for from people, the longest first."""


async def waiting(desk: Desk, _input: WaitingInput) -> Waiting:
    """Look what waits; nothing else of the lab is read."""
    return Waiting(
        brake=await desk.brakes.state(),
        waiting=await approval_lines(desk, (ApprovalState.PENDING,)),
        asking=await desk.storage.read(asking),
    )


COMMANDS = (
    CommandSpec(
        name="waiting",
        right=Right.READ,
        input=WaitingInput,
        output=Waiting,
        handler=waiting,
        risk=Risk.READ,
        examples=(
            Example(line="waiting", does="List the plans that wait for your answer"),
            Example(line="waiting --json", does="Give them and the brake as one JSON object"),
        ),
    ),
)
