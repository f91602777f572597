"""Read what a machine's runner answered as the executor port's nouns; nothing a machine says is believed blindly."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from steward.lib.runner import Frame
from steward.lib.text import visible_line
from steward.model.errors import Fenced, LinkLost
from steward.model.fact import CommandOutput, Reading
from steward.model.fence import Fence
from steward.ports.executor import MarkerState, Report
from steward.ports.runner_orders import plain_id

_STATUS = re.compile(r"[0-9]{1,3}\Z")
_STATES = {"running": MarkerState.RUNNING, "done": MarkerState.DONE, "gone": MarkerState.GONE}


def only(name: str, frames: Sequence[Frame], kinds: tuple[str, ...]) -> Frame:
    """Return the one answer to one question.

    Raises:
        LinkLost: there are none or several, or it is of another kind.
    """
    if len(frames) != 1 or frames[0].kind not in kinds:
        raise senseless(name, " / ".join(" ".join((frame.kind, *frame.words)) for frame in frames))
    return frames[0]


def made_void(name: str, frame: Frame) -> int:
    """Return how many attempts of a key can never start.

    Raises:
        LinkLost: the answer does not tell.
    """
    if len(frame.words) != 1 or not frame.words[0].isascii() or not frame.words[0].isdecimal():
        raise senseless(name, " ".join((frame.kind, *frame.words)))
    return int(frame.words[0])


def outputs_of(readings: Sequence[Reading], frames: Sequence[Frame]) -> Mapping[str, CommandOutput]:
    """Return outputs by reading name; what was not told is unknown."""
    told = {(frame.kind, frame.words[0]): frame for frame in frames if frame.words}
    return {
        reading.name: _output(reading, told.get(("out", str(number))), told.get(("err", str(number))))
        for number, reading in enumerate(readings, 1)
    }


def report_of(name: str, key: str, frame: Frame) -> Report:
    """Return what a machine knows of a key.

    Raises:
        LinkLost: it says something the runner never says.
    """
    if len(frame.words) != 7 or frame.words[0] not in _STATES:
        raise senseless(name, " ".join((frame.kind, *frame.words)))
    verdict, status, late, ended, cut, attached, output_hash = frame.words
    ended_by_itself = late == ended == "0"
    return Report(
        key=key,
        state=_STATES[verdict],
        exit_code=_status(status) if ended_by_itself else None,
        output=_text(frame.payload),
        output_hash="" if output_hash == "-" else output_hash,
        is_truncated=cut == "1",
        is_timed_out=late == "1",
        was_ended=ended == "1",
        was_attached=attached == "1",
    )


def fenced(name: str, fence: Fence, frame: Frame) -> Fenced:
    """Return the error that says whom a machine obeys instead."""
    owner, epoch = visible_line(" ".join(frame.words[:1])), visible_line(" ".join(frame.words[1:]))
    if owner == plain_id(fence.control_plane):
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


def senseless(name: str, why: str) -> LinkLost:
    """Return the error for an answer the runner never gives."""
    return LinkLost("the answer makes no sense", where=name, why=visible_line(why)[:300])


def _output(reading: Reading, out: Frame | None, err: Frame | None) -> CommandOutput:
    if out is None or len(out.words) != 3:
        return CommandOutput(exit_code=None, stdout="", stderr="the machine did not answer this reading")
    errors = err.payload if err else b""
    return CommandOutput(
        exit_code=_status(out.words[1]),
        stdout=_text(out.payload[: reading.output_limit]),
        stderr=_text(errors[: reading.output_limit]),
        is_truncated=max(len(out.payload), len(errors)) > reading.output_limit,
        is_timed_out=out.words[2] == "1",
    )


def _status(word: str) -> int | None:
    return int(word) if _STATUS.match(word) else None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
