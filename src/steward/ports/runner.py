"""Say the executor port's words in the language of `lib/runner.sh`, for every executor that reaches a POSIX shell.

An executor only opens a `Talk`: a fresh `/bin/sh -s` on the machine. What is said there, and what the answers mean, is
the same for a local process and for an SSH channel, and is written here once.
"""

from __future__ import annotations

import asyncio
import codecs
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from steward.lib.runner import (
    READINGS_AT_ONCE,
    Frame,
    FrameReader,
    Job,
    Look,
    NewFile,
    StreamError,
    call_program,
    order_program,
    reading_program,
)
from steward.lib.text import visible_line
from steward.model.errors import Fenced, InvalidInput, LinkLost, NeedsPerson, Unreachable
from steward.model.fact import CommandOutput, Reading
from steward.model.fence import Fence
from steward.ports.executor import MarkerState, OnOutput, Order, Report

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,127}\Z")
_PLAIN_ID = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_LARGEST_ANSWER = 16 * 1024 * 1024
_LARGEST_PROGRAM = 8 * 1024 * 1024
_NOISE_ALLOWED = 65_536
_LONGEST_LINE = 8_192
_CALL_SECONDS = 60
_ORDER_SPARE_SECONDS = 60
_READ_SPARE_SECONDS = 15


class Talk(Protocol):
    """One conversation with a fresh shell on a machine."""

    async def send(self, program: bytes) -> None:
        """Send everything and end the input.

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
    """Speaks with the runner on machines; `text` is that of runner.sh, `new_nonce` draws the mark of one answer."""

    def __init__(self, *, text: str, new_nonce: Callable[[], str]) -> None:
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
        program = reading_program(self._text, nonce, [_look(reading) for reading in readings])
        limit = sum(3 * (reading.output_limit + 1_000) for reading in readings)
        async with open_talk() as talk, _deadline(name, _longest(readings)):
            frames = await _converse(
                name, talk, program, FrameReader(nonce, min(limit, _LARGEST_ANSWER) + _NOISE_ALLOWED)
            )
        return _outputs(readings, frames)

    async def run(self, name: str, open_talk: OpenTalk, order: Order, on_output: OnOutput | None) -> Report:
        """Carry out an order, or attach to it, and wait for its end.

        The order tells how many attempts `ask` is known to have made void. When the machine knows of more, somebody
        was told in the meantime that nothing starts under this key; so nothing does, and the report says absent.

        Raises:
            Unreachable: nothing was started.
            LinkLost: the link broke after the order was sent.
            Fenced: the machine obeys somebody else.
            InvalidInput: the order itself cannot be carried out.
        """
        nonce = self._new_nonce()
        after = self._made_void.pop(order.key, 0)
        program = _order(self._text, nonce, order, after=after, is_streamed=on_output is not None)
        reader = FrameReader(nonce, 3 * order.output_limit + 10 * order.timeout_seconds + 4 * _NOISE_ALLOWED)
        lines = _Lines(on_output)
        async with open_talk() as talk, _deadline(name, order.timeout_seconds + _ORDER_SPARE_SECONDS):
            frame = _verdict(name, await _converse(name, talk, program, reader, lines.take))
        if frame.kind == "fenced":
            raise _fenced(name, order.fence, frame)
        if frame.kind == "absent":
            return Report(key=order.key, state=MarkerState.ABSENT)
        await lines.flush()
        return _ended(name, _report(order.key, frame))

    async def ask(self, name: str, open_talk: OpenTalk, key: str) -> Report:
        """Ask for a key; what claimed it without starting never starts afterwards.

        Raises:
            Unreachable: the machine refused.
            LinkLost: no whole answer came.
        """
        frame = await self._call(name, open_talk, "ask", _checked_key(key))
        if frame.kind != "absent":
            return _report(key, frame)
        self._made_void[key] = _number(name, frame)
        return Report(key=key, state=MarkerState.ABSENT)

    async def end(self, name: str, open_talk: OpenTalk, key: str) -> None:
        """End what runs under a key.

        Raises:
            Unreachable: the machine refused.
            LinkLost: no whole answer came.
            NeedsPerson: it runs on, because the user logged in as may not signal it.
        """
        frame = await self._call(name, open_talk, "finish", _checked_key(key))
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
        await self._call(name, open_talk, "take_over", _plain(fence.control_plane), str(fence.epoch))

    async def _call(self, name: str, open_talk: OpenTalk, function: str, *words: str) -> Frame:
        nonce = self._new_nonce()
        program = call_program(self._text, nonce, function, *words)
        async with open_talk() as talk, _deadline(name, _CALL_SECONDS):
            return _verdict(name, await _converse(name, talk, program, FrameReader(nonce, _LARGEST_ANSWER)))


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


class _Deadline:
    """Bounds a conversation: the machine keeps deadlines itself, this is for a machine that does not."""

    def __init__(self, name: str, seconds: float) -> None:
        self._name = name
        self._seconds = seconds
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        try:
            await self._timeout.__aexit__(kind, error, trace)  # pyright: ignore[reportArgumentType]
        except TimeoutError as late:
            raise LinkLost("did not answer in time", where=self._name, why=f"{self._seconds:.0f} s passed") from late


def _deadline(name: str, seconds: float) -> _Deadline:
    return _Deadline(name, seconds)


def _longest(readings: Sequence[Reading]) -> float:
    seconds = [reading.timeout_seconds + 6 for reading in readings]
    return max(seconds) + sum(seconds) / READINGS_AT_ONCE + _READ_SPARE_SECONDS


async def _converse(
    name: str, talk: Talk, program: bytes, reader: FrameReader, on_data: OnFrame | None = None
) -> list[Frame]:
    frames: list[Frame] = []
    await talk.send(program)
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
        raise LinkLost("the answer makes no sense", where=name, why=str(error)) from error
    for frame in frames:
        if frame.kind == "failed":
            why = " ".join(part for part in (" ".join(frame.words), _said(reader)) if part)
            raise Unreachable("the machine cannot do this", where=name, why=visible_line(why))
    return [frame for frame in frames if frame.kind not in {"tick", "end"}]


def _said(reader: FrameReader) -> str:
    noise = visible_line(reader.noise.strip()[-300:])
    return f"it said `{noise}`" if noise else ""


def _verdict(name: str, frames: Sequence[Frame]) -> Frame:
    if len(frames) != 1:
        raise LinkLost("the answer makes no sense", where=name, why=f"{len(frames)} answers to one question")
    return frames[0]


def _number(name: str, frame: Frame) -> int:
    try:
        return int(frame.words[0])
    except (IndexError, ValueError) as error:
        raise LinkLost("the answer makes no sense", where=name, why=f"{frame.kind} {frame.words}") from error


def _look(reading: Reading) -> Look:
    return Look(
        argv=reading.argv,
        timeout_seconds=reading.timeout_seconds,
        output_limit=reading.output_limit,
        needs_root=reading.needs_root,
    )


def _outputs(readings: Sequence[Reading], frames: Sequence[Frame]) -> Mapping[str, CommandOutput]:
    told = {(frame.kind, frame.words[0]): frame for frame in frames if frame.words}
    return {
        reading.name: _output(reading, told.get(("out", str(number))), told.get(("err", str(number))))
        for number, reading in enumerate(readings, 1)
    }


def _output(reading: Reading, out: Frame | None, err: Frame | None) -> CommandOutput:
    if out is None or len(out.words) != 3:
        return CommandOutput(exit_code=None, stdout="", stderr="the machine did not answer this reading")
    errors = err.payload if err else b""
    return CommandOutput(
        exit_code=int(out.words[1]) if out.words[1].isdecimal() else None,
        stdout=_text(out.payload[: reading.output_limit]),
        stderr=_text(errors[: reading.output_limit]),
        is_truncated=max(len(out.payload), len(errors)) > reading.output_limit,
        is_timed_out=out.words[2] == "1",
    )


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


def _report(key: str, frame: Frame) -> Report:
    states = {"running": MarkerState.RUNNING, "done": MarkerState.DONE, "gone": MarkerState.GONE}
    if frame.kind != "state" or len(frame.words) != 7 or frame.words[0] not in states:
        raise LinkLost("the answer makes no sense", why=f"{frame.kind} {visible_line(' '.join(frame.words))}")
    verdict, status, late, ended, cut, attached, output_hash = frame.words
    was_left_alone = late == ended == "0"
    return Report(
        key=key,
        state=states[verdict],
        exit_code=int(status) if status.isdecimal() and was_left_alone else None,
        output=_text(frame.payload),
        output_hash="" if output_hash == "-" else output_hash,
        is_truncated=cut == "1",
        is_timed_out=late == "1",
        was_ended=ended == "1",
        was_attached=attached == "1",
    )


def _order(text: str, nonce: str, order: Order, *, after: int, is_streamed: bool) -> bytes:
    if not order.argv or not order.argv[0] or order.argv[0].startswith("-"):
        raise InvalidInput("an order needs a program", where=order.key)
    if not all(file.destination.startswith("/") for file in order.files):
        raise InvalidInput("a file needs an absolute path", where=order.key)
    try:
        program = order_program(text, nonce, _job(order), after=after, is_streamed=is_streamed)
    except ValueError as error:
        raise InvalidInput("the order cannot be written down", where=order.key, why=str(error)) from error
    if len(program) > _LARGEST_PROGRAM:
        raise InvalidInput("the order is too large", where=order.key, why=f"{len(program)} bytes with its files")
    return program


def _job(order: Order) -> Job:
    return Job(
        key=_checked_key(order.key),
        argv=order.argv,
        cwd=order.cwd,
        environment=order.environment,
        stdin=order.stdin,
        files=tuple(
            NewFile(destination=file.destination, mode=file.mode, owner=file.owner, content=file.content)
            for file in order.files
        ),
        timeout_seconds=order.timeout_seconds,
        output_limit=order.output_limit,
        control_plane=_plain(order.fence.control_plane),
        epoch=order.fence.epoch,
    )


def _checked_key(key: str) -> str:
    if not _KEY.match(key):
        raise InvalidInput("an idempotency key has lower case letters, digits and dashes only", why=visible_line(key))
    return key


def _plain(control_plane: str) -> str:
    """Return the id, or a digest of one that cannot be part of a file name."""
    if _PLAIN_ID.match(control_plane):
        return control_plane
    return hashlib.sha256(control_plane.encode()).hexdigest()[:32]


def _fenced(name: str, fence: Fence, frame: Frame) -> Fenced:
    owner, epoch = visible_line(frame.words[0]), visible_line(" ".join(frame.words[1:]))
    if owner == _plain(fence.control_plane):
        return Fenced(
            "a newer start of this control plane looks after this machine",
            where=name,
            why=f"this is start {fence.epoch}, the machine has seen start {epoch}",
            next_step="end the older process",
        )
    return Fenced(
        "another control plane looks after this machine",
        where=name,
        why=f"it obeys `{owner}`",
        next_step=f"steward machines take-over {name}",
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
