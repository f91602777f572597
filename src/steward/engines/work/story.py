"""A run told as Markdown: the very text that is put into the workspace when it has ended."""

from __future__ import annotations

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.runs import load
from steward.engines.work.document import markdown
from steward.engines.work.runs import require_run
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import NotFound
from steward.model.risk import Risk
from steward.store import approvals, changes, holds, steps


@record
class StoryInput:
    """Tell a run as Markdown: why, plan, what was done, proof, result."""

    run: str
    """Run."""


@record
class Story:
    """A run told as Markdown."""

    name: str
    """Name for a file."""
    text: str
    """The text; words from outside stand in code blocks."""


async def story(desk: Desk, given: StoryInput) -> Story:
    """Tell a run as Markdown."""
    known = await require_run(desk, given.run)
    run, stored = await desk.storage.read(load, known.id)
    change = await desk.storage.read(changes.get, run.change)
    if change is None:
        raise NotFound(f"the change of {run.id} is not in the store")
    records = await desk.storage.read(steps.of_run, run.id)
    approval = await desk.storage.read(approvals.of_plan, run.plan)
    text = markdown(change, run, stored, records, approval, await desk.storage.read(holds.of_run, run.id))
    return Story(name=f"{run.id}.md", text=desk.events.masked(text))


COMMANDS = (
    CommandSpec(
        name="runs.story",
        right=Right.READ,
        input=StoryInput,
        output=Story,
        handler=story,
        risk=Risk.READ,
        live={"run": "run"},
        examples=(
            Example(line="runs story run-2v7k9q0m3x", does="Tell a run as Markdown"),
            Example(line="runs story run-2v7k9q0m3x --json", does="The same as one JSON object"),
        ),
    ),
)
