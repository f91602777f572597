"""The lines the terminal and the daemon exchange over the local socket: JSON, UTF-8, one message a line.

    terminal                                        daemon
    {"command", "input", "dry_run",      ──>
     "proof": {"password"} | null,
     "terminal": {"interactive", "width"},
     "channel"}
                                         <──   {"progress": {"text", "step", "of"}}   any number
                                         <──   {"event": {...}}                       any number
                                         <──   {"result": any, "exit_code": int}      exactly one of these two,
                                               {"error": {...}}                       then the daemon closes

One connection carries one request. A line is at most `MAX_LINE_BYTES`, newline included; a larger result is
answered with an error, never cut. Both sides ignore fields they do not know, so that either may be upgraded first.
Who asks is not said on the wire: the daemon asks the kernel (SO_PEERCRED). A program that speaks for an agent says so
with `channel`, which can only make it weaker: it is an agent then, and no proof of its terminal counts for it.

A request with a channel and no command opens a conversation: after `{"result": ...}` the connection stays open and
carries that channel's own protocol, line by line, both ways.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any, TypeAlias, cast

from steward.lib.record import record

MAX_LINE_BYTES = 4 * 1024 * 1024
"""Longest line either side sends or reads, newline included."""

STEP_UP = "step_up"
"""Value of `Problem.needs` when the same request would pass with the owner's password as proof."""


class WireError(ValueError):
    """A line that is not a message of this protocol; the connection is of no further use."""


@record
class Terminal:
    """What the daemon may want to know of the terminal; it decides nothing by it."""

    interactive: bool = False
    """Whether a person sits at both ends of it."""
    width: int = 80
    """Columns."""


@record
class Request:
    """One request of the terminal."""

    command: str
    """Name in the catalogue."""
    input: dict[str, Any]
    """Input as plain JSON; only what the person gave, defaults are the daemon's."""
    dry_run: bool = False
    """Show what would happen and change nothing."""
    password: str = field(default="", repr=False)
    """The owner's password as proof for this request alone, or empty. Never printed."""
    terminal: Terminal = Terminal()
    """Where the answer is shown."""
    channel: str = ""
    """Way in of an agent, `mcp`; empty for a terminal. It makes whoever asks an agent, never anything stronger."""


@record
class Event:
    """One item of a stream."""

    data: dict[str, Any]
    """The item."""


@record
class Progress:
    """How far a request is; replaced by the next one."""

    text: str
    """What is being done, in a few words."""
    step: int = 0
    """Number of the step, from 1; 0 when steps cannot be counted."""
    of: int = 0
    """Steps in all; 0 when not known."""


@record
class Result:
    """The answer."""

    value: Any
    """Any JSON; for a stream that has said everything, None."""
    exit_code: int = 0
    """What the terminal's process ends with."""


@record
class Problem:
    """Why there is no answer, and what to do; the wire form of `model.errors`."""

    kind: str
    """Class of the error: `NotFound`, `NotAllowed`, ..."""
    what: str
    """What failed."""
    where: str = ""
    """On what."""
    why: str = ""
    """Why."""
    next_step: str = ""
    """What to do next."""
    exit_code: int = 1
    """What the terminal's process ends with."""
    diagnostic_id: str = ""
    """Finds the traceback in the daemon's log; for a bug."""
    needs: str = ""
    """`step_up` when the owner's password would make the same request pass."""


Reply: TypeAlias = Event | Progress | Result | Problem


def encode_request(request: Request) -> bytes:
    """Write a request as one line."""
    message = {
        "command": request.command,
        "input": request.input,
        "dry_run": request.dry_run,
        "proof": {"password": request.password} if request.password else None,
        "terminal": {"interactive": request.terminal.interactive, "width": request.terminal.width},
    }
    return _line({**message, "channel": request.channel} if request.channel else message)


def decode_request(line: bytes) -> Request:
    """Read a request.

    Raises:
        WireError: when the line is not a request.
    """
    message = _object(line)
    proof = _optional(message, "proof")
    terminal = _optional(message, "terminal")
    return Request(
        command=_typed(message, "command", str),
        input=dict(_optional(message, "input")),
        dry_run=_typed(message, "dry_run", bool, default=False),
        password=_typed(proof, "password", str, default=""),
        terminal=Terminal(
            interactive=_typed(terminal, "interactive", bool, default=False),
            width=_typed(terminal, "width", int, default=80),
        ),
        channel=_typed(message, "channel", str, default=""),
    )


def encode_reply(reply: Reply) -> bytes:
    """Write a reply as one line.

    Raises:
        WireError: when the line would be too long; answer with a `Problem` instead.
    """
    match reply:
        case Event():
            return _line({"event": reply.data})
        case Progress():
            return _line({"progress": {"text": reply.text, "step": reply.step, "of": reply.of}})
        case Result():
            return _line({"result": reply.value, "exit_code": reply.exit_code})
        case Problem():
            return _line({"error": problem_object(reply)})


def problem_object(problem: Problem) -> dict[str, Any]:
    """Return a problem as the JSON object that travels and that `--json` prints."""
    return {
        "kind": problem.kind,
        "what": problem.what,
        "where": problem.where,
        "why": problem.why,
        "next_step": problem.next_step,
        "exit_code": problem.exit_code,
        "diagnostic_id": problem.diagnostic_id,
        "needs": problem.needs,
    }


def decode_reply(line: bytes) -> Reply:
    """Read a reply.

    Raises:
        WireError: when the line is not a reply.
    """
    message = _object(line)
    if "event" in message:
        return Event(data=dict(_mapping(message["event"], "event")))
    if "progress" in message:
        return _progress(_mapping(message["progress"], "progress"))
    if "error" in message:
        return _problem(_mapping(message["error"], "error"))
    if "result" in message:
        return Result(value=message["result"], exit_code=_typed(message, "exit_code", int, default=0))
    msg = "the line holds neither an event, progress, a result nor an error"
    raise WireError(msg)


def _progress(message: Mapping[str, Any]) -> Progress:
    return Progress(
        text=_typed(message, "text", str, default=""),
        step=_typed(message, "step", int, default=0),
        of=_typed(message, "of", int, default=0),
    )


def _problem(message: Mapping[str, Any]) -> Problem:
    return Problem(
        kind=_typed(message, "kind", str, default="Bug"),
        what=_typed(message, "what", str),
        where=_typed(message, "where", str, default=""),
        why=_typed(message, "why", str, default=""),
        next_step=_typed(message, "next_step", str, default=""),
        exit_code=_typed(message, "exit_code", int, default=1),
        diagnostic_id=_typed(message, "diagnostic_id", str, default=""),
        needs=_typed(message, "needs", str, default=""),
    )


def _line(message: Mapping[str, Any]) -> bytes:
    try:
        line = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
    except ValueError as error:
        msg = f"the message cannot be written as JSON in UTF-8: {error}"
        raise WireError(msg) from error
    if len(line) > MAX_LINE_BYTES:
        msg = f"the line would be {len(line)} bytes; the most is {MAX_LINE_BYTES}"
        raise WireError(msg)
    return line


def _object(line: bytes) -> Mapping[str, Any]:
    if len(line) > MAX_LINE_BYTES:
        msg = f"the line is longer than {MAX_LINE_BYTES} bytes"
        raise WireError(msg)
    try:
        value: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        msg = f"the line is not JSON: {error}"
        raise WireError(msg) from error
    return _mapping(value, "the line")


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        msg = f"{name} is not an object"
        raise WireError(msg)
    return cast("dict[str, Any]", value)


def _optional(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = message.get(name)
    return {} if value is None else _mapping(value, name)


def _typed(message: Mapping[str, Any], name: str, kind: type[Any], default: Any = None) -> Any:
    value = message.get(name, default)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        msg = f"{name} is missing" if value is None else f"{name} is not of type {kind.__name__}"
        raise WireError(msg)
    return value
