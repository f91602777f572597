"""Who else measures the machines: which servers there are, what they know, and what is wrong with any."""

from __future__ import annotations

from datetime import datetime

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example
from steward.model.risk import Risk
from steward.model.telemetry import TelemetryKind, TelemetrySource


@record
class SourceLine:
    """One server."""

    name: str
    """Name."""
    kind: TelemetryKind
    """What it is."""
    url: str
    """Where it is."""
    about: str
    """What it is, in the owner's words."""
    trouble: str
    """Why it gives nothing; empty when all is well, or when it was not asked yet."""
    asked_at: datetime | None
    """When it was asked last (UTC); None when not since Steward started."""
    machines: tuple[str, ...]
    """Machines it measures, each with what it calls them."""
    unmatched: tuple[str, ...]
    """What it measures and no machine is known by."""


@record
class SourceList:
    """Every server."""

    sources: tuple[SourceLine, ...]
    """In the order of the file."""
    problems: tuple[str, ...]
    """What is wrong with the file."""

    @property
    def exit_code(self) -> int:
        """10 when the file or a server is in trouble, else 0."""
        return 10 if self.problems or any(source.trouble for source in self.sources) else 0


@record
class ListInput:
    """List the servers of telemetry.yaml, the machines they measure, and what is wrong with any."""


async def listed(desk: Desk, _given: ListInput) -> SourceList:
    """List servers."""
    return SourceList(
        sources=tuple(_line(desk, source) for source in desk.telemetry.file().sources),
        problems=tuple(str(problem) for problem in desk.telemetry.problems()),
    )


def _line(desk: Desk, source: TelemetrySource) -> SourceLine:
    state = desk.telemetry.states.get(source.name)
    return SourceLine(
        name=source.name,
        kind=source.kind,
        url=source.url,
        about=source.about,
        trouble=state.trouble if state else "",
        asked_at=state.at if state else None,
        machines=tuple(f"{name} ({host})" for host, name in state.matched.items()) if state else (),
        unmatched=state.unmatched if state else (),
    )


COMMANDS = (
    CommandSpec(
        name="telemetry.ls",
        right=Right.READ,
        input=ListInput,
        output=SourceList,
        handler=listed,
        risk=Risk.READ,
        examples=(
            Example(line="telemetry ls", does="List servers of numbers, with the machines each measures"),
            Example(line="telemetry ls --json", does="The same as one JSON object"),
        ),
    ),
)
