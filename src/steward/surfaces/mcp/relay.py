"""Relay an agent's MCP conversation on standard streams to the daemon: the whole of the process `steward mcp`.

It knows nothing of MCP but how a message is told from its answer, so that it starts at once and stays small. The
daemon may come and go:

    no daemon        -> every request is answered with an error that says so; the next one is tried anew
    daemon restarted -> what was under way is answered as unknown; the handshake of an older client is made again
    input ends       -> what is under way is waited for, then the process ends

Nothing but protocol is ever written to the output.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from steward.lib.wire import MAX_LINE_BYTES, Problem, Request, WireError, decode_reply, encode_request

CHANNEL = "mcp"

_INTERNAL_ERROR = -32603
_CONNECT_SECONDS = 5.0
_LAST_ANSWERS_SECONDS = 100.0
"""Longest wait for what is under way when the input has ended."""
_NOT_RUNNING = "Steward is not running. Next: `steward up`, then try again"
_LOST = "the link to Steward was lost: what was asked may have happened or not. Next: look with `status` and `runs_ls`"


class Unanswered(Exception):
    """The daemon cannot be asked; its text is for the agent."""


class Relay:
    """One conversation."""

    def __init__(self, path: Path, sink: BinaryIO) -> None:
        self._path = path
        self._sink = sink
        self._lock = threading.Lock()
        self._link: _Link | None = None
        self._handshake: list[bytes] = []

    def run(self, source: BinaryIO) -> int:
        """Relay until the input ends, and return the exit code."""
        while line := source.readline():
            if line.strip():
                self._pass_on(line if line.endswith(b"\n") else line + b"\n")
        if self._link is not None:
            self._link.finish(_LAST_ANSWERS_SECONDS)
        return 0

    def write(self, line: bytes) -> None:
        """Write one line to the agent; an agent that went away needs none."""
        with self._lock, suppress(BrokenPipeError, ValueError):
            self._sink.write(line)
            self._sink.flush()

    def _pass_on(self, line: bytes) -> None:
        message = _message(line)
        try:
            self._connected().send(line, message)
        except Unanswered as error:
            self._refuse(message, str(error))
        if message.get("method") == "initialize":
            self._handshake = [line]
        elif message.get("method") == "notifications/initialized":
            self._handshake = [*self._handshake[:1], line]

    def _connected(self) -> _Link:
        if self._link is None or not self._link.is_open:
            link = _Link(_connect(self._path), write=self.write)
            link.open(self._handshake)
            self._link = link
        return self._link

    def _refuse(self, message: Mapping[str, Any], why: str) -> None:
        if "id" in message and "method" in message:
            self.write(_error(message["id"], why))


class _Link:
    """One connection to the daemon; its answers are written by a thread of its own."""

    def __init__(self, connection: socket.socket, *, write: Callable[[bytes], None]) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")
        self._write = write
        self._lock = threading.Lock()
        self._waiting: dict[str, Any] = {}
        self._thread = threading.Thread(target=self._read, daemon=True)
        self.is_open = True

    def open(self, handshake: list[bytes]) -> None:
        """Ask for a conversation, and make an earlier handshake again without telling the agent."""
        self._hello()
        for line in handshake:
            self._send(line)
            if "id" in _message(line) and not self._lines.readline():
                raise Unanswered(_LOST)
        self._connection.settimeout(None)
        self._thread.start()

    def send(self, line: bytes, message: Mapping[str, Any]) -> None:
        """Send one message of the agent and remember that its answer is due."""
        if len(line) > MAX_LINE_BYTES:
            raise Unanswered(f"the request is longer than {MAX_LINE_BYTES} bytes. Next: ask for less")
        key = _key(message.get("id"))
        with self._lock:
            if not self.is_open:
                raise Unanswered(_LOST)
            if "id" in message and "method" in message:
                self._waiting[key] = message["id"]
        try:
            self._send(line)
        except Unanswered:
            with self._lock:
                is_due = self._waiting.pop(key, None) is not None
            if is_due:  # else the reading thread has seen the same end and answered it
                raise

    def finish(self, seconds: float) -> None:
        """Say that no more comes, and wait for the answers that are due."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
        self._thread.join(seconds)

    def _hello(self) -> None:
        try:
            self._send(encode_request(Request(command="", input={}, channel=CHANNEL)))
            reply = decode_reply(self._lines.readline())
        except (OSError, WireError) as error:
            raise Unanswered(f"Steward cannot be talked to: {error}. Next: restart it and this program") from error
        if isinstance(reply, Problem):
            raise Unanswered(f"{reply.what}: {reply.why}. Next: {reply.next_step}")

    def _send(self, line: bytes) -> None:
        try:
            self._connection.sendall(line)
        except OSError as error:
            self.is_open = False
            raise Unanswered(_LOST) from error

    def _read(self) -> None:
        with suppress(OSError):
            while line := self._lines.readline():
                self._answered(_message(line))
                self._write(line)
        with self._lock:
            self.is_open = False
            due, self._waiting = list(self._waiting.values()), {}
        for number in due:
            self._write(_error(number, _LOST))

    def _answered(self, message: Mapping[str, Any]) -> None:
        if "method" not in message:
            with self._lock:
                self._waiting.pop(_key(message.get("id")), None)


def _connect(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_CONNECT_SECONDS)
    try:
        connection.connect(os.fspath(path))
    except PermissionError as error:
        connection.close()
        raise Unanswered(f"you may not talk to Steward at {path}. Next: run it as its user") from error
    except OSError as error:
        connection.close()
        raise Unanswered(_NOT_RUNNING) from error
    return connection


def _message(line: bytes) -> Mapping[str, Any]:
    """Read a message as far as it is one; what is none is the daemon's to refuse."""
    try:
        value: Any = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _key(number: Any) -> str:
    return json.dumps(number)


def _error(number: Any, why: str) -> bytes:
    message = {"jsonrpc": "2.0", "id": number, "error": {"code": _INTERNAL_ERROR, "message": why}}
    return json.dumps(message).encode() + b"\n"
