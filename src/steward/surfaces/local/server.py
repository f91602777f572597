"""Answers the terminal over a unix socket: read a request, prove who asks, dispatch, reply.

Only the user the daemon runs as, and root, are answered. The socket itself grants reading, proposing and braking.
Whatever needs a person asks for the owner's secret, which travels with the one request it is for; in the same
terminal session it is not asked again for five minutes. What is asked for in a terminal session is to be answered
soon: its plan waits 15 minutes.

Whoever names a channel is an agent: no proof counts for it, it decides nothing, and its plan waits for a person as long
as any other. A channel may open a conversation of its own, which then has the connection to itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from steward.core.dispatch import Dispatch
from steward.core.owner import Owner
from steward.lib.wire import (
    MAX_LINE_BYTES,
    STEP_UP,
    Event,
    Problem,
    Reply,
    Request,
    Result,
    WireError,
    decode_request,
    encode_reply,
)
from steward.model.command import Command
from steward.model.errors import Bug, InvalidInput, NeedsProof, NotAllowed, StewardError
from steward.model.principal import Principal
from steward.surfaces.local.peer import Peer, peer_of

_log = logging.getLogger("steward.local")
_REQUEST_SECONDS = 10.0
_ROOT = 0

Redact = Callable[[Any], Any]
Conversation = Callable[[Principal, asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
"""Talks with an agent over a connection until that ends."""


class LocalServer:
    """Listens on the socket of one user."""

    def __init__(
        self,
        *,
        path: Path,
        dispatch: Dispatch,
        owner: Owner,
        redact: Redact,
        conversations: Mapping[str, Conversation] | None = None,
    ) -> None:
        """`conversations` by the name of their channel."""
        self._path = path
        self._conversations = conversations or {}
        self._dispatch = dispatch
        self._owner = owner
        self._redact = redact
        self._server: asyncio.Server | None = None
        self._talking: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; a socket left behind by a crash is replaced. The caller holds the lease on this store."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, path=self._path, limit=MAX_LINE_BYTES)
        self._path.chmod(0o600)

    async def close(self) -> None:
        """Stop listening, end conversations and take the socket away."""
        if self._server is not None:
            self._server.close()
        for task in self._talking:
            task.cancel()
        await asyncio.gather(*self._talking, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def send(reply: Reply) -> None:
            masked = replace(reply, **self._redact(_words_of(reply))) if isinstance(reply, Problem) else reply
            writer.write(encode_reply(masked))
            await writer.drain()

        try:
            peer = peer_of(cast("socket.socket", writer.get_extra_info("socket")))
            async with asyncio.timeout(_REQUEST_SECONDS):
                line = await reader.readline()
            if line and peer.uid not in {os.geteuid(), _ROOT}:
                await send(_problem(_stranger(peer)))
            elif line and (channel := self._conversation(line)):
                await send(Result(value={"channel": channel}))
                await self._talk(self._conversations[channel](peer.agent(channel), reader, writer))
            elif line:
                await send(await self._reply(line, peer, send))
        except (ConnectionError, TimeoutError):
            _log.debug("a terminal went away before its answer")
        except ValueError as error:  # a line over the limit, or an answer that cannot be written
            await send(_problem(InvalidInput("the request cannot be read or answered", why=str(error))))
        finally:
            writer.close()

    async def _reply(self, line: bytes, peer: Peer, send: Callable[[Reply], Awaitable[None]]) -> Reply:
        """Carry out one request; the one broad catch of this edge turns our mistakes into a diagnostic id."""

        async def emit(data: dict[str, Any]) -> None:
            await send(Event(data=self._redact(data)))

        try:
            request = decode_request(line)
            actor = await self._actor(request, peer)
            command = Command(name=request.command, input=request.input)
            is_interactive = bool(peer.terminal) and not request.channel
            answer = await self._dispatch(
                actor, command, is_dry_run=request.dry_run, is_interactive=is_interactive, emit=emit
            )
        except WireError as error:
            return _problem(InvalidInput("the request cannot be read", why=str(error)))
        except StewardError as error:
            return _problem(error)
        except ConnectionError:
            raise
        except Exception:  # noqa: BLE001 - the edge: logged with its traceback, answered with its id
            diagnostic = secrets.token_hex(4)
            _log.exception("bug %s", diagnostic)
            error = Bug("Steward made a mistake", next_step=f"look for {diagnostic} in the log of `steward up`")
            return _problem(error, diagnostic=diagnostic)
        return Result(value=answer.masked(self._redact), exit_code=answer.exit_code)

    async def _talk(self, conversation: Coroutine[Any, Any, None]) -> None:
        """Hold a conversation in a task of its own, so that closing can end it."""
        task = asyncio.create_task(conversation)
        self._talking.add(task)
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            self._talking.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("a conversation broke", exc_info=error)

    def _conversation(self, line: bytes) -> str:
        """Return the channel whose conversation a request opens; empty for a request like any other."""
        try:
            request = decode_request(line)
        except WireError:
            return ""  # answered as what it is
        return request.channel if request.channel in self._conversations and not request.command else ""

    async def _actor(self, request: Request, peer: Peer) -> Principal:
        if request.channel and request.channel not in self._conversations:
            raise InvalidInput(
                "this channel is not known here", next_step="restart Steward: it may be of an older version"
            )
        if request.channel:
            return peer.agent(request.channel)
        if request.password:
            return await self._owner.prove(request.password, channel="cli", terminal=peer.terminal)
        return self._owner.proven_in(peer.terminal, channel="cli") or peer.principal()


def _stranger(peer: Peer) -> NotAllowed:
    return NotAllowed(
        f"this Steward belongs to user {os.geteuid()}",
        why=f"you are user {peer.uid}; whatever let you reach its socket, it answers its own user and root only",
        next_step="run it as that user; the folder of the socket should be open to that user alone",
    )


def _words_of(problem: Problem) -> dict[str, str]:
    """Return the texts of a problem, which may repeat what a machine or a library said."""
    return {name: getattr(problem, name) for name in ("what", "where", "why", "next_step")}


def _problem(error: StewardError, *, diagnostic: str = "") -> Problem:
    return Problem(
        kind=type(error).__name__,
        what=error.what,
        where=error.where,
        why=error.why,
        next_step=error.next_step,
        exit_code=error.exit_code,
        diagnostic_id=diagnostic,
        needs=STEP_UP if isinstance(error, NeedsProof) else "",
    )
