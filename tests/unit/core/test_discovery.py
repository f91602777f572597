"""A source is asked through its adapter, masked, and read by its know-how."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward.core.discovery import Discovery
from steward.core.look import Executors
from steward.model.discovery import Discovered, Found, Gathered, LeftOut, Reach, Source
from steward.model.errors import NotFound
from steward.model.fact import CommandOutput, Reading
from steward.model.ids import MachineId
from steward.model.machine import Machine, Transport
from steward.ports.discoverer import Inquiry
from steward.testing.hosts import FakeExecutor

LINES = Source(
    name="lines",
    summary="A machine a line.",
    reach=Reach.LOCAL,
    parse=lambda gathered: Discovered(
        machines=tuple(Found(name=line) for text in gathered.texts.values() for line in text.split()),
        left_out=gathered.left_out,
    ),
)
ASKED = replace(LINES, name="asked", reach=Reach.MACHINE, readings=(Reading(name="lines", argv=("list",)),))
NAS = Machine(id=MachineId("mach-1"), name="nas")


class Paper:
    """Gives what is written on it."""

    def __init__(self, text: str) -> None:
        self.text = text

    async def gather(self, inquiry: Inquiry) -> Gathered:
        return Gathered(texts={inquiry.target: self.text}, left_out=(LeftOut(what="the back", why="it is blank"),))


class Answers(FakeExecutor):
    """Answers every reading the same."""

    def __init__(self, output: CommandOutput) -> None:
        self.output = output

    async def read(self, machine, readings):
        return {reading.name: self.output for reading in readings}


def discovery(text: str = "", output: CommandOutput | None = None) -> Discovery:
    executors = Executors({Transport.SSH: Answers(output or CommandOutput(exit_code=0, stdout=""))})
    return Discovery(
        sources=(LINES, ASKED),
        discoverers={"lines": Paper(text)},
        executors=executors,
        redact=lambda said: said.replace("hunter2", "***"),
    )


async def test_what_was_gathered_is_masked_before_it_is_read():
    found = await discovery("nas hunter2").ask(LINES, Inquiry())
    assert [each.name for each in found.machines] == ["nas", "***"]
    assert found.left_out == (LeftOut(what="the back", why="it is blank"),)


async def test_a_machine_that_is_asked_is_masked_too():
    output = CommandOutput(exit_code=0, stdout="web hunter2")
    assert [each.name for each in (await discovery(output=output).ask_on(ASKED, NAS)).machines] == ["web", "***"]


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (CommandOutput(exit_code=127, stdout="web", stderr="sh: list: not found\n"), "sh: list: not found"),
        (CommandOutput(exit_code=None, stdout="web"), "it did not end in time"),
    ],
)
async def test_a_command_that_fails_is_no_answer(output, why):
    found = await discovery(output=output).ask_on(ASKED, NAS)
    assert found == Discovered(left_out=(LeftOut(what="nas", why=why),))


def test_a_source_that_is_not_there_is_told_with_the_nearest():
    with pytest.raises(NotFound) as refused:
        discovery().require("line")
    assert refused.value.next_step == "did you mean `lines`?"
