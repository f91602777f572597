"""Webhooks: which there are, whether they can be checked, and when each last delivered."""

from __future__ import annotations

import asyncio
from datetime import datetime

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.hooks import Outcome
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example
from steward.model.hook import Hook, Scheme
from steward.model.risk import Risk
from steward.store import deliveries


@record
class HookLine:
    """One webhook."""

    name: str
    """Name."""
    path: str
    """Where the sender delivers."""
    scheme: Scheme
    """How it signs."""
    about: str
    """What sends it."""
    trouble: str
    """Why nothing can be taken from it; empty when all is well."""
    last: datetime | None
    """When something new was last taken from it, signed."""
    refused: int
    """Deliveries refused since Steward started."""


@record
class HookList:
    """Every webhook."""

    hooks: tuple[HookLine, ...]
    """In the order of the file."""
    problems: tuple[str, ...]
    """What is wrong with the file."""

    @property
    def exit_code(self) -> int:
        """10 when the file or a webhook is in trouble, else 0."""
        return 10 if self.problems or any(hook.trouble for hook in self.hooks) else 0


@record
class ListInput:
    """List the webhooks of hooks.yaml, and whether they can be checked."""


async def listed(desk: Desk, _given: ListInput) -> HookList:
    """List webhooks."""
    last = await desk.storage.read(deliveries.last)
    lines = [await _line(desk, hook, last.get(hook.name)) for hook in desk.hooks.file().hooks]
    return HookList(hooks=tuple(lines), problems=tuple(str(problem) for problem in desk.hooks.problems()))


async def _line(desk: Desk, hook: Hook, last: datetime | None) -> HookLine:
    return HookLine(
        name=hook.name,
        path=f"/hooks/{hook.name}",
        scheme=hook.scheme,
        about=hook.about,
        trouble=await asyncio.to_thread(desk.hooks.trouble, hook),
        last=last,
        refused=desk.hooks.counts[hook.name, Outcome.REFUSED] + desk.hooks.counts[hook.name, Outcome.LIMITED],
    )


COMMANDS = (
    CommandSpec(
        name="hooks.ls",
        right=Right.READ,
        input=ListInput,
        output=HookList,
        handler=listed,
        risk=Risk.READ,
        examples=(
            Example(line="hooks ls", does="List webhooks, with what is wrong with any"),
            Example(line="hooks ls --json", does="The same as one JSON object"),
        ),
    ),
)
