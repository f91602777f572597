"""The picture of something that a run asks of a person's hands."""

from __future__ import annotations

import base64

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.engines.work.runs import require_run
from steward.lib.record import record
from steward.lib.text import size
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import NotFound
from steward.model.risk import Risk


@record
class PictureInput:
    """Show the picture of something to do with hands, as it lies in the workspace now."""

    run: str
    """Run that waits or waited."""
    hold: str
    """What is to be done, as `holds ls` names it."""


@record
class TaskPicture:
    """A picture."""

    sentence: str
    """Where it lies, in one sentence."""
    file: str
    """Path in the workspace."""
    kind: str
    """Media type: `image/png`, `image/jpeg` or `image/webp`."""
    content: str
    """All of it, in Base64."""


async def picture(desk: Desk, given: PictureInput) -> TaskPicture:
    """Return the picture."""
    run = await require_run(desk, given.run)
    hold = await desk.holds.find(run.id, given.hold)
    if hold.task is None or not hold.task.picture:
        raise NotFound(f"`{hold.id}` has no picture", next_step="`steward holds ls` tells what is to be done")
    found = desk.workspace.workflows.picture(hold.task.picture)
    path = f"{desk.workspace.workflows.repository.path}/{found.file}"
    return TaskPicture(
        sentence=f"{path} ({found.kind}, {size(len(found.body))}).",
        file=found.file,
        kind=found.kind,
        content=base64.b64encode(found.body).decode(),
    )


COMMANDS = (
    CommandSpec(
        name="holds.picture",
        right=Right.READ,
        input=PictureInput,
        output=TaskPicture,
        handler=picture,
        risk=Risk.READ,
        live={"run": "run"},
        examples=(
            Example(line="holds picture run-2v7k9q0m3x insert-disk", does="Tell where the picture of a task lies"),
            Example(line="holds picture run-2v7k9q0m3x insert-disk --json", does="The same with the picture in Base64"),
        ),
    ),
)
