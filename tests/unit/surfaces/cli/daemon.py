"""A stand-in for the daemon: a real unix socket that speaks `lib.wire` and answers with what a test recorded."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from steward.lib.wire import Problem, Reply, Request, Result, decode_request, encode_reply

Answer = Reply | Sequence[Reply | bytes] | bytes | Callable[[Request], Reply | Sequence[Reply | bytes]]


def needs_password(request: Request, *, then: Reply) -> Reply:
    """Answer as the daemon does: without the owner's password the request is refused and says what it needs."""
    if request.password == "correct horse":
        return then
    if request.password:
        return Problem(kind="NotAllowed", what="that is not the owner's secret", exit_code=4, next_step="try again")
    return Problem(kind="NeedsProof", what="this needs the owner's secret", exit_code=4, needs="step_up")


class Daemon:
    """Answers each request by its command's name and keeps what it was asked."""

    def __init__(self, path: Path) -> None:
        self.requests: list[Request] = []
        self.answers: dict[str, Answer] = {}
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """Stop, as the daemon does: the socket file stays behind and refuses."""
        with contextlib.suppress(OSError):  # closed twice: by the test and by the fixture
            self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    @property
    def last(self) -> Request:
        """Return the last request."""
        return self.requests[-1]

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._listening.accept()
            except OSError:
                return
            with link, link.makefile("rb") as lines, contextlib.suppress(BrokenPipeError, ConnectionResetError):
                line = lines.readline()
                if line:
                    for reply in self._replies(decode_request(line)):
                        link.sendall(reply if isinstance(reply, bytes) else encode_reply(reply))

    def _replies(self, request: Request) -> Sequence[Reply | bytes]:
        self.requests.append(request)
        answer: Any = self.answers.get(request.command, Problem(kind="NotFound", what="not recorded", exit_code=3))
        if callable(answer):
            answer = answer(request)
        return answer if isinstance(answer, list | tuple) else (answer,)


def ok(value: Any, exit_code: int = 0) -> Result:
    """Make a result."""
    return Result(value=value, exit_code=exit_code)
