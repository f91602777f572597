"""Ask the daemon over its unix socket; the protocol is in `lib.wire`."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steward.lib.wire import (
    MAX_LINE_BYTES,
    Event,
    Problem,
    Progress,
    Reply,
    Request,
    Result,
    WireError,
    decode_reply,
    encode_request,
)
from steward.surfaces.cli.failure import NOT_ALLOWED, TRY_LATER, CliFailure, NotRunning, failure, usage

PATIENCE_SECONDS = 120.0
"""Longest silence of the daemon; it reports progress during longer work. Streams may be silent for ever."""

_CONNECT_SECONDS = 5.0


def _ignore(_data: Any) -> None:
    """Drop what nobody wants to see."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """A way to the daemon. Each request has its own connection."""

    path: Path
    """The socket."""

    def ask(
        self,
        request: Request,
        *,
        on_event: Callable[[dict[str, Any]], None] = _ignore,
        on_progress: Callable[[Progress], None] = _ignore,
        patience_seconds: float | None = PATIENCE_SECONDS,
    ) -> Result:
        """Send a request and return its result.

        Raises:
            NotRunning: nobody listens; nothing was sent.
            CliFailure: the daemon's answer is an error, or the answer did not come.
        """
        for reply in self._replies(request, patience_seconds):
            match reply:
                case Event():
                    on_event(reply.data)
                case Progress():
                    on_progress(reply)
                case Result():
                    return reply
                case Problem():
                    raise CliFailure(reply)
        raise _lost("it closed the connection without an answer")

    def _replies(self, request: Request, patience_seconds: float | None) -> Iterator[Reply]:
        line = _encoded(request)
        with _connected(self.path) as link:
            link.settimeout(patience_seconds)
            _send(link, line)
            with link.makefile("rb") as lines:
                while received := _read_line(lines.readline):
                    yield _decoded(received)


def _send(link: socket.socket, line: bytes) -> None:
    try:
        with suppress(BrokenPipeError):  # it may refuse before it has read everything; the refusal is there to be read
            link.sendall(line)
    except OSError as error:
        raise _lost(str(error)) from error


def _encoded(request: Request) -> bytes:
    try:
        return encode_request(request)
    except WireError as error:
        raise usage("the input cannot be sent", why=str(error)) from error


def _decoded(line: bytes) -> Reply:
    try:
        return decode_reply(line)
    except WireError as error:
        step = "restart the daemon: it may be of another version than this program"
        raise failure("Bug", "Steward's answer cannot be read", exit_code=1, why=str(error), next_step=step) from error


def _read_line(readline: Callable[[int], bytes]) -> bytes:
    try:
        return readline(MAX_LINE_BYTES + 1)
    except TimeoutError as error:
        raise _lost("it is silent for too long") from error
    except OSError as error:
        raise _lost(str(error)) from error


def _lost(why: str) -> CliFailure:
    return failure(
        "LinkLost",
        "Steward did not answer",
        exit_code=TRY_LATER,
        why=f"{why}; what was asked may have happened or not",
        next_step="steward status",
    )


def _connected(path: Path) -> socket.socket:
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        link.settimeout(_CONNECT_SECONDS)
        link.connect(os.fspath(path))
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError) as error:
        link.close()
        raise NotRunning from error
    except PermissionError as error:
        link.close()
        raise _not_admitted(path) from error
    except OSError as error:
        link.close()
        raise failure(
            "TryLater", "Steward cannot be reached", exit_code=TRY_LATER, where=str(path), why=str(error)
        ) from error
    return link


def _not_admitted(path: Path) -> CliFailure:
    step = "run it as the user Steward runs as"
    with suppress(OSError, KeyError):  # the folder is closed too, or the user has no name: the sentence stays general
        step += f": `sudo -u {pwd.getpwuid(path.stat().st_uid).pw_name} steward ...`"
    return failure("NotAllowed", "you may not talk to Steward", exit_code=NOT_ALLOWED, where=str(path), next_step=step)
