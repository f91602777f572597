"""Keep the executor port's promises by speaking with the runner, for every executor that reaches a POSIX shell.

An executor only opens a `Talk`: a fresh `/bin/sh -s` on the machine. What is said there, and what the answers mean, is
the same for a local process and for an SSH channel, and is written once: here, in `runner_orders` and `runner_answers`.
"""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from steward.lib.runner import READINGS_AT_ONCE, Frame, FrameReader, Source, StreamError, call_program, reading_program
from steward.lib.text import visible_line
from steward.model.errors import LinkLost, NeedsPerson, Unreachable
from steward.model.fact import CommandOutput, Reading
from steward.model.fence import Fence
from steward.ports.executor import Guard, MarkerState, OnOutput, Order, Report
from steward.ports.runner_answers import fenced, made_void, only, outputs_of, report_of, senseless
from steward.ports.runner_orders import checked_key, look_of, plain_id, program_of

_LARGEST_ANSWER = 16 * 1024 * 1024
_NOISE_ALLOWED = 65_536
_LONGEST_LINE = 8_192
_CALL_SECONDS = 60
_ORDER_SPARE_SECONDS = 60
_READ_SPARE_SECONDS = 15
_GIVE_UP_SECONDS = 6
_LONG_PROGRAM = 65_536
_LAST_BYTES = 2
"""The brace and the line end that close a program: a shell that has not read them runs nothing of it."""


class Talk(Protocol):
    """One conversation with a fresh shell on a machine."""

    async def send(self, part: bytes, *, is_last: bool) -> None:
        """Send a part of a program; end the input after the last one.

        Raises:
            LinkLost: the link broke.
        """
        ...

    async def receive(self) -> bytes:
        """Return the next bytes of output, empty at the end.

        Raises:
            LinkLost: the link broke.
        """
        ...


OpenTalk = Callable[[], AbstractAsyncContextManager[Talk]]
"""Opens a talk; raises Unreachable or NeedsPerson while nothing was sent."""

OnFrame = Callable[[Frame], Awaitable[None]]


class Runner:
    """Speaks with the runner on machines; `new_nonce` draws the mark of one answer."""

    def __init__(self, *, text: Source, new_nonce: Callable[[], str]) -> None:
        self._text = text
        self._new_nonce = new_nonce
        self._made_void: dict[str, int] = {}

    async def read(self, name: str, open_talk: OpenTalk, readings: Sequence[Reading]) -> Mapping[str, CommandOutput]:
        """Run readings on the machine called `name`, in one round trip.

        Raises:
            Unreachable: the machine refused.
            LinkLost: the answer did not come, or not whole; nothing was changed by it.
        """
        if not readings:
            return {}
        nonce = self._new_nonce()
        program = reading_program(self._text, nonce, [look_of(reading) for reading in readings])
        expected = sum(3 * (reading.output_limit + 1_000) for reading in readings)
        reader = FrameReader(nonce, min(expected, _LARGEST_ANSWER) + _NOISE_ALLOWED)
        async with open_talk() as talk, _deadline(name, _longest(readings)):
            frames = await _converse(name, talk, program, reader)
        return outputs_of(readings, frames)

    async def run(
        self,
        name: str,
        open_talk: OpenTalk,
        order: Order,
        on_output: OnOutput | None = None,
        guard: Guard | None = None,
    ) -> Report:
        """Carry out an order, or attach to it, and wait for its end; `guard` may refuse until its last bytes are sent.

        The order tells how many attempts `ask` is known to have made void. When the machine knows of more, somebody
        was told in the meantime that nothing starts under this key; so nothing does, and the report says absent.

        Raises:
            Unreachable: nothing was started.
            LinkLost: the link broke after the order was sent, or the program cannot be ended at its deadline.
            Fenced: the machine obeys somebody else.
            InvalidInput: the order itself cannot be carried out.
        """
        nonce = self._new_nonce()
        after = self._made_void.get(order.key, 0)
        program = program_of(self._text, nonce, order, after=after, is_streamed=on_output is not None)
        reader = FrameReader(nonce, 3 * order.output_limit + 10 * order.timeout_seconds + 4 * _NOISE_ALLOWED)
        lines = _Lines(on_output)
        async with open_talk() as talk, _deadline(name, order.timeout_seconds + _ORDER_SPARE_SECONDS):
            await _send(talk, program, guard or _unguarded)
            frames = await _answers(name, talk, reader, lines.take)
        frame = only(name, frames, ("state", "absent", "fenced"))
        if frame.kind == "fenced":
            raise fenced(name, order.fence, frame)
        if frame.kind == "absent":
            return Report(key=order.key, state=MarkerState.ABSENT)
        self._made_void.pop(order.key, None)
        await lines.flush()
        return _ended(name, report_of(name, order.key, frame))

    async def ask(self, name: str, open_talk: OpenTalk, key: str) -> Report:
        """Ask for a key; what claimed it without starting never starts afterwards.

        Raises:
            Unreachable: the machine refused.
            LinkLost: no whole answer came.
        """
        frame = await self._call(name, open_talk, ("state", "absent"), "ask", checked_key(key))
        if frame.kind == "state":
            return report_of(name, key, frame)
        self._made_void[key] = made_void(name, frame)
        return Report(key=key, state=MarkerState.ABSENT)

    async def end(self, name: str, open_talk: OpenTalk, key: str) -> None:
        """End what runs under a key.

        Raises:
            Unreachable: the machine refused.
            LinkLost: no whole answer came.
            NeedsPerson: it runs on, because the user logged in as may not signal it.
        """
        frame = await self._call(name, open_talk, ("ended", "unkillable"), "finish", checked_key(key))
        if frame.kind == "unkillable":
            raise NeedsPerson(
                f"{key} could not be ended",
                where=name,
                why="its processes belong to another user and did not end when asked",
                next_step="log in there and end them as root",
            )

    async def take_over(self, name: str, open_talk: OpenTalk, fence: Fence) -> None:
        """Make the machine obey this control plane from now on.

        Raises:
            Unreachable: the machine refused.
            LinkLost: no whole answer came.
        """
        words = (plain_id(fence.control_plane), str(fence.epoch))
        await self._call(name, open_talk, ("taken",), "take_over", *words)

    async def _call(self, name: str, open_talk: OpenTalk, kinds: tuple[str, ...], function: str, *words: str) -> Frame:
        nonce = self._new_nonce()
        program = call_program(self._text, nonce, function, *words)
        async with open_talk() as talk, _deadline(name, _CALL_SECONDS):
            frames = await _converse(name, talk, program, FrameReader(nonce, _LARGEST_ANSWER))
        return only(name, frames, kinds)


class _Lines:
    """Turns pieces of output into whole lines of text for `on_output`, as many at once as came at once."""

    def __init__(self, on_output: OnOutput | None) -> None:
        self._on_output = on_output
        self._decode = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    async def take(self, frame: Frame) -> None:
        *lines, self._rest = (self._rest + self._decode.decode(frame.payload)).split("\n")
        if len(self._rest) > _LONGEST_LINE:
            lines.append(self._rest)
            self._rest = ""
        await self._tell(lines)

    async def flush(self) -> None:
        rest = self._rest + self._decode.decode(b"", final=True)
        self._rest = ""
        await self._tell([rest] if rest else [])

    async def _tell(self, lines: Sequence[str]) -> None:
        if self._on_output is not None and lines:
            await self._on_output("\n".join(lines))


@asynccontextmanager
async def _deadline(name: str, seconds: float) -> AsyncGenerator[None, None]:
    """Bound a conversation: machines keep deadlines themselves, this is for one that does not."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise LinkLost("did not answer in time", where=name, why=f"{seconds:.0f} s passed") from error


def _longest(readings: Sequence[Reading]) -> float:
    seconds = [reading.timeout_seconds + _GIVE_UP_SECONDS for reading in readings]
    return max(seconds) + sum(seconds) / READINGS_AT_ONCE + _READ_SPARE_SECONDS


async def _unguarded() -> None:
    """Let everything be sent."""


async def _send(talk: Talk, program: bytes, guard: Guard) -> None:
    """Send a program that the guard lets pass; a long one takes a while, so its end is asked for again."""
    await guard()
    if len(program) > _LONG_PROGRAM:
        await talk.send(program[:-_LAST_BYTES], is_last=False)
        await guard()
        program = program[-_LAST_BYTES:]
    await talk.send(program, is_last=True)


async def _converse(name: str, talk: Talk, program: bytes, reader: FrameReader) -> list[Frame]:
    """Send a program and return its answers."""
    await talk.send(program, is_last=True)
    return await _answers(name, talk, reader)


async def _answers(name: str, talk: Talk, reader: FrameReader, on_data: OnFrame | None = None) -> list[Frame]:
    """Return the answers of a program; pieces of output go to `on_data` as they come."""
    frames: list[Frame] = []
    try:
        while not reader.is_complete:
            data = await talk.receive()
            if not data:
                raise LinkLost("the link closed before the answer was whole", where=name, why=_said(reader))
            for frame in reader.feed(data):
                if frame.kind != "data":
                    frames.append(frame)
                elif on_data is not None:
                    await on_data(frame)
    except StreamError as error:
        raise senseless(name, str(error)) from error
    for frame in frames:
        if frame.kind == "failed":
            why = " ".join(part for part in (" ".join(frame.words), _said(reader)) if part)
            raise Unreachable("the machine cannot do this", where=name, why=visible_line(why))
    return [frame for frame in frames if frame.kind not in {"tick", "end"}]


def _said(reader: FrameReader) -> str:
    noise = visible_line(reader.noise.strip()[-300:])
    return f"it said `{noise}`" if noise else ""


def _ended(name: str, report: Report) -> Report:
    """Return a report of something that ended; what outlives its deadline has no end anybody could wait for."""
    if report.state is MarkerState.RUNNING:
        raise LinkLost(
            "the program runs on past its deadline",
            where=name,
            why="it belongs to another user and did not end when asked",
            next_step="log in there and end it as root",
        )
    return report
