"""What is begun over a connection: a shell, one program, or a stream to a Unix socket."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

import asyncssh
from asyncssh.constants import OPEN_ADMINISTRATIVELY_PROHIBITED, OPEN_CONNECT_FAILED

from steward.lib.runner import SHELL_COMMAND
from steward.model.errors import Unreachable

Ends = tuple[asyncssh.SSHReader[bytes], asyncssh.SSHWriter[bytes]]
"""Where the other side is heard, and where it is spoken to."""

Start = Callable[[asyncssh.SSHClientConnection], Awaitable[Ends]]
"""Begins something over a connection."""

_PLAIN = re.compile(r"[A-Za-z0-9_./:=-]+\Z")
_REFUSALS = frozenset({OPEN_ADMINISTRATIVELY_PROHIBITED, OPEN_CONNECT_FAILED})


class Refused(Unreachable):
    """The machine answers, what lies behind it does not."""


async def shell(connection: asyncssh.SSHClientConnection) -> Ends:
    """Begin the one constant shell."""
    process = await connection.create_process(SHELL_COMMAND, encoding=None, stderr=asyncssh.DEVNULL)
    return process.stdout, process.stdin


def command_line(words: Sequence[str]) -> Start:
    """Return what begins one program; its errors are heard among its output.

    Raises:
        ValueError: a word that a shell could read in more than one way.
    """
    if not words or not all(_PLAIN.match(word) for word in words):
        msg = f"a word is not plain: {words!r}"
        raise ValueError(msg)
    line = " ".join(("exec", *words))

    async def start(connection: asyncssh.SSHClientConnection) -> Ends:
        process = await connection.create_process(line, encoding=None, stderr=asyncssh.STDOUT)
        return process.stdout, process.stdin

    return start


def stream(name: str, path: str) -> Start:
    """Return what connects to a Unix socket on a machine."""

    async def start(connection: asyncssh.SSHClientConnection) -> Ends:
        try:
            opened = await connection.open_unix_connection(path, encoding=None)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        except asyncssh.ChannelOpenError as error:
            if error.code not in _REFUSALS:
                raise
            user = connection.get_extra_info("username")
            why = f"nobody listens there, {user} may not use it, or sshd forbids it (AllowStreamLocalForwarding)"
            raise Refused(f"the socket {path} cannot be opened", where=name, why=why) from error
        return cast("Ends", opened)

    return start
